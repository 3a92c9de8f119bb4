"""Canonical records: what ConnectWise says about one billable thing, in our own words.

Signs are a bookkeeper's: a sale is positive on an invoice. A credit memo's lines and totals are positive too; its
kind says which way it goes. Dates are zoneless and taken as printed.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, Strict

from tieout_contracts.base import Contract
from tieout_contracts.money import Amount, CurrencyCode, plain

LOOKUP = "[Lookup]"
"""In a class segment: the option is the sales representative's (K4)."""

RecordKind = Literal["invoice", "credit_memo"]
"""Purchases, expenses, inventory adjustments and transfers join this union with the issue that brings them."""


class RecordRef(Contract):
    """Which ConnectWise record: its kind and its id there (an invoice's id, not its number)."""

    kind: RecordKind
    record_id: Annotated[int, Strict()]  # true is no id

    def __str__(self) -> str:
        return f"{self.kind}:{self.record_id}"


class Address(Contract):
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Person(Contract):
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


class Party(Contract):
    """A ConnectWise company as it stands on a document, back-filled from the company, its site and contacts."""

    company_id: int
    identifier: str
    name: str
    account_number: str | None = None
    phone: str | None = None
    email: str | None = None
    address: Address | None = None
    billing_contact: Person | None = None
    """The document's own, where the export names one, else the company's."""
    primary_contact: Person | None = None
    changed_at: datetime | None = None
    """When ConnectWise last changed the company, its contacts or its site: the newest of what was read."""


class TaxLevel(Contract):
    """One ConnectWise tax level of a document: what was taxed, and how much tax it made."""

    level: int
    code: str | None = None
    taxable_amount: Amount | None = None
    tax_amount: Amount
    rate: Amount | None = None
    """The level's rate as a fraction, or its flat amount, where ConnectWise's tax code could be read."""
    flat: bool = False
    """Whether the level is a flat amount and not a percentage."""
    taxable_max: Amount | None = None
    """The most that the level taxes, where it has a ceiling."""


class TaxEntry(Contract):
    """One sales tax entry of the GL: ConnectWise's tax of one level, and the account that it has for it."""

    gl_entry_id: int
    level: int
    code: str | None = None
    account: str | None = None
    description: str = ""
    amount: Amount


class AppliedPosting(Contract):
    """What a line takes off because an earlier document billed it: a down payment, or progress billed before.

    Account, class, item and tax are those that the earlier document was posted with, so that the one clears the other
    and the amount is taxed once.
    """

    kind: Literal["down_payment", "progress"]
    number: str | None = None
    """The earlier document's; none where it could not be found, and then the line is refused."""
    account: str | None = None
    gl_class: str | None = None
    item_code: str | None = None
    non_product_id: str | None = None
    tax_code: str | None = None
    taxable_levels: tuple[int, ...] = ()
    record_ids: tuple[int, ...] = ()
    """The earlier document's record, or records."""
    ledger_account: str | None = None
    """The ledger's account that it was posted to, where the rules that plan this record planned that one as well; none
    means that its GL account is mapped as it is today. No part of the content: what ConnectWise says is."""
    ledger_tax_code: str | None = None
    """The ledger's tax code that it was posted with, likewise."""
    booked_alike: bool = True
    """False: its lines were posted in several ways, so nobody can say which one this clears. The line is refused."""


class RecordLine(Contract):
    """One line as the GL export gives it, its sign turned so that a sale is positive."""

    gl_entry_id: int
    gl_type: str
    """ConnectWise's GL type code: RP product, R service, RA agreement, RE expense ..."""
    description: str
    quantity: Amount
    exported_price: Amount | None = None
    """The unit price of the GL export, which ConnectWise has already rounded."""
    own_price: Amount | None = None
    """The product's or addition's own unit price, at full precision, where it could be read."""
    amount: Amount
    """ConnectWise's extended amount: this governs."""
    account: str | None = None
    gl_class: str | None = None
    item_code: str | None = None
    item_name: str | None = None
    non_product_id: str | None = None
    unit_of_measure: str | None = None
    taxable_levels: tuple[int, ...] = ()
    """The tax levels that tax this line; none means ConnectWise does not tax it."""
    tax_code: str | None = None
    item_taxable: bool | None = None
    """Whether what the line bills is taxable by its own record, whatever the line's flags say; none means unknown."""
    subcategory: str | None = None
    """The product's subcategory in ConnectWise, by name."""
    applied: AppliedPosting | None = None
    """Set where the line takes off what an earlier document billed."""


class InvoiceContent(Contract):
    """What invoices and credit memos have in common."""

    record_id: int
    number: str
    invoice_type: str
    """ConnectWise's type: Agreement, Standard, Progress, Miscellaneous, CreditMemo ..."""
    document_date: date
    due_date: date | None = None
    terms_name: str | None = None
    terms_xref: str | None = None
    location_id: int
    currency: CurrencyCode
    bill_to: Party
    ship_to: Party | None = None
    reference: str | None = None
    customer_po: str | None = None
    tax_code: str | None = None
    taxable: bool = False
    tax_rate: Amount | None = None
    """The document's tax group rate as a fraction (0.1 is ten per cent)."""
    lines: tuple[RecordLine, ...]
    tax_levels: tuple[TaxLevel, ...] = ()
    tax_entries: tuple[TaxEntry, ...] = ()
    """The sales tax entries themselves; a ledger that computes tax must not get them as lines."""
    tax_on_tax: bool = False
    """Whether a level taxes the levels before it too (ConnectWise's piggyback)."""
    sales_rep_id: str | None = None
    sales_rep_name: str | None = None
    subtotal: Amount
    tax: Amount
    total: Amount
    ar_account: str | None = None
    gl_entry_ids: tuple[int, ...]
    """Every GL entry id of the record, header and lines: what its batch must contain."""
    uses_avalara: bool = False
    closed_at: datetime | None = None
    missing: tuple[str, ...] = ()
    """What back-filling could not read, each as `field: reason`."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to post: no line and no amount, as an invoice of covered work may be.

        Such a record is batched and listed; one that has lines posts them, also where they add up to nothing.
        """
        return not self.lines and not self.total and not self.tax

    def content_hash(self) -> str:
        """The revision: SHA-256 over the accounting content, as 32 hex digits.

        Volatile fields do not count: GL entry ids (re-issued when a record is reopened), the bill-to's contact
        details, closing time and back-fill gaps.
        """
        digest = hashlib.sha256()
        for part in self._accounting_content():
            digest.update(part.encode())
            digest.update(b"\x1f")
        return digest.hexdigest()[:32]

    def _accounting_content(self) -> list[str]:
        head = [
            type(self).__name__,
            self.number,
            self.document_date.isoformat(),
            self.due_date.isoformat() if self.due_date else "",
            str(self.location_id),
            self.currency,
            str(self.bill_to.company_id),
            self.customer_po or "",
            self.tax_code or "",
            *(plain(amount.normalize()) for amount in (self.subtotal, self.tax, self.total)),
        ]
        levels = [f"{level.level}|{level.code or ''}|{_n(level.tax_amount)}" for level in self.tax_levels]
        lines = [
            "|".join(
                (
                    line.gl_type,
                    line.account or "",
                    line.gl_class or "",
                    line.item_code or line.non_product_id or "",
                    line.description,
                    _n(line.quantity),
                    _n(line.amount),
                    ",".join(map(str, line.taxable_levels)),
                    line.tax_code or "",
                )
            )
            for line in self.lines
        ]
        return [*head, *levels, *lines, *self._looked_up(), *self._taken_off()]

    def _taken_off(self) -> list[str]:
        """What earlier documents were posted with; they stand in the hash only where there are any."""
        applied = [(index, line.applied) for index, line in enumerate(self.lines) if line.applied is not None]
        return [
            f"{index}|{one.kind}|{one.number or ''}|{one.account or ''}|{one.gl_class or ''}|"
            f"{one.item_code or one.non_product_id or ''}|{one.tax_code or ''}|{','.join(map(str, one.taxable_levels))}"
            for index, one in applied
        ]

    def _looked_up(self) -> list[str]:
        """The sales representative decides tracking only where a class says so; elsewhere he may change."""
        if not any(LOOKUP.casefold() in (line.gl_class or "").casefold() for line in self.lines):
            return []
        return [f"{self.sales_rep_id or ''}|{self.sales_rep_name or ''}"]


def _n(amount: Decimal) -> str:
    return plain(amount.normalize())


class InvoiceRecord(InvoiceContent):
    kind: Literal["invoice"] = "invoice"

    @property
    def ref(self) -> RecordRef:
        return RecordRef(kind="invoice", record_id=self.record_id)


class CreditMemoRecord(InvoiceContent):
    kind: Literal["credit_memo"] = "credit_memo"

    @property
    def ref(self) -> RecordRef:
        return RecordRef(kind="credit_memo", record_id=self.record_id)


CanonicalRecord = Annotated[InvoiceRecord | CreditMemoRecord, Field(discriminator="kind")]
