"""The bus as a log in PostgreSQL (schema `bus`): the single node's transport. See migrations/versions/0001_bus.py."""

import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieout_chassis.bus import MAX_MESSAGE_BYTES, BusUnavailable, Fate, Outgoing, Refused, Stored
from tieout_chassis.bus.postgres_consumer import PostgresConsumer
from tieout_chassis.bus.topics import PARTITIONS, partition_of
from tieout_chassis.database import Database, DatabaseUnavailable, is_database_trouble
from tieout_chassis.wakes import wake

PRUNE_ROWS = 5_000


class PostgresTransport:
    """Publishes and consumes through the functions of schema `bus`, with the service's own connections."""

    def __init__(
        self,
        database: Database,
        *,
        topic_prefix: str = "",
        retention_hours: float = 24,
        member_lease_s: float = 10,
        poll_wait_s: float = 0.5,
        max_poll_interval_s: float = 300,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self._database = database
        self._prefix = topic_prefix
        self._retention_s = retention_hours * 3600
        self._member_lease_s = member_lease_s
        self._poll_wait_s = poll_wait_s
        self._max_poll_interval_s = max_poll_interval_s
        self._max_message_bytes = max_message_bytes

    async def ensure_topics(self, topics: Iterable[str]) -> None:
        names = [self._prefix + topic for topic in topics]
        async with self._answering(), self._database.transaction() as tx:
            await tx.execute(text("SELECT bus.ensure_topics(:names, :n)"), {"names": names, "n": PARTITIONS})

    async def publish(self, messages: Sequence[Outgoing]) -> list[Fate]:
        """All in one transaction. `BusUnavailable` when its end is not known."""
        fates: list[Fate] = [self._fate(message) for message in messages]
        accepted = [message for message, fate in zip(messages, fates, strict=True) if isinstance(fate, Stored)]
        if accepted:
            topics = [self._prefix + message.topic for message in accepted]
            async with self._answering(), self._database.transaction() as tx:
                await tx.execute(
                    text("SELECT bus.append(:topics, :partitions, :keys, :values, :headers)"),
                    {
                        "topics": topics,
                        "partitions": [partition_of(message.key) for message in accepted],
                        "keys": [message.key for message in accepted],
                        "values": [message.value for message in accepted],
                        "headers": [json.dumps(dict(message.headers)) for message in accepted],
                    },
                )
                for topic in set(topics):
                    wake(tx, f"bus:{topic}")
        return fates

    def consumer(self, group: str, topics: Sequence[str], *, max_poll: int) -> PostgresConsumer:
        return PostgresConsumer(
            self._database,
            self._prefix,
            group,
            topics,
            max_poll=max_poll,
            member_lease_s=self._member_lease_s,
            poll_wait_s=self._poll_wait_s,
            max_poll_interval_s=self._max_poll_interval_s,
        )

    async def prune(self) -> None:
        pruned = PRUNE_ROWS
        while pruned == PRUNE_ROWS:
            async with self._answering(), self._database.transaction() as tx:
                pruned = await self._scalar(tx, "SELECT bus.prune(:age_s, :rows)", age_s=self._retention_s)

    async def check(self) -> None:
        async with self._answering(), self._database.transaction() as tx:
            await tx.execute(text("SELECT bus.revision()"))

    async def close(self) -> None:
        """The database is not ours to close."""

    def _fate(self, message: Outgoing) -> Fate:
        size = message.size_bytes()
        if size > self._max_message_bytes:
            return Refused(f"the message has {size} bytes, the bus takes {self._max_message_bytes}")
        return Stored()

    async def _scalar(self, tx: Any, statement: str, **values: float) -> int:
        return int(await tx.scalar(text(statement), {"rows": PRUNE_ROWS, **values}))

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        try:
            yield
        except (DBAPIError, DatabaseUnavailable) as error:
            if is_database_trouble(error):
                raise BusUnavailable(str(error)) from error
            raise
