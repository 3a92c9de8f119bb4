"""The ledger-neutral document: what a writer is to create, with the totals that the ledger must arrive at."""

from datetime import date
from typing import Literal

from tieout_contracts.base import Contract
from tieout_contracts.money import Amount, CurrencyCode
from tieout_contracts.records import Address, Person

DocumentKind = Literal["sales_invoice", "sales_credit"]
LineKind = Literal["source", "rounding", "adjustment", "tax"]
LineMethod = Literal["exported_price", "own_price", "derived_price", "rounding_line", "single_unit", "amount_only"]
"""How a source line came out at ConnectWise's extended amount, in the order of the ladder."""
TaxMode = Literal["exclusive", "inclusive", "no_tax"]
TargetStatus = Literal["draft", "submitted", "approved"]


class TrackingAssignment(Contract):
    category: str
    option: str


class LedgerLine(Contract):
    kind: LineKind
    source_line: int | None = None
    """Index of the record's line that this one carries or belongs to."""
    method: LineMethod | None = None
    description: str
    quantity: Amount
    unit_amount: Amount
    amount: Amount
    """What the ledger will compute for this line under its own rule; the answer is compared with it."""
    account_code: str
    item_code: str | None = None
    tax_code: str
    tax_amount: Amount
    """What the ledger will compute, or keep, as this line's tax."""
    tax_override: bool = False
    """Whether `tax_amount` must be sent because the ledger's own arithmetic gives other cents."""
    tracking: tuple[TrackingAssignment, ...] = ()


class TaxTotal(Contract):
    tax_code: str
    amount: Amount


class ExpectedTotals(Contract):
    subtotal: Amount
    tax: Amount
    total: Amount
    tax_by_code: tuple[TaxTotal, ...] = ()


class LedgerContact(Contract):
    """Whom the document is for; found by ConnectWise id, never by name alone."""

    connectwise_company_id: int
    contact_number: str
    name: str
    account_number: str | None = None
    email: str | None = None
    phone: str | None = None
    person: Person | None = None
    address: Address | None = None


class LedgerItem(Contract):
    code: str
    name: str
    description: str | None = None


class LedgerDocument(Contract):
    kind: DocumentKind
    number: str
    document_date: date
    due_date: date | None = None
    reference: str | None = None
    currency: CurrencyCode
    contact: LedgerContact
    tax_mode: TaxMode = "exclusive"
    target_status: TargetStatus = "approved"
    lines: tuple[LedgerLine, ...]
    items: tuple[LedgerItem, ...] = ()
    """The items that the lines name; created when missing."""
    expected: ExpectedTotals
    note: str | None = None
    """Said on the posted document: which line was rounded, by how much and why."""
