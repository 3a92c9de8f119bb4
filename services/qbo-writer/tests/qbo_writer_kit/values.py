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
)
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.records import RecordRef
from tieout_posting.ledger import Books, Draft

TENANT, COMPANY, CONNECTION = "harbourline", "harbourline-us", "qbo-101"
ORGANISATION = "9130357992221046"
BOOKS = Books(TENANT, ORGANISATION, CONNECTION)
CONTACT_ID = "1"
POSTING_ID = "7b2f7c1e-5a43-5f0a-9c55-1f2d7c0a9b11"
US_KEYS = {
    "currency": "USD",
    "tax": "by_hand",
    "charset": "latin-1",
    "class place": "line",
    "account:4000": "79",
    "account:4100": "83",
    "rates:NON": "",
    "rates:2": "3",
    "class:Managed": "500",
    "location:North": "600",
    "item:WS": "11",
    "account of item:WS": "4000",
    "item:Sales 4000": "12",
    "account of item:Sales 4000": "4000",
}
AU_KEYS = {
    **{name: value for name, value in US_KEYS.items() if name != "charset"},
    "currency": "AUD",
    "tax": "by_line",
    "rates:10": "20",
    "rates:11": "21",
    "rates:12": "20 22",
}
PLANNED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def line(amount: str, tax: str, **changes: Any) -> LedgerLine:
    values: dict[str, Any] = {
        "kind": "source",
        "description": "Managed workstation",
        "quantity": "1",
        "unit_amount": amount,
        "amount": amount,
        "account_code": "4000",
        "item_code": "WS",
        "tax_code": "2",
        "tax_amount": tax,
    }
    return LedgerLine(**(values | changes))


def document(number: str = "20418", **changes: Any) -> LedgerDocument:
    """Two lines: 4 × 20.1234 and one of 20.00, 100.49 and 8.04 tax."""
    lines = (
        line("80.49", "6.44", quantity="4", unit_amount="20.1234"),
        line("20.00", "1.60", description="Onsite visit", item_code=None),
    )
    values: dict[str, Any] = {
        "kind": "sales_invoice",
        "number": number,
        "document_date": date(2026, 10, 31),
        "due_date": date(2026, 11, 14),
        "reference": "PO-7",
        "currency": "USD",
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
    values = {"connectwise_company_id": 219, "contact_number": "CW-219", "name": "Fabrikam Inc"}
    return LedgerContact(**(values | changes))


def draft(planned: LedgerDocument | None = None, mark: str = POSTING_ID) -> Draft:
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
        "ledger": "qbo",
        "ledger_connection": CONNECTION,
        "organisation_id": organisation,
        "posting": posting,
        "planned_at": PLANNED_AT + timedelta(minutes=minute),
    }
    return PostingPlanned(**(values | changes))
