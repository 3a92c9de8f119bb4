"""A document as Xero shows it, in the engine's terms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout_contracts.money import plain
from tieout_posting.ledger import Phase, SeenDocument, SeenLine
from tieout_providers.errors import Unreadable
from tieout_providers.xero.errors import XERO
from tieout_providers.xero.reads import Document, Line

_PHASES: Mapping[str, Phase] = {"DRAFT": "draft", "SUBMITTED": "submitted", "DELETED": "gone", "VOIDED": "gone"}
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class XeroLine(SeenLine):
    """A line with what only Xero shows."""

    item_code: str | None = None
    tracking: frozenset[tuple[str, str]] = frozenset()
    """Categories with their options, by folded name."""


@dataclass(frozen=True, slots=True)
class XeroDocument(SeenDocument):
    """A document with what only Xero shows; its lines are `XeroLine`s."""

    due_date: date | None = None
    reference: str | None = None
    line_amount_types: str | None = None


def phase_of(status: str) -> Phase:
    """AUTHORISED, PAID, and whatever status Xero may invent: it stands in the books and is not ours to change."""
    return _PHASES.get(status, "approved")


def seen_document(shown: Document) -> XeroDocument:
    """Raises `Unreadable` for one that lacks its identity or its totals."""
    if not (shown.id and shown.number and shown.status):
        raise Unreadable(XERO, "a document lacks its id, number or status")
    if shown.sub_total is None or shown.total_tax is None or shown.total is None:
        raise Unreadable(XERO, f"the document {shown.id} lacks its totals")
    return XeroDocument(
        document_id=shown.id,
        number=shown.number,
        phase=phase_of(shown.status),
        status=shown.status,
        contact_id=shown.contact.contact_id if shown.contact else None,
        document_date=shown.date,
        currency=shown.currency_code,
        subtotal=shown.sub_total,
        tax=shown.total_tax,
        total=shown.total,
        lines=tuple(_line(line) for line in shown.line_items),
        currency_rate=shown.currency_rate,
        pay_link=shown.url,
        due_date=shown.due_date,
        reference=shown.reference,
        line_amount_types=shown.line_amount_types,
        obstacle=_obstacle(shown),
    )


def _obstacle(shown: Document) -> str | None:
    """What of it is paid, credited or allocated. A document of 0.00 counts as paid, and Xero never changes one."""
    total, left = shown.total or _NOTHING, shown.remaining_credit
    settled = (shown.amount_paid or _NOTHING) + (shown.amount_credited or _NOTHING)
    if left is not None and shown.type in (None, "ACCRECCREDIT"):
        settled = max(settled, total - left)
    if settled:
        return f"{plain(settled)} of it is paid, credited or allocated"
    return "it counts as paid" if shown.status == "PAID" else None


def _line(line: Line) -> XeroLine:
    return XeroLine(
        description=line.description or "",
        quantity=_NOTHING if line.quantity is None else line.quantity,
        unit_amount=_NOTHING if line.unit_amount is None else line.unit_amount,
        amount=_NOTHING if line.line_amount is None else line.line_amount,
        tax=_NOTHING if line.tax_amount is None else line.tax_amount,
        account_code=line.account_code,
        tax_code=line.tax_type,
        item_code=line.item_code or None,
        line_id=line.line_item_id,
        tracking=frozenset((folded(each.name or ""), folded(each.option or "")) for each in line.tracking),
    )


def folded(name: str) -> str:
    """Names are compared without case and outer spaces."""
    return name.strip().casefold()
