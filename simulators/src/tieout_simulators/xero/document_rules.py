"""Creating and changing documents: a candidate is built beside the stored one and takes its place only when valid."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.contacts import Contact
from tieout_simulators.xero.document_header import default_date, read_header
from tieout_simulators.xero.documents import Document, DocumentBook
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.lines import LineReader, computed_tax, line_problems
from tieout_simulators.xero.statuses import (
    COMPLETE,
    LIVE,
    STANDING,
    creation_problems,
    settle_zero,
    transition_problems,
)


@dataclass(slots=True)
class Outcome:
    """What became of one element; without a document it was refused."""

    document: Document | None
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DocumentWriter:
    """Writes documents of one kind into one organisation's books, as one request asks."""

    books: Books
    book: DocumentBook
    now: datetime
    unit_places: int = 2
    allow_backorders: bool = False
    created_by: str = ""
    loading: bool = False
    """A data file may hold any status and locked dates, and names its own ids."""

    def create(self, sent: Element) -> Outcome:
        """A new document."""
        problems: list[str] = []
        kind = self.book.kind
        document_type = fields.text(sent, "Type", problems) or ""
        if document_type not in kind.types:
            problems.append(messages.type_not_creatable(kind.label))
        given_id = fields.text(sent, kind.id_field, problems) if self.loading else None
        candidate = Document(
            kind,
            (given_id or self.books.ids.next()).lower(),
            document_type,
            self.books.base_currency,
            Decimal("1.000000"),
            default_date(self.now),
            self.now,
            created_by=self.created_by,
        )
        status = fields.text(sent, "Status", problems) or "DRAFT"
        if not self.loading:
            problems.extend(creation_problems(kind, status))
        return self._write(candidate, sent, status, problems)

    def change(self, document: Document, sent: Element) -> Outcome:
        """The stored document with the sent fields over it.

        Unconfirmed: without LineItems the lines stay as they are, tax overrides included.
        """
        problems: list[str] = []
        status = fields.text(sent, "Status", problems) or document.status
        problems.extend(transition_problems(document, status))
        if problems:
            return Outcome(None, problems)
        return self._write(replace(document, updated=self.now, lines=list(document.lines)), sent, status, problems)

    def _write(self, candidate: Document, sent: Element, status: str, problems: list[str]) -> Outcome:
        stood = candidate.status in STANDING
        candidate.status = status
        mode_before = candidate.line_amount_types
        read_header(self.books, candidate, sent, problems)
        contact = self._contact(candidate, sent, problems)
        self._read_lines(candidate, sent, mode_before, problems)
        candidate.add_up()
        problems.extend(self._standing_problems(candidate, stood))
        warnings = self._read_sent_flag(candidate, sent, problems)
        if problems:
            return Outcome(None, list(dict.fromkeys(problems)), warnings)
        self._commit(candidate, contact)
        return Outcome(candidate, [], warnings)

    def _contact(self, candidate: Document, sent: Element, problems: list[str]) -> Contact | None:
        found: list[str] = []
        if sent.get("Contact") is None and candidate.contact_id:
            contact: Contact | None = self.books.contacts.by_id[candidate.contact_id]
            if contact is not None and contact.is_archived:
                found.append(messages.CONTACT_ARCHIVED)
        else:
            contact = self.books.contacts.plan_for_document(sent.get("Contact"), self.now, found)
        archived_counts = not self.loading and candidate.status in LIVE
        problems.extend(each for each in found if archived_counts or each != messages.CONTACT_ARCHIVED)
        return contact

    def _read_lines(self, candidate: Document, sent: Element, mode_before: str, problems: list[str]) -> None:
        elements = sent.get("LineItems")
        if elements is None:
            if candidate.line_amount_types != mode_before:
                candidate.lines = [
                    replace(line, tax_amount=computed_tax(self.books.chart, line, candidate.line_amount_types))
                    for line in candidate.lines
                ]
            return
        if not isinstance(elements, list):
            problems.append(messages.not_convertible("LineItems", elements))
            return
        reader = LineReader(self.books.chart, self.books.items, self.books.ids, candidate, self.unit_places, problems)
        candidate.lines = [reader.read(element) for element in elements]

    def _standing_problems(self, candidate: Document, stood: bool) -> list[str]:
        """What an approved document must have. Unconfirmed: a draft in a locked period is taken."""
        problems: list[str] = []
        approving = candidate.status in STANDING
        if candidate.status in LIVE:
            for line in candidate.lines:
                problems.extend(line_problems(self.books.chart, line, candidate.status in COMPLETE))
        if (approving or stood) and not self.loading:
            lock = self.books.lock_against(candidate.issued_on)
            if lock is not None:
                problems.append(messages.locked(*lock))
        if approving:
            problems.extend(self._approval_problems(candidate))
        return [*problems, *_sign_problems(candidate)]

    def _approval_problems(self, candidate: Document) -> list[str]:
        problems: list[str] = []
        if not candidate.lines:
            problems.append(messages.NO_LINES)
        if candidate.due_date is None and candidate.kind.needs_due_date:
            problems.append(messages.NO_DUE_DATE)
        if self.loading:
            return problems
        action = {"ACCREC": "CreateApprovedInvoice", "ACCPAY": "CreateApprovedBill"}.get(candidate.type, "")
        if not self.books.may(action):
            problems.append(messages.APPROVAL_LIMIT)
        if candidate.type == "ACCREC" and not self.allow_backorders:
            for line in candidate.lines:
                item = self.books.items.by_code.get(line.item_code or "")
                if item is not None and item.lacks(line.quantity or Decimal(0)):
                    problems.append(messages.out_of_stock(item.code))
        return problems

    def _read_sent_flag(self, candidate: Document, sent: Element, problems: list[str]) -> list[str]:
        said = fields.flag(sent, "SentToContact", problems)
        if not said:
            return []
        if candidate.status not in STANDING:
            return [messages.SENT_TOO_EARLY]
        candidate.sent_to_contact = True
        return []

    def _commit(self, candidate: Document, contact: Contact | None) -> None:
        assert contact is not None, "a document without a contact has a problem"
        candidate.contact_id = contact.contact_id
        stored = self.books.contacts.by_id.get(contact.contact_id)
        if stored is not contact:
            self.books.contacts.save(contact)
        contact.shape["IsCustomer" if candidate.is_sale else "IsSupplier"] = True
        settle_zero(candidate)
        self.book.save(candidate)


def _sign_problems(candidate: Document) -> list[str]:
    """Unconfirmed: a document whose total is negative is refused in every status."""
    return [messages.NEGATIVE_TOTAL] if candidate.total < 0 else []
