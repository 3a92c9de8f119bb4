"""What a group does with one delivery: effect and mark in one transaction, dead letters, what is set aside.

Do not break: a handler touches nothing but its transaction, so that a rollback undoes all of it.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from prometheus_client import Counter
from pydantic import ValidationError
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database, is_database_trouble
from tieout_chassis.dead_letters import close_dead_letter, open_dead_letter, store_dead_letter
from tieout_chassis.delivery import Delivery, read_delivery
from tieout_chassis.inbox import mark_handled
from tieout_chassis.outbox import MessageContext, announce_answers_again
from tieout_chassis.tables import set_aside
from tieout_chassis.telemetry import REGISTRY, start_span
from tieout_contracts.envelope import KEY_ID, TENANT
from tieout_contracts.events import Event

Handler = Callable[[AsyncConnection, Any, MessageContext], Awaitable[None]]
"""Takes its own event type and works in the given transaction only. Raising anything but `NotNow` counts an attempt."""

DEAD = Counter("tieout_dead_letters", "Events that became dead letters.", ["group"], registry=REGISTRY)
ASIDE = Counter("tieout_events_set_aside", "Events of a type not known yet.", ["group"], registry=REGISTRY)
_log = structlog.get_logger(__name__)


class NotNow(Exception):
    """A handler needs something that is away for the moment: its partition pauses, and no attempt is counted."""

    def __init__(self, reason: str, after_s: float = 5.0) -> None:
        self.after_s = after_s
        super().__init__(reason)


class Handling:
    """The handlers of one group, and what becomes of what they cannot handle."""

    def __init__(self, database: Database, group: str, handlers: Mapping[type[Event], Handler]) -> None:
        self.group = group
        self._database = database
        self._handlers = dict(handlers)

    def read(self, topic: str, key: str, value: bytes, headers: Mapping[str, str]) -> Delivery:
        return read_delivery(topic, key, value, headers, handled=self._handlers.keys(), sealer=self._database.sealer)

    async def ready(self, headers: Iterable[Mapping[str, str]]) -> None:
        """Have the keys at hand that these messages and their handlers need. Raises NotNow."""
        if self._database.sealer is None:
            return
        known = list(headers)
        tenants = {each[TENANT] for each in known if each.get(TENANT)}
        keys = {each[KEY_ID] for each in known if each.get(KEY_ID)}
        await self._database.sealer.ready(tenants, keys)

    async def apply(self, tx: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
        """Mark all, handle the new ones in their order. One that was handled before and is announced again, because
        its answer got lost, has its answers published again."""
        ours = [delivery for delivery in deliveries if delivery.event is not None or delivery.unknown]
        new = await mark_handled(tx, self.group, {delivery.event_id for delivery in ours})
        again = [delivery.event_id for delivery in ours if delivery.event_id not in new and delivery.announced_again]
        if again:
            await announce_answers_again(tx, again)
        for delivery in ours:
            if delivery.event_id in new:
                new.discard(delivery.event_id)
                await (self._set_aside(tx, delivery) if delivery.unknown else self.effect(tx, delivery))

    async def effect(self, tx: AsyncConnection, delivery: Delivery) -> None:
        assert delivery.event is not None
        handler = self._handlers[type(delivery.event)]
        with start_span(f"{self.group} {delivery.type_name}", delivery.context.traceparent, key=delivery.context.key):
            await handler(tx, delivery.event, delivery.context)

    async def bury(self, delivery: Delivery, reason: str) -> None:
        """Make it a dead letter, once however often it is delivered."""
        async with self._database.transaction() as tx:
            if await mark_handled(tx, self.group, {delivery.event_id}):
                await self._store_dead(tx, delivery, reason)

    async def redrive(self, letter_id: int) -> bool:
        """Handle a dead letter of this group again; False if it is none or no longer open. What the handler raises
        comes out, and the letter stays open."""
        async with self._database.transaction() as tx:
            row = await open_dead_letter(tx, letter_id, self.group)
            if row is None:
                return False
            await self.ready([row.headers])
            delivery = self.read(row.topic, row.key, bytes(row.value), row.headers)
            if delivery.event is None:
                raise ValueError(delivery.problem or f"{delivery.type_name} is not handled by {self.group}")
            await self.effect(tx, delivery)
            return await close_dead_letter(tx, letter_id, "redriven")

    async def redrive_set_aside(self) -> int:
        """Handle the events that were of an unknown type when they came and are known now; how many."""
        handled, row_id = 0, await self._next_set_aside(0)
        while row_id is not None:
            handled += await self._redrive_one_set_aside(row_id)
            row_id = await self._next_set_aside(row_id)
        return handled

    async def _next_set_aside(self, after_id: int) -> int | None:
        statement = select(set_aside.c.id).where(set_aside.c.consumer_group == self.group, set_aside.c.id > after_id)
        async with self._database.reading() as connection:
            row_id: int | None = await connection.scalar(statement.order_by(set_aside.c.id).limit(1))
        return row_id

    async def _redrive_one_set_aside(self, row_id: int) -> bool:
        """Several copies start at once: each row is taken by one of them."""
        locked = select(set_aside).where(set_aside.c.id == row_id).with_for_update(skip_locked=True)
        async with self._database.transaction() as tx:
            row = (await tx.execute(locked)).one_or_none()
            if row is None:
                return False
            await self.ready([row.headers])
            delivery = self.read(row.topic, row.key, bytes(row.value), row.headers)
            if delivery.unknown:
                return False
            await tx.execute(delete(set_aside).where(set_aside.c.id == row_id))
            problem = delivery.problem or (await self._try(tx, delivery) if delivery.event is not None else None)
            if problem is not None:
                await self._store_dead(tx, delivery, problem)
        return problem is None

    async def _try(self, tx: AsyncConnection, delivery: Delivery) -> str | None:
        """What is wrong with it, or none; what is nobody's fault is raised."""
        try:
            async with tx.begin_nested():
                await self.effect(tx, delivery)
        except Exception as error:
            if isinstance(error, NotNow) or is_database_trouble(error):
                raise
            return describe(error)
        return None

    async def _store_dead(self, tx: AsyncConnection, delivery: Delivery, reason: str) -> None:
        DEAD.labels(self.group).inc()
        _log.error("an event becomes a dead letter", group=self.group, event_id=str(delivery.event_id), reason=reason)
        await store_dead_letter(
            tx,
            consumer_group=self.group,
            event_id=delivery.event_id,
            topic=delivery.context.topic,
            key=delivery.context.key,
            headers=delivery.headers,
            value=delivery.value,
            reason=reason,
            attempts=delivery.context.attempt,
        )

    async def _set_aside(self, tx: AsyncConnection, delivery: Delivery) -> None:
        ASIDE.labels(self.group).inc()
        _log.warning("an event of an unknown type is set aside", group=self.group, type=delivery.type_name)
        await tx.execute(
            insert(set_aside).values(
                consumer_group=self.group,
                event_id=delivery.event_id,
                type=delivery.type_name,
                topic=delivery.context.topic,
                key=delivery.context.key,
                headers=dict(delivery.headers),
                value=delivery.value,
            )
        )


def describe(error: Exception) -> str:
    """An error in a line, without the values it is about: it is stored and logged in clear."""
    if isinstance(error, ValidationError):
        found = error.errors(include_input=False, include_context=False, include_url=False)
        places = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in found[:5])
        return f"{type(error).__name__}: {error.title}: {places}"
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:500]
