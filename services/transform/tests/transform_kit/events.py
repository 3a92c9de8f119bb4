"""What transform hears, and what it said."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.handling import Handler
from tieout_chassis.outbox import MessageContext, seal_context
from tieout_contracts.envelope import CE_TYPE, decode, is_sealed
from tieout_contracts.events import (
    Event,
    PostingPlanned,
    PostingSettled,
    RecordCaptured,
    RecordCommanded,
    RecordStaged,
    ReferencePublished,
    SettingsChanged,
)
from tieout_contracts.posting import Settlement
from tieout_contracts.records import CanonicalRecord
from transform_kit.records import COMPANY, TENANT, invoice, line, reference

Handlers = dict[type[Event], Handler]
NOON = datetime(2026, 10, 21, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def captured(record: CanonicalRecord | None = None, *, minute: float = 0, **changes: Any) -> RecordCaptured:
    record = record or invoice([line("10.00")], "1.00")
    facts = {
        "tenant_id": TENANT,
        "company_id": COMPANY,
        "record_ref": record.ref,
        "number": record.number,
        "revision": record.content_hash(),
        "record": record,
        "captured_at": at(minute),
    }
    return RecordCaptured(**facts | changes)


def published(version: int = 3, **changes: Any) -> ReferencePublished:
    read = reference(version=version, **changes)
    return ReferencePublished(tenant_id=TENANT, company_id=COMPANY, reference=read)


def changed(version: int) -> SettingsChanged:
    return SettingsChanged(tenant_id=TENANT, company_id=COMPANY, version=version)


def settled(plan: PostingPlanned, outcome: str = "posted") -> PostingSettled:
    posting = plan.posting
    settlement = Settlement(
        posting_id=posting.posting_id,
        company_id=posting.company_id,
        record=posting.record,
        revision=posting.revision,
        outcome=outcome,
    )
    about = {name: getattr(plan, name) for name in ("tenant_id", "company_id", "record_ref", "number", "revision")}
    return PostingSettled(**about, settlement=settlement, settled_at=at(5))


def staged(of: RecordCaptured, stage: str, *, minute: float = 9) -> RecordStaged:
    about = {name: getattr(of, name) for name in ("tenant_id", "company_id", "record_ref", "number", "revision")}
    return RecordStaged(**about, stage=stage, at=at(minute))


def commanded(of: RecordCaptured, action: str, *, minute: float = 1) -> RecordCommanded:
    return RecordCommanded(
        tenant_id=of.tenant_id,
        company_id=of.company_id,
        command_id=uuid4(),
        record_ref=of.record_ref,
        action=action,
        person="robin",
        commanded_at=at(minute),
    )


async def tell(database: Database, handlers: Handlers, *events: Event, event_id: UUID | None = None) -> None:
    """Hand events to their handlers, each in a transaction of its own."""
    for event in events:
        context = MessageContext(event_id or uuid4(), event.TOPIC, event.key, event.tenant_id)
        async with database.transaction() as tx:
            await handlers[type(event)](tx, event, context)


async def said(database: Database) -> Sequence[Any]:
    """The events in the outbox, oldest first, opened."""
    assert database.sealer is not None
    async with database.reading() as connection:
        rows = (await connection.execute(text("SELECT event_id, headers, value FROM outbox ORDER BY id"))).all()
    events = []
    for event_id, headers, value in rows:
        name = headers[CE_TYPE]
        body = database.sealer.open(bytes(value), seal_context(event_id, name)) if is_sealed(name) else bytes(value)
        events.append(decode(name, body))
    return events


async def row(database: Database) -> dict[str, Any]:
    """The only planning there is."""
    async with database.reading() as connection:
        return dict((await connection.execute(text("SELECT * FROM planning"))).mappings().one())


async def run(database: Database, statement: str) -> None:
    async with database.transaction() as tx:
        await tx.execute(text(statement))
