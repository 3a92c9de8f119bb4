"""Invoices, bills and credit notes as the simulator holds them, and the indexes they are found by."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tieout_simulators.xero import messages
from tieout_simulators.xero.arithmetic import ZERO, totals


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """The names by which the API tells invoices and credit notes apart."""

    label: str
    collection: str
    id_field: str
    number_field: str
    types: tuple[str, ...]
    numbered_type: str
    """The type whose numbers are unique."""
    number_taken: str
    number_prefix: str
    needs_due_date: bool


INVOICE = DocumentKind(
    "Invoice", "Invoices", "InvoiceID", "InvoiceNumber", ("ACCREC", "ACCPAY"), "ACCREC",
    messages.INVOICE_NUMBER_TAKEN, "INV-", True,
)  # fmt: skip
CREDIT_NOTE = DocumentKind(
    "Credit Note", "CreditNotes", "CreditNoteID", "CreditNoteNumber", ("ACCRECCREDIT", "ACCPAYCREDIT"), "ACCRECCREDIT",
    messages.CREDIT_NOTE_NUMBER_TAKEN, "CN-", False,
)  # fmt: skip
SALES_TYPES = ("ACCREC", "ACCRECCREDIT")


@dataclass(slots=True)
class Line:
    """One line; an amount is None where the line has only a description."""

    line_id: str
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    line_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    tax_type: str | None = None
    account_code: str | None = None
    account_id: str | None = None
    item_code: str | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: list[dict[str, Any]] = field(default_factory=list)

    @property
    def has_amounts(self) -> bool:
        return self.unit_amount is not None or self.quantity is not None


@dataclass(slots=True)
class Document:
    """One invoice, bill or credit note."""

    kind: DocumentKind
    document_id: str
    type: str
    currency: str
    currency_rate: Decimal
    issued_on: date
    updated: datetime
    status: str = "DRAFT"
    number: str = ""
    reference: str = ""
    due_date: date | None = None
    contact_id: str = ""
    line_amount_types: str = "Exclusive"
    lines: list[Line] = field(default_factory=list)
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO
    amount_paid: Decimal = ZERO
    amount_credited: Decimal = ZERO
    fully_paid_on: date | None = None
    sent_to_contact: bool = False
    url: str | None = None
    branding_theme_id: str | None = None
    created_by: str = ""
    """The app's client id; empty for documents that were loaded."""
    history: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def is_sale(self) -> bool:
        return self.type in SALES_TYPES

    @property
    def amount_due(self) -> Decimal:
        """What is left to pay or to allocate; nothing on a document that no longer stands."""
        if self.status in ("VOIDED", "DELETED"):
            return ZERO
        return self.total - self.amount_paid - self.amount_credited

    def add_up(self) -> None:
        """Compute the totals from the lines."""
        sums = totals(((line.line_amount, line.tax_amount) for line in self.lines), self.line_amount_types)
        self.sub_total, self.total_tax, self.total = sums.sub_total, sums.total_tax, sums.total


def holds_its_number(document: Document) -> bool:
    """A voided document keeps its number; a deleted draft sets it free (Xero Central, Delete or void an invoice).

    Unconfirmed: that the API follows the web page in this.
    """
    return document.status != "DELETED"


class DocumentBook:
    """All documents of one kind of one organisation."""

    def __init__(self, kind: DocumentKind) -> None:
        self.kind = kind
        self.by_id: dict[str, Document] = {}
        self.changes: list[tuple[str, str]] = []
        """Id and ``CREATE`` or ``UPDATE``, since they were last taken; webhooks tell of them."""
        self._by_number: defaultdict[str, dict[str, Document]] = defaultdict(dict)
        self._by_contact: defaultdict[str, dict[str, Document]] = defaultdict(dict)
        self._last_number = 0

    def find(self, id_or_number: str) -> Document | None:
        """By id, else by number: the one that holds it, else the last one that had it."""
        found = self.by_id.get(id_or_number.lower())
        if found is None and (same := self.numbered(id_or_number)):
            found = next((document for document in same if holds_its_number(document)), same[-1])
        return found

    def numbered(self, number: str) -> list[Document]:
        """All documents of this number, in the order they were first saved."""
        return list(self._by_number[number].values()) if number in self._by_number else []

    def of_contacts(self, contact_ids: Iterable[str]) -> list[Document]:
        """All documents of these contacts."""
        return [document for each in contact_ids for document in self._by_contact.get(each, {}).values()]

    def holder(self, number: str) -> Document | None:
        """The document that keeps a new one from taking this number."""
        for document in self.numbered(number):
            if document.type == self.kind.numbered_type and holds_its_number(document):
                return document
        return None

    def next_number(self) -> str:
        """The organisation's own numbering."""
        while True:
            self._last_number += 1
            number = f"{self.kind.number_prefix}{self._last_number:04d}"
            if number not in self._by_number:
                return number

    def save(self, document: Document) -> None:
        """Put a document in, replacing the one of the same id."""
        self.changes.append((document.document_id, "UPDATE" if document.document_id in self.by_id else "CREATE"))
        if old := self.by_id.get(document.document_id):
            self._by_number[old.number].pop(old.document_id, None)
            self._by_contact[old.contact_id].pop(old.document_id, None)
        self.by_id[document.document_id] = document
        self._by_number[document.number][document.document_id] = document
        self._by_contact[document.contact_id][document.document_id] = document
