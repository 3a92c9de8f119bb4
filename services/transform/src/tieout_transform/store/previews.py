"""Previews that were asked for and are not answered whole, and the records that they are about."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.wakes import wake
from tieout_contracts.events import PreviewRequested
from tieout_contracts.records import RecordKind, RecordRef
from tieout_transform.store.plannings import RecordKey
from tieout_transform.store.tables import planning, preview

CHANNEL = "transform:preview"
"""Woken when a preview was asked for."""
LEFT_TO_A_PERSON = ("adopt_proposed", "conflict", "waiting")
KNOWN_STATES = ("pending", "waiting", "planned", "refused", "settled")


@dataclass(frozen=True, slots=True)
class Preview:
    """A row of `preview`; the columns are explained in `tables`."""

    preview_id: UUID
    tenant_id: str
    company_id: str
    record_refs: list[dict[str, Any]]
    settings: bytes | None
    compare: bool
    after_kind: str
    after_id: int
    told: int
    requested_by: UUID


@dataclass(frozen=True, slots=True)
class Known:
    """A record whose body is here, and how its planning stands."""

    tenant_id: str
    company_id: str
    kind: RecordKind
    record_id: int
    number: str
    revision: str
    document_date: Any
    currency: str | None
    total: Any
    state: str
    disposition: str | None
    outcome: str | None
    plan_hash: str | None
    plan: bytes | None
    posted: UUID | None
    posted_outline: bytes | None
    sealed: bytes | None

    @property
    def key(self) -> RecordKey:
        return RecordKey(self.tenant_id, self.company_id, RecordRef(kind=self.kind, record_id=self.record_id))

    @property
    def decision(self) -> str | None:
        """What the writer left to a person, if it did: the document is in the ledger already, or cannot be told from
        another one."""
        return self.outcome if self.state == "settled" and self.outcome in LEFT_TO_A_PERSON else None

    @property
    def stopped(self) -> bool:
        """Whether the writer ended without a document, so that nothing more comes of it by itself."""
        return self.state == "settled" and self.outcome != "posted"

    @property
    def is_posted(self) -> bool:
        """Whether a document stands in the ledger, and nothing newer is on its way there: whatever else is planned
        would change it."""
        return self.posted is not None and not self.is_live

    @property
    def is_live(self) -> bool:
        """Whether a document of it is in the ledger, or on its way there."""
        return (self.state, self.disposition) == ("planned", "post") or (self.state, self.outcome) == (
            "settled",
            "posted",
        )


async def ask(tx: AsyncConnection, event: PreviewRequested, event_id: UUID, settings: bytes | None) -> None:
    """Keep a request, to be answered by the worker step."""
    statement = insert(preview).values(
        preview_id=event.preview_id,
        tenant_id=event.tenant_id,
        company_id=event.company_id,
        record_refs=[ref.model_dump() for ref in event.record_refs],
        settings=settings,
        compare=event.compare,
        requested_by=event_id,
        requested_at=event.requested_at,
    )
    await tx.execute(statement.on_conflict_do_nothing())
    wake(tx, CHANNEL)


async def is_asked(tx: AsyncConnection) -> bool:
    return await tx.scalar(sa.select(preview.c.preview_id).limit(1)) is not None


async def next_one(tx: AsyncConnection) -> Preview | None:
    """The oldest one, locked until the transaction ends; other copies pass it over."""
    statement = sa.select(*(preview.c[name] for name in Preview.__dataclass_fields__))
    statement = statement.order_by(preview.c.requested_at).limit(1).with_for_update(skip_locked=True)
    row = (await tx.execute(statement)).mappings().one_or_none()
    return Preview(**row) if row else None


async def next_records(tx: AsyncConnection, asked: Preview, *, limit: int) -> list[Known]:
    """The next of its records, in the order of kind and id: those that are not closed and whose body is here."""
    statement = sa.select(*(planning.c[name] for name in Known.__dataclass_fields__)).where(
        planning.c.tenant_id == asked.tenant_id,
        planning.c.company_id == asked.company_id,
        planning.c.state.in_(KNOWN_STATES),
        planning.c.sealed.is_not(None),
        sa.tuple_(planning.c.kind, planning.c.record_id) > sa.tuple_(sa.literal(asked.after_kind), asked.after_id),
    )
    if asked.record_refs:
        wanted = [(ref["kind"], ref["record_id"]) for ref in asked.record_refs]
        statement = statement.where(sa.tuple_(planning.c.kind, planning.c.record_id).in_(wanted))
    rows = await tx.execute(statement.order_by(planning.c.kind, planning.c.record_id).limit(limit))
    return [Known(**row) for row in rows.mappings()]


async def go_on(tx: AsyncConnection, asked: Preview, last: Known, told: int) -> None:
    """So many more are answered, up to `last`."""
    statement = preview.update().where(preview.c.preview_id == asked.preview_id)
    await tx.execute(statement.values(after_kind=last.kind, after_id=last.record_id, told=asked.told + told))


async def done(tx: AsyncConnection, asked: Preview) -> None:
    """It is answered whole: nothing of it is kept here."""
    await tx.execute(preview.delete().where(preview.c.preview_id == asked.preview_id))
