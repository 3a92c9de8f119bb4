"""Documents, drafts and plans by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tieout_contracts.documents import (
    ExpectedTotals,
    LedgerContact,
    LedgerDocument,
    LedgerItem,
    LedgerLine,
    TrackingAssignment,
)
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.records import RecordRef
from tieout_posting.ledger import Books, Draft

TENANT, COMPANY, CONNECTION = "harbourline", "harbourline-au", "xero-101"
ORGANISATION = "0a1b2c3d-0000-4000-8000-00000000000a"
BOOKS = Books(TENANT, ORGANISATION, CONNECTION)
CONTACT_ID = "11111111-2222-4333-8444-555555555555"
CATEGORY_ID, OPTION_ID = "c0000000-0000-4000-8000-000000000001", "0f000000-0000-4000-8000-000000000001"
KEYS = {"Location\x1fSydney": f"{CATEGORY_ID} {OPTION_ID}"}
SYDNEY = TrackingAssignment(category="Location", option="Sydney")
PLANNED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def line(amount: str, tax: str, **changes: Any) -> LedgerLine:
    values: dict[str, Any] = {
        "kind": "source",
        "description": "Managed workstation",
        "quantity": "1",
        "unit_amount": amount,
        "amount": amount,
        "account_code": "200",
        "item_code": "WS",
        "tax_code": "OUTPUT",
        "tax_amount": tax,
    }
    return LedgerLine(**(values | changes))


def document(number: str = "20418", **changes: Any) -> LedgerDocument:
    """Two lines: 4 × 20.1234 and one of 20.00, 100.49 and 10.05 tax."""
    lines = (
        line("80.49", "8.05", quantity="4", unit_amount="20.1234"),
        line("20.00", "2.00", description="Onsite visit", item_code=None),
    )
    values: dict[str, Any] = {
        "kind": "sales_invoice",
        "number": number,
        "document_date": date(2026, 10, 31),
        "due_date": date(2026, 11, 14),
        "reference": "PO-7",
        "currency": "AUD",
        "contact": contact(),
        "lines": lines,
        "items": (LedgerItem(code="WS", name="Managed workstation"),),
    }
    values |= changes
    subtotal = sum((each.amount for each in values["lines"]), Decimal(0))
    tax = sum((each.tax_amount for each in values["lines"]), Decimal(0))
    values.setdefault("expected", ExpectedTotals(subtotal=subtotal, tax=tax, total=subtotal + tax))
    return LedgerDocument(**values)


def contact(**changes: Any) -> LedgerContact:
    values = {"connectwise_company_id": 219, "contact_number": "CW-219", "name": "Fabrikam Pty Ltd"}
    return LedgerContact(**(values | changes))


def draft(planned: LedgerDocument | None = None, mark: str = "intent") -> Draft:
    return Draft(planned or document(), CONTACT_ID, mark)


def planned(
    of: LedgerDocument, *, record_id: int = 5, minute: int = 0, organisation: str = ORGANISATION, **changes: Any
) -> PostingPlanned:
    """The event that carries the document to a writer."""
    record = RecordRef(kind="invoice" if of.kind == "sales_invoice" else "credit_memo", record_id=record_id)
    plan = plan_hash(of)
    posting = Posting(
        posting_id=posting_id(COMPANY, record, "r1", plan),
        company_id=COMPANY,
        record=record,
        revision="r1",
        plan_hash=plan,
        number=of.number,
        settings_version=1,
        reference_version=1,
        document=of,
    )
    values: dict[str, Any] = {
        "tenant_id": TENANT,
        "company_id": COMPANY,
        "record_ref": record,
        "number": of.number,
        "revision": "r1",
        "disposition": "post",
        "ledger": "xero",
        "ledger_connection": CONNECTION,
        "organisation_id": organisation,
        "posting": posting,
        "planned_at": PLANNED_AT + timedelta(minutes=minute),
    }
    return PostingPlanned(**(values | changes))
