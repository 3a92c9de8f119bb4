"""The ledger-neutral document: what a writer is to create, with the totals that the ledger must arrive at."""

from datetime import date, datetime
from typing import Literal

from tieout_contracts.base import Contract
from tieout_contracts.money import Amount, CurrencyCode
from tieout_contracts.records import Address, Person

DocumentKind = Literal["sales_invoice", "sales_credit"]
LineKind = Literal["source", "rounding", "adjustment", "tax"]
LineMethod = Literal["exported_price", "own_price", "derived_price", "rounding_line", "single_unit", "amount_only"]
"""How a source line came out at ConnectWise's extended amount, in the order of the ladder."""
TaxMode = Literal["exclusive", "inclusive", "no_tax", "computed", "override"]
"""computed: amounts are net, and the ledger finds the tax by its own rates; what was expected is not sent, and the
document does not stay where it comes out otherwise. override: the ledger would find the tax too, and is sent the
expected one in its stead."""
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


FieldPolicy = Literal["fill_blanks", "overwrite", "never"]
"""What becomes of a field that an existing contact of the ledger has: filled where it is blank, made equal to
ConnectWise's, or left alone. A field that ConnectWise leaves empty is never emptied in the ledger."""


class ContactPolicies(Contract):
    """How existing contacts are kept up to date, field by field (F56). A new contact gets all that is known."""

    name: FieldPolicy = "fill_blanks"
    account_number: FieldPolicy = "fill_blanks"
    email: FieldPolicy = "fill_blanks"
    phone: FieldPolicy = "fill_blanks"
    address: FieldPolicy = "fill_blanks"
    person: FieldPolicy = "fill_blanks"
    billing_contact: FieldPolicy = "fill_blanks"
    """The document's billing contact among the contact's persons: added where missing, also made equal, or never."""


class LedgerContact(Contract):
    """Whom the document is for; found by ConnectWise id, never by name alone."""

    connectwise_company_id: int
    contact_number: str
    name: str
    account_number: str | None = None
    email: str | None = None
    phone: str | None = None
    person: Person | None = None
    """The primary contact, else the billing contact."""
    billing_contact: Person | None = None
    """The document's own billing contact, who joins the contact's persons (F62)."""
    address: Address | None = None
    currency: CurrencyCode | None = None
    """The one currency of a contact whose ledger fixes it for ever; None: the ledger's own, or any."""
    policies: ContactPolicies = ContactPolicies()
    changed_at: datetime | None = None
    """When ConnectWise last changed any of this: what is older never overwrites what is newer."""


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
    ship_to: Address | None = None
    """Where it was delivered, where the ledger finds the tax by it."""
    tax_mode: TaxMode = "exclusive"
    target_status: TargetStatus = "approved"
    lines: tuple[LedgerLine, ...]
    items: tuple[LedgerItem, ...] = ()
    """The items that the lines name; created when missing."""
    expected: ExpectedTotals
    note: str | None = None
    """Said on the posted document: which line was rounded, by how much and why."""
    pay_link: str | None = None
    """Where the customer pays it."""
