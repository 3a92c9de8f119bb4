"""Documents, intents and what a ledger shows of them, for these tests."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tieout_contracts.documents import ExpectedTotals, LedgerContact, LedgerDocument, LedgerItem, LedgerLine
from tieout_contracts.posting import plan_hash, posting_id
from tieout_contracts.records import RecordRef
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books, Phase, SeenDocument, SeenLine

BOOKS = Books("acme", "org-1", "xero-1")
CONTACT_ID = "contact-19"


def document(number: str = "1001", **changes: Any) -> LedgerDocument:
    """Two lines, 110.00 in all."""
    lines = (
        _line("Managed workstation", "4", "20.0000", "80.00", "8.00"),
        _line("Onsite visit", "1", "20.0000", "20.00", "2.00", item_code=None),
    )
    values: dict[str, Any] = {
        "kind": "sales_invoice",
        "number": number,
        "document_date": date(2026, 10, 31),
        "due_date": date(2026, 11, 30),
        "currency": "AUD",
        "contact": LedgerContact(connectwise_company_id=19, contact_number="CW-19", name="Fabrikam Pty Ltd"),
        "lines": lines,
        "items": (LedgerItem(code="WS", name="Managed workstation"),),
        "expected": ExpectedTotals(subtotal="100.00", tax="10.00", total="110.00"),
    }
    return LedgerDocument(**(values | changes))


def intent(number: str = "1001", revision: str = "r1", record_id: int = 5, **changes: Any) -> Intent:
    """An intent at its draft, its contact known."""
    planned = changes.pop("document", None) or document(number)
    record = RecordRef(kind="invoice", record_id=record_id)
    values: dict[str, Any] = {
        "posting_id": posting_of(planned, revision, record),
        "company_id": "acme-au",
        "books": BOOKS,
        "record": record,
        "revision": revision,
        "document": planned,
        "state": "sending",
        "step": "draft",
        "contact_id": CONTACT_ID,
    }
    return Intent(**(values | changes))


def posting_of(planned: LedgerDocument, revision: str, record: RecordRef) -> UUID:
    return posting_id("acme-au", record, revision, plan_hash(planned))


def seen(planned: LedgerDocument, phase: Phase = "draft", document_id: str = "doc-1", **changes: Any) -> SeenDocument:
    """What a ledger shows that computed exactly what was expected."""
    lines = tuple(
        SeenLine(
            line.description,
            line.quantity,
            line.unit_amount,
            line.amount,
            line.tax_amount,
            line.account_code,
            line.tax_code,
        )
        for line in planned.lines
    )
    shown = SeenDocument(
        document_id=document_id,
        number=planned.number,
        phase=phase,
        status={
            "draft": "DRAFT",
            "submitted": "SUBMITTED",
            "final": "OPEN",
            "approved": "AUTHORISED",
            "gone": "VOIDED",
        }[phase],
        contact_id=CONTACT_ID,
        document_date=planned.document_date,
        currency=planned.currency,
        subtotal=planned.expected.subtotal,
        tax=planned.expected.tax,
        total=planned.expected.total,
        lines=lines,
    )
    return replace(shown, **changes)


def _line(text: str, quantity: str, price: str, amount: str, tax: str, item_code: str | None = "WS") -> LedgerLine:
    return LedgerLine(
        kind="source",
        description=text,
        quantity=Decimal(quantity),
        unit_amount=Decimal(price),
        amount=Decimal(amount),
        account_code="200",
        item_code=item_code,
        tax_code="OUTPUT",
        tax_amount=Decimal(tax),
    )
