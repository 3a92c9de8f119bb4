"""The outbox: an event commits together with the change it tells of. The relay brings it to the bus.

Insert it while the record's row is locked: ids then grow in commit order within a key, and so do offsets on the bus.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.bus import MAX_MESSAGE_BYTES
from tieout_chassis.database import Sender, sender_of
from tieout_chassis.sealing import key_id_of
from tieout_chassis.tables import outbox
from tieout_chassis.telemetry import current_traceparent
from tieout_chassis.wakes import wake
from tieout_contracts.envelope import (
    CE_ID,
    CE_SOURCE,
    CE_SPECVERSION,
    CE_SUBJECT,
    CE_TIME,
    CE_TYPE,
    COMPANY,
    KEY_ID,
    SPECVERSION,
    TENANT,
    TRACEPARENT,
    encode,
    event_type,
    is_sealed,
    key_of,
    topic_of,
)
from tieout_contracts.events import Event

ANNOUNCEMENT = "tieoutannouncement"
"""Header of an event that is published again: 2 for the second time. Whoever has handled it answers again, too."""
HEADERS_ALLOWANCE_BYTES = 4_096


class EventTooLarge(Exception):
    """The bus would refuse this event for good; refuse the record instead."""

    def __init__(self, type_name: str, size_bytes: int) -> None:
        self.type_name, self.size_bytes = type_name, size_bytes
        super().__init__(f"{type_name} has {size_bytes} bytes, a message of the bus may have {MAX_MESSAGE_BYTES}")


@dataclass(frozen=True, slots=True)
class MessageContext:
    """Where an event came from: what a handler is told, and what it passes on as `caused_by`."""

    event_id: UUID
    topic: str
    key: str
    tenant_id: str
    traceparent: str | None = None
    attempt: int = 1


async def publish(
    tx: AsyncConnection,
    event: Event,
    *,
    caused_by: MessageContext | UUID | None = None,
    event_id: UUID | None = None,
) -> UUID:
    """Store one event for the bus; its id. `EventTooLarge` if the bus could never take it.

    An `event_id` that was stored before is announced again if it had been published, and left alone if it still waits.
    `caused_by` ties the event to the one that it answers: should that one be announced again because this answer was
    lost on the way, the answer is published again by itself.
    """
    return (await _store(tx, [(event, event_id)], caused_by))[0]


async def publish_all(
    tx: AsyncConnection, events: Sequence[Event], *, caused_by: MessageContext | UUID | None = None
) -> list[UUID]:
    """`publish` for many new events in one statement, in their order."""
    return await _store(tx, [(event, None) for event in events], caused_by) if events else []


async def announce_answers_again(tx: AsyncConnection, event_ids: Sequence[UUID]) -> int:
    """Publish again what was published in answer to these events; how many."""
    again = (
        select(outbox.c.id)
        .where(outbox.c.caused_by.in_(event_ids), outbox.c.published_at.is_not(None))
        .order_by(outbox.c.id)
        .with_for_update()
    )
    return await _unpublish(tx, again)


async def announce_again(tx: AsyncConnection, event_ids: Sequence[UUID]) -> int:
    """Publish these events once more under the same ids, because no answer came; how many. One that still waits is
    left alone, and one that retention has pruned is gone: keep deadlines well below `outbox_retention_hours`."""
    if not event_ids:
        return 0
    again = (
        select(outbox.c.id)
        .where(outbox.c.event_id.in_(event_ids), outbox.c.published_at.is_not(None))
        .order_by(outbox.c.id)
        .with_for_update()
    )
    return await _unpublish(tx, again)


async def announce_all(tx: AsyncConnection) -> int:
    """Publish once more everything that retention still keeps (`tieout replay`); how many."""
    return await _unpublish(tx, select(outbox.c.id).where(outbox.c.published_at.is_not(None)))


def outbox_channel(schema: str) -> str:
    return f"outbox:{schema}"


def seal_context(event_id: UUID, type_name: str) -> bytes:
    """What binds a sealed event to its place (AAD)."""
    return f"event:{event_id}:{type_name}".encode()


async def _unpublish(tx: AsyncConnection, ids: Select[tuple[int]]) -> int:
    result = await tx.execute(update(outbox).where(outbox.c.id.in_(ids)).values(published_at=None))
    if result.rowcount:
        wake(tx, outbox_channel(sender_of(tx).schema))
    return result.rowcount


async def _store(
    tx: AsyncConnection, events: Sequence[tuple[Event, UUID | None]], caused_by: MessageContext | UUID | None
) -> list[UUID]:
    sender = sender_of(tx)
    cause = caused_by.event_id if isinstance(caused_by, MessageContext) else caused_by
    traceparent = current_traceparent() or (caused_by.traceparent if isinstance(caused_by, MessageContext) else None)
    ids = [event_id or uuid4() for _, event_id in events]
    rows = [_row(sender, event, new_id, cause, traceparent) for (event, _), new_id in zip(events, ids, strict=True)]
    statement = insert(outbox)
    statement = statement.on_conflict_do_update(
        index_elements=[outbox.c.event_id],
        set_={"published_at": None, "headers": statement.excluded.headers, "value": statement.excluded.value},
        where=outbox.c.published_at.is_not(None),
    )
    await tx.execute(statement, rows)
    wake(tx, outbox_channel(sender.schema))
    return ids


def _row(
    sender: Sender, event: Event, event_id: UUID, cause: UUID | None, traceparent: str | None
) -> dict[str, object]:
    type_name = event_type(event)
    value = encode(event)
    headers = {
        CE_ID: str(event_id),
        CE_TYPE: type_name,
        CE_SOURCE: f"/tieout/{sender.service}",
        CE_TIME: datetime.now(UTC).isoformat(),
        CE_SUBJECT: key_of(event),
        CE_SPECVERSION: SPECVERSION,
        TENANT: event.tenant_id,
        COMPANY: event.company_id,
    }
    if traceparent:
        headers[TRACEPARENT] = traceparent
    if is_sealed(type_name):
        if sender.sealer is None:
            raise LookupError(f"{type_name} travels sealed, and {sender.service} has no sealing key")
        value = sender.sealer.seal(value, seal_context(event_id, type_name), event.tenant_id)
        headers[KEY_ID] = key_id_of(value)
    size = len(value) + HEADERS_ALLOWANCE_BYTES
    if size > MAX_MESSAGE_BYTES:
        raise EventTooLarge(type_name, size)
    return {
        "event_id": event_id,
        "topic": topic_of(event),
        "key": key_of(event),
        "headers": headers,
        "value": value,
        "caused_by": cause,
    }


__all__ = [
    "ANNOUNCEMENT",
    "EventTooLarge",
    "MessageContext",
    "announce_again",
    "announce_all",
    "announce_answers_again",
    "outbox_channel",
    "publish",
    "publish_all",
    "seal_context",
]
