"""Documents by hand, and the events that carry them to a writer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tieout_contracts.documents import ExpectedTotals, LedgerContact, LedgerDocument, LedgerItem, LedgerLine
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.records import RecordRef
from tieout_posting.ledger import Books

PLANNED_AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Poster:
    """The company that a writer's tests post for."""

    company_id: str
    ledger: Literal["xero", "qbo"]
    connection: str
    organisation_id: str
    tenant_id: str = "harbourline"

    @property
    def books(self) -> Books:
        return Books(self.tenant_id, self.organisation_id, self.connection)

    def planned(
        self,
        of: LedgerDocument,
        *,
        record_id: int = 5,
        minute: int = 0,
        organisation: str | None = None,
        **changes: Any,
    ) -> PostingPlanned:
        """The event that carries the document to a writer."""
        record = RecordRef(kind="invoice" if of.kind == "sales_invoice" else "credit_memo", record_id=record_id)
        plan = plan_hash(of)
        posting = Posting(
            posting_id=posting_id(self.company_id, record, "r1", plan),
            company_id=self.company_id,
            record=record,
            revision="r1",
            plan_hash=plan,
            number=of.number,
            settings_version=1,
            reference_version=1,
            document=of,
        )
        where = {"organisation_id": organisation or self.organisation_id}
        return self.announced(posting, **where | {"planned_at": PLANNED_AT + timedelta(minutes=minute)} | changes)

    def announced(self, posting: Posting, **changes: Any) -> PostingPlanned:
        """The event that carries the posting to a writer."""
        values: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "company_id": posting.company_id,
            "record_ref": posting.record,
            "number": posting.number,
            "revision": posting.revision,
            "disposition": "post",
            "ledger": self.ledger,
            "ledger_connection": self.connection,
            "organisation_id": self.organisation_id,
            "posting": posting,
            "planned_at": PLANNED_AT,
        }
        return PostingPlanned(**(values | changes))


def line(amount: str, tax: str, **changes: Any) -> LedgerLine:
    """One managed workstation; `changes` name its account and tax code."""
    values: dict[str, Any] = {
        "kind": "source",
        "description": "Managed workstation",
        "quantity": "1",
        "unit_amount": amount,
        "amount": amount,
        "item_code": "WS",
        "tax_amount": tax,
    }
    return LedgerLine(**(values | changes))


def document(number: str, **changes: Any) -> LedgerDocument:
    """An invoice of the `lines` in the `currency` for the `contact`; its totals are those of its lines."""
    values: dict[str, Any] = {
        "kind": "sales_invoice",
        "number": number,
        "document_date": date(2026, 10, 31),
        "due_date": date(2026, 11, 14),
        "reference": "PO-7",
        "items": (LedgerItem(code="WS", name="Managed workstation"),),
    }
    values |= changes
    subtotal = sum((each.amount for each in values["lines"]), Decimal(0))
    tax = sum((each.tax_amount for each in values["lines"]), Decimal(0))
    values.setdefault("expected", ExpectedTotals(subtotal=subtotal, tax=tax, total=subtotal + tax))
    return LedgerDocument(**values)


def contact(name: str, **changes: Any) -> LedgerContact:
    """The client whom ConnectWise calls 219."""
    values: dict[str, Any] = {"connectwise_company_id": 219, "contact_number": "CW-219", "name": name}
    return LedgerContact(**(values | changes))
