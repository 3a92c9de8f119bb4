"""One row for each ConnectWise record that was ever listed, and what is to be done with it next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.records import RecordKind, RecordRef
from tieout_ingest.canonical import Listed
from tieout_ingest.store.tables import record

BatchCheck = Literal["same", "content", "nothing"]
AT_REST = ("batched", "batched_elsewhere", "gone")
"""States of a record that is not, or no longer, unposted."""

EMPTY = "empty"
"""The outcome of a revision on which there is nothing to post; nobody but ingest heard of it."""

_NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Record:
    """A row of `record`; the columns are explained there."""

    connection_id: str
    kind: RecordKind
    record_id: int
    tenant_id: str
    company_id: str
    number: str
    invoice_type: str
    location_id: int
    location_name: str | None
    document_date: date | None
    total: Decimal | None
    currency: str | None
    closed_at: datetime | None
    seen: str
    state: str
    revision: str | None
    preview: bool
    outcome: str | None
    posted_revision: str | None
    posting_id: UUID | None
    settled_by: UUID | None
    batch_check: BatchCheck
    batch_number: int
    batch_identifier: str | None
    batch_sent_at: datetime | None
    skipped: bool
    retried: bool
    attempts: int
    run_id: UUID | None
    approved_plan: str | None
    traceparent: str | None

    @property
    def ref(self) -> RecordRef:
        return RecordRef(kind=self.kind, record_id=self.record_id)

    @property
    def is_posted(self) -> bool:
        """Whether a ledger holds a verified document of it."""
        return self.posted_revision is not None

    @property
    def is_empty(self) -> bool:
        """Whether it is to be batched only because there is nothing to post on it."""
        return self.outcome == EMPTY and self.batch_check == "content" and not self.is_posted

    @property
    def is_closed_unposted(self) -> bool:
        """Whether it is to be batched though it was never posted, as its company chose for older records."""
        return not self.is_posted and not self.is_empty

    @property
    def compared_revision(self) -> str | None:
        """The revision that ConnectWise must still hold when it is batched: what was posted, or found to be empty."""
        return self.revision if self.is_empty else self.posted_revision

    @property
    def listed(self) -> Listed:
        """What the unposted list said of it last."""
        return Listed(
            record_id=self.record_id,
            kind=self.kind,
            number=self.number,
            invoice_type=self.invoice_type,
            location_id=self.location_id,
            location_name=self.location_name,
            seen=self.seen,
            document_date=self.document_date,
            total=self.total,
            currency=self.currency,
            closed_at=self.closed_at,
        )


_COLUMNS = [record.c[name] for name in Record.__dataclass_fields__]
_FACTS = (
    "number",
    "invoice_type",
    "location_id",
    "location_name",
    "document_date",
    "total",
    "currency",
    "closed_at",
    "seen",
)


def facts_of(listed: Listed) -> dict[str, Any]:
    """The columns that the unposted list fills."""
    return {name: getattr(listed, name) for name in _FACTS}


async def add(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New records, all with the same columns."""
    if rows:
        await tx.execute(record.insert(), [dict(row) for row in rows])


async def change(tx: AsyncConnection, known: Record, **values: Any) -> None:
    """Change columns of one record."""
    await tx.execute(record.update().where(_is(known)).values(**values, changed_at=_NOW))


async def one(tx: AsyncConnection, connection_id: str, ref: RecordRef) -> Record | None:
    found = await some(tx, connection_id, [ref])
    return found.get(ref)


async def some(tx: AsyncConnection, connection_id: str, refs: Collection[RecordRef]) -> dict[RecordRef, Record]:
    """Those of these records that are known."""
    if not refs:
        return {}
    ids = sa.any_(sa.cast([ref.record_id for ref in refs], sa.ARRAY(sa.BigInteger)))
    rows = await _read(tx, record.c.connection_id == connection_id, record.c.record_id == ids)
    wanted = set(refs)
    return {row.ref: row for row in rows if row.ref in wanted}


async def unfinished(tx: AsyncConnection, connection_id: str) -> dict[RecordRef, Record]:
    """Every record that was unposted when it was last looked at."""
    rows = await _read(tx, record.c.connection_id == connection_id, record.c.state.not_in(AT_REST))
    return {row.ref: row for row in rows}


async def found(tx: AsyncConnection, connection_id: str) -> set[RecordRef]:
    """Every record that is to be captured."""
    statement = sa.select(record.c.kind, record.c.record_id).where(
        record.c.connection_id == connection_id, record.c.state == "found"
    )
    return {RecordRef(kind=kind, record_id=record_id) for kind, record_id in (await tx.execute(statement)).all()}


async def next_to_capture(tx: AsyncConnection, connection_id: str, *, limit: int) -> list[Record]:
    """The next group to export: one company, one location, due; those that failed before in smaller groups, last."""
    due = (record.c.connection_id == connection_id, record.c.state == "found", record.c.due_at <= _NOW)
    order = (record.c.attempts, record.c.company_id, record.c.location_id, record.c.record_id)
    first = await _read(tx, *due, order=order, limit=1)
    if not first:
        return []
    same = (
        record.c.company_id == first[0].company_id,
        record.c.location_id == first[0].location_id,
        record.c.attempts == first[0].attempts,
    )
    return await _read(tx, *due, *same, order=order, limit=group_size(limit, first[0].attempts))


def group_size(limit: int, attempts: int) -> int:
    """Groups shrink with each failed attempt, down to the lone record, so that a bad one is found in the end."""
    return (limit, max(limit // 5, 1))[attempts] if attempts < 2 else 1


async def next_to_batch(tx: AsyncConnection, connection_id: str, *, limit: int, linger_s: float) -> list[Record]:
    """The next group to batch, of one location; none while it is worth waiting for more.

    A record waits at most `linger_s` for others that were posted about the same time, or until the group is full.
    """
    soon = (
        record.c.connection_id == connection_id,
        record.c.state == "to_batch",
        record.c.due_at <= _NOW + _interval(linger_s),
    )
    statement = sa.select(sa.func.count(), sa.func.coalesce(sa.func.min(record.c.due_at) <= _NOW, False))
    waiting, due = (await tx.execute(statement.where(*soon))).one()
    if not due and waiting < limit:
        return []
    order = (record.c.due_at, record.c.record_id)
    first = await _read(tx, *soon, order=order, limit=1)
    return await _read(tx, *soon, record.c.location_id == first[0].location_id, order=order, limit=limit)


def due_in(seconds: float) -> sa.ColumnElement[Any]:
    """The value of `due_at` for so many seconds from now, by the database's clock."""
    return _NOW + _interval(seconds)


def _interval(seconds: float) -> sa.ColumnElement[Any]:
    return sa.func.make_interval(0, 0, 0, 0, 0, 0, float(seconds))


async def _read(
    tx: AsyncConnection,
    *conditions: sa.ColumnElement[bool],
    order: Sequence[sa.ColumnElement[Any]] = (),
    limit: int | None = None,
) -> list[Record]:
    statement = sa.select(*_COLUMNS).where(*conditions).order_by(*order).limit(limit)
    return [Record(*row) for row in (await tx.execute(statement)).all()]


def _is(known: Record) -> sa.ColumnElement[bool]:
    return sa.and_(
        record.c.connection_id == known.connection_id,
        record.c.kind == known.kind,
        record.c.record_id == known.record_id,
    )
