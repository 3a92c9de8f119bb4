"""Whether two exports of one record say the same, and in words what differs.

Made from the export alone, so that a back-filled text that changed elsewhere is no change of the record. Texts are
kept as hashes only.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from tieout_contracts.money import Amount, plain
from tieout_contracts.records import CreditMemoRecord, InvoiceRecord, RecordLine
from tieout_ingest.canonical.document import bare
from tieout_ingest.canonical.sources import BilledLine, Listed
from tieout_providers.connectwise.models import GLTransaction
from tieout_providers.connectwise.requests import LineDetail

MAX_DIFFERENCES = 6
MAX_IDS_TOLD = 4


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LineFacts(_Facts):
    """What one line decides in a ledger."""

    gl_type: str
    account: str | None
    gl_class: str | None
    item: str | None
    quantity: Amount
    amount: Amount
    levels: tuple[int, ...]
    tax_code: str | None
    text: str
    """The first 16 hex digits of the text's SHA-256."""


class Fingerprint(_Facts):
    """What an export says of one record, without its texts."""

    number: str
    document_date: date
    due_date: date | None
    customer_id: int
    subtotal: Amount
    tax: Amount
    total: Amount
    lines: tuple[LineFacts, ...]
    gl_entry_ids: tuple[int, ...]
    billed: tuple[BilledLine, ...] = ()
    """Of a down payment or a progress invoice, as captured: what later documents take off. Never compared."""
    detail: LineDetail = "Default"
    """How much of time was asked for as lines: whoever compares asks for the same again. Never compared."""

    @property
    def content(self) -> str:
        """A hash of everything but the GL entry ids, which are issued anew whenever a record is closed."""
        return hashlib.sha256(self.model_dump_json(exclude={"gl_entry_ids", "billed", "detail"}).encode()).hexdigest()[
            :32
        ]


def fingerprint_of(listed: Listed, transaction: GLTransaction, detail: LineDetail = "Default") -> Fingerprint:
    """Raises `NotCanonical` where the export alone cannot be read."""
    record = bare(listed, transaction)
    return Fingerprint(
        number=record.number,
        document_date=record.document_date,
        due_date=record.due_date,
        customer_id=record.bill_to.company_id,
        subtotal=_normal(record.subtotal),
        tax=_normal(record.tax),
        total=_normal(record.total),
        lines=_lines(record),
        gl_entry_ids=tuple(sorted(record.gl_entry_ids)),
        detail=detail,
    )


def differences(before: Fingerprint, now: Fingerprint, *, ids_count: bool = True) -> str | None:
    """What changed, in words with numbers and codes only; None where nothing did.

    `ids_count` False overlooks GL entries that were issued anew for the same content.
    """
    told = [*_of_head(before, now), *_of_lines(before.lines, now.lines)]
    if ids_count and before.gl_entry_ids != now.gl_entry_ids:
        told.append(_of_ids(before.gl_entry_ids, now.gl_entry_ids))
    more = len(told) - MAX_DIFFERENCES
    return "; ".join([*told[:MAX_DIFFERENCES], *([f"and {more} more"] if more > 0 else [])]) or None


def _of_head(before: Fingerprint, now: Fingerprint) -> Iterator[str]:
    names = {
        "number": "the number",
        "document_date": "the date",
        "due_date": "the due date",
        "customer_id": "the billed company",
        "subtotal": "the subtotal",
        "tax": "the tax",
        "total": "the total",
    }
    for field, name in names.items():
        one, other = getattr(before, field), getattr(now, field)
        if one != other:
            yield f"{name} was {_told(one)}, is {_told(other)}"


def _of_lines(before: Sequence[LineFacts], now: Sequence[LineFacts]) -> Iterator[str]:
    if len(before) != len(now):
        yield f"it had {len(before)} lines, has {len(now)}"
        return
    for number, (one, other) in enumerate(zip(before, now, strict=True), start=1):
        if one != other:
            yield f"line {number}: {', '.join(_of_line(one, other))}"


def _of_line(one: LineFacts, other: LineFacts) -> Iterator[str]:
    names = {
        "amount": "amount",
        "quantity": "quantity",
        "account": "account",
        "gl_class": "class",
        "item": "item",
        "gl_type": "type",
        "levels": "tax levels",
        "tax_code": "tax code",
    }
    for field, name in names.items():
        was, is_now = getattr(one, field), getattr(other, field)
        if was != is_now:
            yield f"{name} was {_told(was)}, is {_told(is_now)}"
    if one.text != other.text:
        yield "its text changed"


def _of_ids(before: Sequence[int], now: Sequence[int]) -> str:
    gone, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    parts = [f"{_ids(ids)} {word}" for ids, word in ((gone, "are gone"), (new, "are new")) if ids]
    return f"its GL entries were made anew: {', '.join(parts)}"


def _ids(ids: Sequence[int]) -> str:
    shown = ", ".join(map(str, ids[:MAX_IDS_TOLD]))
    return shown if len(ids) <= MAX_IDS_TOLD else f"{shown} and {len(ids) - MAX_IDS_TOLD} more"


def _told(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _lines(record: InvoiceRecord | CreditMemoRecord) -> tuple[LineFacts, ...]:
    return tuple(_line(line) for line in record.lines)


def _line(line: RecordLine) -> LineFacts:
    return LineFacts(
        gl_type=line.gl_type,
        account=line.account,
        gl_class=line.gl_class,
        item=line.item_code or line.non_product_id,
        quantity=_normal(line.quantity),
        amount=_normal(line.amount),
        levels=line.taxable_levels,
        tax_code=line.tax_code,
        text=hashlib.sha256(line.description.encode()).hexdigest()[:16],
    )


def _normal(amount: Decimal) -> Decimal:
    """10.0 and 10.00 are the same amount, and must be the same text."""
    return Decimal(plain(amount.normalize()))
