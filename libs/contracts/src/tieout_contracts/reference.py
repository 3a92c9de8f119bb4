"""A ledger's reference data, stamped with a version by the writer that read it."""

from datetime import date, datetime
from typing import Literal

from tieout_contracts.base import Contract
from tieout_contracts.money import Amount, CurrencyCode


class LedgerAccount(Contract):
    code: str
    name: str
    account_class: str
    """Xero's class: ASSET, EQUITY, EXPENSE, LIABILITY, REVENUE."""
    account_type: str
    active: bool = True
    system: str | None = None
    bank_feed: bool | None = None
    """Whether the bank's transactions come in by themselves; None where the ledger does not tell."""


class TaxComponent(Contract):
    name: str
    rate: Amount
    compound: bool = False


class LedgerTaxRate(Contract):
    code: str
    name: str
    rate: Amount
    """Effective rate in per cent."""
    components: tuple[TaxComponent, ...] = ()
    applies_to: tuple[str, ...] = ()
    """The account classes that it may be used with."""
    active: bool = True


class TrackingCategory(Contract):
    name: str
    options: tuple[str, ...]
    per_document: bool = False
    """Whether an option stands once on the document, so that all lines that have one must have the same."""


class LedgerItemRef(Contract):
    code: str
    name: str
    tracked_stock: bool = False
    account_code: str | None = None
    """The account that it sells to, where the ledger takes a line's account from its item."""


class LedgerReference(Contract):
    ledger: Literal["xero", "qbo"]
    organisation_id: str
    organisation_name: str
    country: str
    base_currency: CurrencyCode
    currencies: tuple[CurrencyCode, ...]
    multi_currency: bool | None = None
    """Whether the ledger's own preference allows other currencies; None where it has no such preference."""
    accounts: tuple[LedgerAccount, ...]
    tax_rates: tuple[LedgerTaxRate, ...]
    tracking: tuple[TrackingCategory, ...] = ()
    items: tuple[LedgerItemRef, ...] = ()
    period_lock_date: date | None = None
    year_lock_date: date | None = None
    actions: tuple[str, ...] = ()
    """What the ledger's plan allows, in its own words (CreateApprovedInvoice ...)."""
    sales_tax: Literal["none", "manual", "automated"] | None = None
    """Whether the ledger charges sales tax, and by whose rates: `none` where it is switched off, `automated` where the
    ledger finds the rate by the address and replaces ours. None where the ledger knows no such choice."""
    numbers_itself: bool = False
    """Whether the ledger replaces the numbers of documents by its own."""
    read_at: datetime
    version: int
    """Rises by one whenever the content changed."""
