"""The bus of a test's world from outside: to lose it, and to put rubbish on it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Protocol

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from harness.canaries import as_text
from harness.databases import plain, rows
from harness.world import World
from tieout_chassis.bus import Outgoing, Stored, Transport
from tieout_chassis.bus.kafka import KafkaConnection, KafkaTopics, KafkaTransport
from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.bus.topics import PARTITIONS
from tieout_chassis.database import Database
from tieout_chassis.testing import wipe_kafka
from tieout_contracts.events import TOPICS

LOCK_WAIT_MS = 50
LOCK_ATTEMPTS = 400
READ_TIMEOUT_S = 60


class Bus(Protocol):
    async def wipe(self) -> None:
        """Lose all of it, as if its disk were gone; the topics stand again, empty."""

    async def put(self, messages: Sequence[Outgoing]) -> None:
        """Publish, whatever it is."""


def bus_of(world: World) -> Bus:
    return PostgresBus(world) if world.kafka is None else KafkaBus(world.kafka, world.topic_prefix)


class KafkaBus:
    def __init__(self, bootstrap: str, prefix: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = prefix

    async def wipe(self) -> None:
        await wipe_kafka(self._bootstrap, self._prefix)

    async def put(self, messages: Sequence[Outgoing]) -> None:
        await publish(KafkaTransport(KafkaConnection(self._bootstrap), topic_prefix=self._prefix), messages)


async def whole_bus(world: World) -> dict[str, str]:
    """All that lies on the bus, topic by topic: keys, headers and values, as text."""
    if world.kafka is not None:
        return await whole_kafka(world.kafka, world.topic_prefix)
    found: dict[str, str] = {}
    for row in await rows(world.database_url, "SELECT topic, key, headers::text AS headers, value FROM bus.message"):
        told = "\n".join(as_text(row[name]) for name in ("key", "headers", "value"))
        found[row["topic"]] = f"{found.get(row['topic'], '')}{told}\n"
    return found


async def whole_kafka(bootstrap: str, prefix: str) -> dict[str, str]:
    """The same of topics of a broker, from the beginning of every partition."""
    connection = KafkaConnection(bootstrap)
    names = await KafkaTopics(connection).named(prefix)
    consumer = AIOKafkaConsumer(**connection.options(request_timeout_s=READ_TIMEOUT_S))
    await consumer.start()
    try:
        consumer.assign([TopicPartition(name, each) for name in names for each in range(PARTITIONS)])
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(consumer.assignment())
        found = dict.fromkeys(names, "")
        async with asyncio.timeout(READ_TIMEOUT_S):
            while [place for place, end in ends.items() if await consumer.position(place) < end]:
                for place, messages in (await consumer.getmany(timeout_ms=200)).items():
                    told = (part for each in messages for part in (each.key, each.value, *chain(*each.headers)))
                    found[place.topic] += "\n".join(as_text(part) for part in told) + "\n"
        return found
    finally:
        await consumer.stop()


class PostgresBus:
    def __init__(self, world: World) -> None:
        self._url = world.database_url
        self._prefix = world.topic_prefix

    async def wipe(self) -> None:
        await self._wipe(None)

    async def wipe_if_unread(self, topic: str) -> int:
        """Wipe while this topic carries messages that a group has not committed; how many those were."""
        return await self._wipe(self._prefix + topic)

    async def put(self, messages: Sequence[Outgoing]) -> None:
        database = Database(self._url, "config-api", pool_size=2)
        try:
            await publish(PostgresTransport(database, topic_prefix=self._prefix), messages)
        finally:
            await database.dispose()

    async def _wipe(self, topic: str | None) -> int:
        connection = await asyncpg.connect(plain(self._url))
        try:
            for _ in range(LOCK_ATTEMPTS):
                with suppress(asyncpg.LockNotAvailableError):
                    return await _wipe_now(connection, topic)
            raise AssertionError(f"the log was never free within {LOCK_ATTEMPTS} attempts of {LOCK_WAIT_MS} ms a table")
        finally:
            await connection.close()


async def _wipe_now(connection: asyncpg.Connection, topic: str | None) -> int:
    """The services take the log's tables in other orders: whoever wipes gives way, long before PostgreSQL would look
    for a deadlock (1 s) and might end a transaction of theirs."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT_MS}ms'")
        await connection.execute(f"LOCK TABLE {_ALL} IN ACCESS EXCLUSIVE MODE")
        unread: int = await connection.fetchval(_UNREAD, topic)
        if unread or topic is None:
            await connection.execute(_WIPE)
    return unread


async def publish(transport: Transport, messages: Sequence[Outgoing]) -> None:
    try:
        await transport.ensure_topics(TOPICS)
        assert await transport.publish(messages) == [Stored()] * len(messages)
    finally:
        await transport.close()


_ALL = "bus.partition, bus.message, bus.member, bus.claim, bus.committed"
_UNREAD = """
    SELECT count(DISTINCT (m.partition, m."offset")) FROM bus.message m
    JOIN bus.claim c USING (topic, partition)
    LEFT JOIN bus.committed o USING (consumer_group, topic, partition)
    WHERE m.topic = $1 AND m."offset" >= coalesce(o.next_offset, 0)
"""
_WIPE = """
    DELETE FROM bus.message;
    DELETE FROM bus.member;
    DELETE FROM bus.claim;
    DELETE FROM bus.committed;
    UPDATE bus.partition SET next_offset = 0;
"""
