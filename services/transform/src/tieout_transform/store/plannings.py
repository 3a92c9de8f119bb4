"""One row for each record: its newest captured revision, and what the rules made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.wakes import wake
from tieout_contracts.events import RecordCaptured
from tieout_contracts.records import RecordKind, RecordRef
from tieout_transform.store.tables import planning

CHANNEL = "transform:planning"
"""Woken when there is something to plan."""
NO_NEWS: dict[str, Any] = {"news_event_id": None, "news_at": None, "news_left": 0, "news_wait_s": None}
"""The columns once an event was answered, or nobody is to hear of it."""

_NOW = sa.func.clock_timestamp()
_KEY = (planning.c.tenant_id, planning.c.company_id, planning.c.kind, planning.c.record_id)
_UNPLANNED: dict[str, Any] = {
    "cause": None,
    "disposition": None,
    "outcome": None,
    "posting_id": None,
    "plan_hash": None,
    "settings_version": None,
    "reference_version": None,
    "plan": None,
    "codes": [],
    "attempts": 0,
    **NO_NEWS,
}


@dataclass(frozen=True, slots=True)
class RecordKey:
    """Whose record, and which."""

    tenant_id: str
    company_id: str
    ref: RecordRef

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "tenant_id": self.tenant_id,
            "company_id": self.company_id,
            "kind": self.ref.kind,
            "record_id": self.ref.record_id,
        }

    def seal_context(self, revision: str) -> bytes:
        """What binds a sealed body to its row (AAD)."""
        return f"{self.tenant_id}|planning|{self.company_id}/{self.ref}/{revision}".encode()


@dataclass(frozen=True, slots=True)
class Planning:
    """A row that is to be planned; the columns are explained in `tables`."""

    tenant_id: str
    company_id: str
    kind: RecordKind
    record_id: int
    number: str
    revision: str
    cause: str | None
    sealed: bytes | None
    preview: bool
    approved_plan: str | None
    captured_by: UUID
    traceparent: str | None
    attempts: int

    @property
    def key(self) -> RecordKey:
        return RecordKey(self.tenant_id, self.company_id, RecordRef(kind=self.kind, record_id=self.record_id))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: the columns to change."""

    key: RecordKey
    state: Literal["waiting", "planned", "refused"]
    cause: str | None = None
    columns: dict[str, Any] = field(default_factory=dict)
    at_once: bool = False
    """Whether looking again at once may help."""


async def capture(tx: AsyncConnection, event: RecordCaptured, event_id: UUID, sealed: bytes, trace: str | None) -> bool:
    """Keep this revision, to be planned; whatever was planned before is superseded. False for an older capture than
    the one that is known, or than the decision to drop the record."""
    record = event.record
    key = RecordKey(event.tenant_id, event.company_id, event.record_ref)
    changes = {
        **_UNPLANNED,
        "number": event.number,
        "revision": event.revision,
        "document_date": record.document_date,
        "currency": record.currency,
        "total": record.total,
        "tax": record.tax,
        "state": "pending",
        "sealed": sealed,
        "preview": event.preview,
        "approved_plan": event.approved_plan,
        "captured_by": event_id,
        "traceparent": trace,
        "captured_at": event.captured_at,
        "due_at": _NOW,
        "changed_at": _NOW,
    }
    statement = insert(planning).values(**key.columns, **changes)
    known, dropped = planning.c.captured_at, planning.c.dropped_at
    statement = statement.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={name: statement.excluded[name] for name in changes},
        where=sa.and_(
            sa.or_(known.is_(None), known <= statement.excluded.captured_at),
            sa.or_(dropped.is_(None), dropped < statement.excluded.captured_at),
        ),
    )
    kept = await tx.scalar(statement.returning(planning.c.record_id)) is not None
    if kept:
        wake(tx, CHANNEL)
    return kept


async def drop(tx: AsyncConnection, key: RecordKey, at: datetime) -> None:
    """A person decided that the record is not to be posted; holds for captures made before, too, late as they come."""
    changes: dict[str, Any] = {
        "state": "dropped",
        "cause": None,
        "sealed": None,
        "plan": None,
        "dropped_at": at,
        "changed_at": _NOW,
        **NO_NEWS,
    }
    statement = insert(planning).values(**key.columns, number="", revision="", codes=[], attempts=0, **changes)
    newer = sa.or_(planning.c.captured_at.is_(None), planning.c.captured_at <= at)
    await tx.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=changes, where=newer))


async def settle(tx: AsyncConnection, key: RecordKey, posting_id: UUID, outcome: str) -> None:
    """The writer answered for this very plan: it needs no further announcement. What it posted is remembered, also
    where the record was captured again meanwhile."""
    posted: dict[str, Any] = {}
    if outcome == "posted":
        outline = sa.case((planning.c.outlined == posting_id, planning.c.outline), else_=None)
        posted = {"posted": posting_id, "posted_outline": outline}
    statement = planning.update().where(
        _is(key), planning.c.posting_id == posting_id, planning.c.state.in_(("planned", "settled"))
    )
    answered = await tx.execute(
        statement.values(state="settled", outcome=outcome, changed_at=_NOW, **posted, **NO_NEWS)
    )
    if posted and not answered.rowcount:
        await tx.execute(planning.update().where(_is(key)).values(**posted))


async def close(tx: AsyncConnection, key: RecordKey, outcome: str, at: datetime) -> None:
    """The record left the unposted list, or was given up: nothing captured before `at` is planned or kept any more."""
    statement = planning.update().where(
        _is(key), planning.c.state != "dropped", sa.or_(planning.c.captured_at.is_(None), planning.c.captured_at <= at)
    )
    bodies: dict[str, Any] = {"sealed": None, "plan": None}
    await tx.execute(
        statement.values(state="closed", outcome=outcome, cause=None, changed_at=_NOW, **bodies, **NO_NEWS)
    )


async def wake_waiting(tx: AsyncConnection, tenant_id: str, company_id: str | None = None) -> None:
    """What the waiting rows of a tenant, or of one company, wait for may be there. Rows that are locked are being
    planned at this moment and look again by themselves soon: waiting for them here could make a deadlock."""
    of_company = planning.c.company_id == company_id if company_id else sa.true()
    waiting = sa.select(*_KEY).where(planning.c.state == "waiting", planning.c.tenant_id == tenant_id, of_company)
    keys = waiting.with_for_update(skip_locked=True).cte()
    statement = planning.update().where(sa.tuple_(*_KEY).in_(sa.select(*keys.c)))
    woken = await tx.execute(statement.values(due_at=_NOW))
    if woken.rowcount:
        wake(tx, CHANNEL)


async def due(tx: AsyncConnection, *, limit: int) -> list[Planning]:
    """Rows to be planned now, oldest first, locked until the transaction ends; other copies pass them over."""
    statement = (
        sa.select(*(planning.c[name] for name in Planning.__dataclass_fields__))
        .where(planning.c.state.in_(("pending", "waiting")), planning.c.due_at <= _NOW)
        .order_by(planning.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Planning(**row) for row in (await tx.execute(statement)).mappings()]


async def keep_outcomes(tx: AsyncConnection, outcomes: Sequence[Outcome]) -> None:
    """Write what became of rows that this transaction holds."""
    for outcome in outcomes:
        values = {**_UNPLANNED, "cause": outcome.cause, **outcome.columns}
        statement = planning.update().where(_is(outcome.key))
        await tx.execute(statement.values(state=outcome.state, changed_at=_NOW, **values))


def in_s(seconds: float) -> sa.ColumnElement[datetime]:
    """So many seconds from now by the database's clock."""
    return _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)


async def unanswered(tx: AsyncConnection, *, limit: int) -> list[UUID]:
    """Events that nobody has answered in time; the next time is twice as far away, and one fewer is left."""
    late = (
        sa.select(*_KEY)
        .where(planning.c.news_left > 0, planning.c.news_at <= _NOW)
        .order_by(planning.c.news_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte()
    )
    wait_s = planning.c.news_wait_s * 2
    statement = planning.update().where(sa.tuple_(*_KEY).in_(sa.select(*late.c)))
    statement = statement.values(
        news_left=planning.c.news_left - 1,
        news_wait_s=wait_s,
        news_at=_NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.cast(wait_s, sa.Float)),
    )
    found = await tx.scalars(statement.returning(planning.c.news_event_id))
    return list(found.all())


async def purge_refused(tx: AsyncConnection, *, older_than_days: int) -> int:
    """Drop the bodies of records that were refused so long ago; how many."""
    statement = planning.update().where(
        planning.c.state == "refused",
        planning.c.sealed.is_not(None),
        planning.c.changed_at < _NOW - sa.func.make_interval(0, 0, 0, older_than_days),
    )
    purged = await tx.execute(statement.values(sealed=None))
    return purged.rowcount


async def purge_previewed(tx: AsyncConnection, *, older_than_hours: int) -> int:
    """Drop plans that were only shown, so long ago; how many. The record's body stays, so it can be previewed anew."""
    statement = planning.update().where(
        planning.c.disposition == "preview",
        planning.c.plan.is_not(None),
        planning.c.changed_at < _NOW - sa.func.make_interval(0, 0, 0, 0, older_than_hours),
    )
    purged = await tx.execute(statement.values(plan=None))
    return purged.rowcount


async def count_open(tx: AsyncConnection) -> dict[str, int]:
    """How many records are still to be planned: pending ones, and ones that wait for what their cause says."""
    open_rows = planning.c.state.in_(("pending", "waiting"))
    rows = await tx.execute(sa.select(planning.c.state, sa.func.count()).where(open_rows).group_by(planning.c.state))
    return {"pending": 0, "waiting": 0} | {str(state): int(count) for state, count in rows.all()}


async def waiting(tx: AsyncConnection, *, limit: int) -> list[tuple[RecordKey, str]]:
    """Records that wait, and for what, the longest first."""
    statement = sa.select(*_KEY, planning.c.cause).where(planning.c.state == "waiting")
    rows = (await tx.execute(statement.order_by(planning.c.changed_at).limit(limit))).all()
    return [
        (RecordKey(tenant_id, company_id, RecordRef(kind=kind, record_id=record_id)), cause)
        for tenant_id, company_id, kind, record_id, cause in rows
    ]


def _is(key: RecordKey) -> sa.ColumnElement[bool]:
    return sa.and_(*(planning.c[name] == value for name, value in key.columns.items()))
