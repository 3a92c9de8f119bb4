"""A document as QuickBooks Online shows it, in the engine's terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from tieout_contracts.money import plain
from tieout_posting.ledger import Phase, SeenDocument, SeenLine
from tieout_providers.errors import Unreadable
from tieout_providers.qbo.errors import QBO
from tieout_providers.qbo.reads import Document, Line
from tieout_qbo_writer.qbo.marks import mark_in, pay_link_in

SALES_LINE = "SalesItemLineDetail"
UNTOUCHED = "0"
"""The sync token of a document that nobody changed since its creation."""
SENT = "EmailSent"
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class QboLine(SeenLine):
    """A line with what only QuickBooks Online shows."""

    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class QboDocument(SeenDocument):
    """A document with what only QuickBooks Online shows; its lines are `QboLine`s."""

    sync_token: str | None = None
    mark: str | None = None
    due_date: date | None = None
    whole: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """All of it as it was read: a full update sends back what is not ours."""


def seen_document(shown: Document) -> QboDocument:
    """Raises `Unreadable` for one that lacks its identity or its total. Subtotals are no lines."""
    if not shown.id or shown.total_amt is None:
        raise Unreadable(QBO, f"the document {shown.id} lacks its id or total")
    tax = (shown.txn_tax_detail.total_tax if shown.txn_tax_detail else None) or _NOTHING
    phase = phase_of(shown)
    return QboDocument(
        document_id=shown.id,
        number=shown.doc_number or "",
        phase=phase,
        status=_status(shown, phase),
        contact_id=shown.customer_ref.value if shown.customer_ref else None,
        document_date=shown.txn_date,
        currency=shown.currency_ref.value if shown.currency_ref else None,
        subtotal=shown.total_amt - tax,
        tax=tax,
        total=shown.total_amt,
        lines=tuple(_line(each) for each in shown.line if each.detail_type == SALES_LINE),
        currency_rate=shown.exchange_rate,
        pay_link=pay_link_in(shown.customer_memo.value if shown.customer_memo else None),
        sync_token=shown.sync_token,
        mark=mark_in(shown.private_note),
        due_date=shown.due_date,
        obstacle=_obstacle(shown),
        whole=shown.whole,
    )


def phase_of(shown: Document) -> Phase:
    """final while nobody changed, linked or sent it; approved from then on; gone when it was voided."""
    if _is_voided(shown):
        return "gone"
    taken_up = (
        shown.sync_token != UNTOUCHED
        or shown.linked_txn
        or shown.email_status == SENT
        or (shown.delivery_info is not None and shown.delivery_info.delivery_time is not None)
    )
    return "approved" if taken_up else "final"


def _is_voided(shown: Document) -> bool:
    """A void leaves amounts of 0 and takes the private note; there is no status. Unconfirmed for translated notes: a
    changed document of 0 that lost its mark counts as voided, whatever its note says."""
    amounts = [each.amount for each in shown.line if each.amount is not None]
    nothing = not shown.total_amt and not any(amounts)
    return nothing and shown.sync_token != UNTOUCHED and mark_in(shown.private_note) is None


def _status(shown: Document, phase: Phase) -> str:
    if phase == "gone":
        return "Voided"
    return "Paid" if shown.total_amt and shown.balance == _NOTHING else "Open"


def _obstacle(shown: Document) -> str | None:
    """What of it is paid, credited or applied. QuickBooks Online itself would change such a document."""
    total, left = shown.total_amt or _NOTHING, shown.balance
    if left is None:
        left = shown.remaining_credit
    if left is not None and left != total:
        return f"{plain(total - left)} of it is paid, credited or applied"
    return "it is linked to a payment, a credit or another document" if shown.linked_txn else None


def _line(line: Line) -> QboLine:
    detail = line.sales_item_line_detail
    return QboLine(
        description=line.description or "",
        quantity=_number(detail.qty if detail else None),
        unit_amount=_number(detail.unit_price if detail else None),
        amount=_number(line.amount),
        tax=None,
        account_code=None,
        tax_code=detail.tax_code_ref.value if detail and detail.tax_code_ref else None,
        line_id=line.id,
        item_id=detail.item_ref.value if detail and detail.item_ref else None,
    )


def _number(value: Decimal | None) -> Decimal:
    return _NOTHING if value is None else value
