"""A subscriber: one group's handlers on the bus.

A poll is handled in one transaction: marks, effects, answers. Where that fails, message by message, so that one that
cannot be handled delays only its own partition: it is tried again with a growing pause and then becomes a dead letter.
Offsets are committed after the transaction, so a crash delivers again and the inbox tells what is known already.

Do not break:
* within a partition nothing is handled before what precedes it is handled, dead, or set aside;
* trouble of the database or `NotNow` is nobody's fault: it pauses and counts no attempt.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from tieout_chassis.brake import Brake
from tieout_chassis.bus import Consumer, Message, Transport
from tieout_chassis.database import Database, is_database_trouble
from tieout_chassis.delivery import Delivery
from tieout_chassis.failpoints import failpoint
from tieout_chassis.handling import Handler, Handling, NotNow, describe
from tieout_chassis.loops import Loop, pause
from tieout_chassis.telemetry import REGISTRY
from tieout_contracts.events import Event

RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0
BRAKED_LOOK_S = 0.5
KEYS_AGAIN_S = 1.0
"""Keys are away only while config-api is: all wait for it, and it is asked again soon."""
HANDLED = Counter("tieout_events_handled", "Events handled.", ["group", "type"], registry=REGISTRY)
FAILED = Counter(
    "tieout_events_failed", "Attempts to handle an event that failed.", ["group", "type"], registry=REGISTRY
)
POLL_SECONDS = Histogram("tieout_poll_seconds", "Time to handle one poll's messages.", ["group"], registry=REGISTRY)
_log = structlog.get_logger(__name__)


class Subscriber(Loop):
    """Reads the topics of its handlers' events as a member of `group`; each event has its effect exactly once."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        group: str,
        handlers: Mapping[type[Event], Handler],
        *,
        max_poll: int = 200,
        max_deliveries: int = 5,
        poll_wait_s: float = 0.5,
        retry_first_s: float = RETRY_FIRST_S,
        brake: Brake | None = None,
    ) -> None:
        super().__init__(f"subscriber {group}")
        self.group = group
        self.brake = brake or Brake()
        self.topics = sorted({event.TOPIC for event in handlers})
        self._handling = Handling(database, group, handlers)
        self._database = database
        self._transport = transport
        self._max_poll = max_poll
        self._max_deliveries = max_deliveries
        self._poll_wait_s = poll_wait_s
        self._retry_first_s = retry_first_s
        self._failures: dict[UUID, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        await self._transport.ensure_topics(self.topics)
        await self._handling.redrive_set_aside()
        while not stop.is_set():
            self.beat()
            if self.brake.engaged:
                await pause(stop, BRAKED_LOOK_S)
            else:
                await self._consume(stop)

    def problem(self) -> str | None:
        reason = self.brake.engaged
        return f"stopped consuming after {reason}: fix the cause, then redrive or release" if reason else None

    async def redrive(self, letter_id: int) -> bool:
        """`Handling.redrive`; a success releases the brake."""
        redriven = await self._handling.redrive(letter_id)
        if redriven:
            self.brake.release()
        return redriven

    async def _consume(self, stop: asyncio.Event) -> None:
        consumer = self._transport.consumer(self.group, self.topics, max_poll=self._max_poll)
        try:
            await consumer.start()
            while not stop.is_set() and not self.brake.engaged:
                self.beat()
                messages = await consumer.poll(self._poll_wait_s)
                if messages:
                    with POLL_SECONDS.labels(self.group).time():
                        await self._handle(consumer, messages)
        finally:
            await consumer.close()

    async def _handle(self, consumer: Consumer, messages: Sequence[Message]) -> None:
        try:
            await self._handling.ready(message.headers for message in messages)
            deliveries = [self._read(message) for message in messages]
        except NotNow as later:
            await self._wait(consumer, messages, later)
            return
        if await self._handle_together(deliveries):
            failpoint("subscriber.after_effect")
            await consumer.commit(messages)
        else:
            await self._handle_singly(consumer, messages, deliveries)

    async def _wait(self, consumer: Consumer, messages: Sequence[Message], later: NotNow) -> None:
        """All of them stay, each partition from its first on."""
        _log.info("events wait", group=self.group, events=len(messages), reason=str(later))
        first = {(message.topic, message.partition): message for message in reversed(messages)}
        for message in first.values():
            await consumer.retry(message, min(later.after_s, KEYS_AGAIN_S))

    async def _handle_together(self, deliveries: Sequence[Delivery]) -> bool:
        if any(delivery.problem for delivery in deliveries):
            return False
        try:
            async with self._database.transaction() as tx:
                await self._handling.apply(tx, deliveries)
        except Exception as error:
            if is_database_trouble(error):
                raise
            return False
        self._succeeded(deliveries)
        return True

    async def _handle_singly(
        self, consumer: Consumer, messages: Sequence[Message], deliveries: Sequence[Delivery]
    ) -> None:
        stored: list[Message] = []
        waiting: set[tuple[str, int]] = set()
        for message, delivery in zip(messages, deliveries, strict=True):
            place = (message.topic, message.partition)
            if place in waiting:
                continue
            if self.brake.engaged:
                _log.error("the brake is on", group=self.group, reason=self.brake.engaged)
                break
            pause_s = await self._handle_one(delivery)
            if pause_s is None:
                stored.append(message)
            else:
                waiting.add(place)
                await consumer.retry(message, pause_s)
        failpoint("subscriber.after_effect")
        if stored:
            await consumer.commit(stored)

    async def _handle_one(self, delivery: Delivery) -> float | None:
        """None when the message is done with, one way or the other; else the pause before the next attempt."""
        if delivery.problem:
            await self._bury(delivery, delivery.problem)
            return None
        try:
            async with self._database.transaction() as tx:
                await self._handling.apply(tx, [delivery])
        except NotNow as later:
            _log.info("an event waits", group=self.group, event_id=str(delivery.event_id), reason=str(later))
            return later.after_s
        except Exception as error:
            if is_database_trouble(error):
                raise
            return await self._failed(delivery, error)
        self._succeeded([delivery])
        return None

    async def _failed(self, delivery: Delivery, error: Exception) -> float | None:
        attempt = delivery.context.attempt
        FAILED.labels(self.group, delivery.type_name).inc()
        _log.error(
            "an event could not be handled",
            group=self.group,
            event_id=str(delivery.event_id),
            attempt=attempt,
            error=describe(error),
            exc_info=error,
        )
        if attempt >= self._max_deliveries:
            await self._bury(delivery, describe(error))
            return None
        self._failures[delivery.event_id] = attempt
        return float(min(self._retry_first_s * 2 ** (attempt - 1), RETRY_MAX_S))

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        await self._handling.bury(delivery, reason)
        self._failures.pop(delivery.event_id, None)
        self.brake.dead_letter()

    def _read(self, message: Message) -> Delivery:
        delivery = self._handling.read(message.topic, message.key, message.value, message.headers)
        failures = self._failures.get(delivery.event_id, 0)
        return replace(delivery, context=replace(delivery.context, attempt=failures + 1)) if failures else delivery

    def _succeeded(self, deliveries: Sequence[Delivery]) -> None:
        handled = [delivery for delivery in deliveries if delivery.event is not None]
        for delivery in handled:
            self._failures.pop(delivery.event_id, None)
            HANDLED.labels(self.group, delivery.type_name).inc()
        if handled:
            self.brake.success()
