"""Dead letters: what could not be handled or published, kept with its reason until a person redrives or discards it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database, sender_of
from tieout_chassis.outbox import outbox_channel
from tieout_chassis.tables import dead_letter
from tieout_chassis.wakes import wake
from tieout_contracts.envelope import CE_TYPE

REASON_MAX_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One, without its value. `consumer_group` is none for an event of our own that the bus refused."""

    id: int
    consumer_group: str | None
    event_id: UUID
    type: str
    topic: str
    key: str
    reason: str
    attempts: int
    state: Literal["open", "redriven", "discarded"]
    created_at: datetime


_SHOWN = tuple(dead_letter.c[name] for name in DeadLetter.__dataclass_fields__)


class DeadLetters:
    """The dead letters of one service; a subscriber redrives its own (`Subscriber.redrive`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_open(self, *, limit: int = 100, after_id: int = 0) -> list[DeadLetter]:
        statement = select(*_SHOWN).where(dead_letter.c.state == "open", dead_letter.c.id > after_id)
        async with self._database.reading() as connection:
            rows = await connection.execute(statement.order_by(dead_letter.c.id).limit(limit))
            return [DeadLetter(*row) for row in rows]

    async def count_open(self) -> int:
        async with self._database.reading() as connection:
            statement = select(func.count()).where(dead_letter.c.state == "open")
            return int(await connection.scalar(statement) or 0)

    async def discard(self, letter_id: int) -> bool:
        """Give it up for good; False if it was no longer open."""
        async with self._database.transaction() as tx:
            return await close_dead_letter(tx, letter_id, "discarded")

    async def publish_again(self, letter_id: int) -> bool:
        """Try again to publish an event that the bus had refused; False if it is none such or no longer open."""
        async with self._database.transaction() as tx:
            found = await tx.execute(_PUBLISH_AGAIN, {"id": letter_id})
            if not found.rowcount:
                return False
            wake(tx, outbox_channel(sender_of(tx).schema))
            return await close_dead_letter(tx, letter_id, "redriven")


_PUBLISH_AGAIN = text("""
    INSERT INTO outbox AS o (event_id, topic, key, headers, value)
    SELECT event_id, topic, key, headers, value FROM dead_letter
    WHERE id = :id AND state = 'open' AND consumer_group IS NULL FOR UPDATE
    ON CONFLICT (event_id) DO UPDATE SET published_at = NULL
""")


async def store_dead_letter(
    tx: AsyncConnection,
    *,
    consumer_group: str | None,
    event_id: UUID,
    topic: str,
    key: str,
    headers: Mapping[str, str],
    value: bytes,
    reason: str,
    attempts: int,
) -> None:
    await tx.execute(
        insert(dead_letter).values(
            consumer_group=consumer_group,
            event_id=event_id,
            type=headers.get(CE_TYPE, ""),
            topic=topic,
            key=key,
            headers=dict(headers),
            value=value,
            reason=reason[:REASON_MAX_CHARS],
            attempts=attempts,
        )
    )


async def open_dead_letter(tx: AsyncConnection, letter_id: int, consumer_group: str) -> Any | None:
    """The whole row, locked; none if it is not an open one of this group."""
    statement = select(dead_letter).where(
        dead_letter.c.id == letter_id, dead_letter.c.state == "open", dead_letter.c.consumer_group == consumer_group
    )
    return (await tx.execute(statement.with_for_update())).one_or_none()


async def close_dead_letter(tx: AsyncConnection, letter_id: int, state: Literal["redriven", "discarded"]) -> bool:
    closed = await tx.execute(
        update(dead_letter)
        .where(dead_letter.c.id == letter_id, dead_letter.c.state == "open")
        .values(state=state, closed_at=func.clock_timestamp())
    )
    return bool(closed.rowcount)
