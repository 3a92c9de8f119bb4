"""Topics, made explicitly: a topic that a broker makes by itself has the wrong number of partitions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from time import monotonic
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import (
    InvalidPartitionsError,
    NoError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from tieout_chassis.bus import MAX_MESSAGE_BYTES, BusUnavailable
from tieout_chassis.bus.kafka.bounded import put_away, within
from tieout_chassis.bus.kafka.connection import KafkaConnection
from tieout_chassis.bus.topics import PARTITIONS

REQUEST_TIMEOUT_S = 10.0
SETTLE_TIMEOUT_S = 15.0
SETTLE_LOOK_S = 0.05
BATCH_OVERHEAD_BYTES = 64 * 1024
"""What Kafka adds to a message: the heads of batch and record, and the lengths of its parts."""


class TopicsUnusable(Exception):
    """The cluster refuses a topic that is needed; a person has to change a setting or a permission."""


class _Partitions(NamedTuple):
    made: int
    led: int
    """How many of them have a leader."""


class KafkaTopics:
    """Makes the topics that are missing. One that exists keeps its settings; it gets partitions that it lacks."""

    def __init__(
        self, connection: KafkaConnection, *, retention_hours: float = 24, replication_factor: int = 1
    ) -> None:
        self._connection = connection
        self._replication_factor = replication_factor
        retention_ms = int(retention_hours * 3_600_000)
        self._settings = {
            "cleanup.policy": "delete",
            "retention.ms": str(retention_ms),
            "segment.ms": str(max(retention_ms // 8, 60_000)),  # what is in the open segment is not dropped
            "max.message.bytes": str(MAX_MESSAGE_BYTES + BATCH_OVERHEAD_BYTES),
            "min.insync.replicas": str(2 if replication_factor > 2 else 1),
        }

    async def ensure(self, names: Iterable[str]) -> None:
        """All of them are there and have leaders. Other services may be doing the same."""
        wanted = set(names)
        created: set[str] = set()
        grown: set[str] = set()
        async with self._admin() as admin, aclosing(self._looks(admin)) as looks:
            async for there in looks:
                missing = wanted - there.keys()
                small = {name for name in wanted - missing if there[name].made < PARTITIONS}
                if missing - created:
                    await self._create(admin, sorted(missing - created))
                    created |= missing
                if small - grown:
                    await self._grow(admin, sorted(small - grown))
                    grown |= small
                if not missing and all(there[name].led >= PARTITIONS for name in wanted):
                    return

    async def named(self, prefix: str) -> list[str]:
        """The topics whose names begin so."""
        async with self._admin() as admin:
            return sorted(name for name in await self._look(admin) if name.startswith(prefix))

    async def delete(self, names: Iterable[str]) -> None:
        """Drop these topics with all that is in them, and their groups' offsets. None of them is there afterwards."""
        gone = set(names)
        if not gone:
            return
        async with self._admin() as admin, aclosing(self._looks(admin)) as looks:
            response = await within(REQUEST_TIMEOUT_S, admin.delete_topics(sorted(gone)))
            _raise_unless(response.topic_error_codes, UnknownTopicOrPartitionError)
            async for there in looks:
                if not gone & there.keys():
                    return

    async def _create(self, admin: Any, names: list[str]) -> None:
        new = [NewTopic(name, PARTITIONS, self._replication_factor, topic_configs=self._settings) for name in names]
        response = await within(REQUEST_TIMEOUT_S, admin.create_topics(new))
        _raise_unless(response.topic_errors, TopicAlreadyExistsError)  # another service was faster

    async def _grow(self, admin: Any, names: list[str]) -> None:
        more = {name: NewPartitions(PARTITIONS) for name in names}
        try:
            await within(REQUEST_TIMEOUT_S, admin.create_partitions(more))
        except BusUnavailable as error:
            if not isinstance(error.__cause__, InvalidPartitionsError):  # another service was faster
                raise

    async def _looks(self, admin: Any) -> AsyncGenerator[dict[str, _Partitions], None]:
        """Look again and again: what the controller has decided takes its time to reach the brokers."""
        deadline = monotonic() + SETTLE_TIMEOUT_S
        while monotonic() < deadline:
            yield await self._look(admin)
            await asyncio.sleep(SETTLE_LOOK_S)
        raise BusUnavailable(f"Kafka did not carry out a change of topics within {SETTLE_TIMEOUT_S:.1f} s")

    async def _look(self, admin: Any) -> dict[str, _Partitions]:
        """All topics there are (asking for one by its name may make a broker create it)."""
        topics = await within(REQUEST_TIMEOUT_S, admin.describe_topics())
        return {
            topic["topic"]: _Partitions(
                made=len(topic["partitions"]), led=sum(part["leader"] != -1 for part in topic["partitions"])
            )
            for topic in topics
            if for_code(topic["error_code"]) is NoError
        }

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[Any]:
        admin = AIOKafkaAdminClient(**self._connection.options(request_timeout_s=REQUEST_TIMEOUT_S))
        try:
            await within(REQUEST_TIMEOUT_S, admin.start())
            yield admin
        finally:
            await put_away(REQUEST_TIMEOUT_S, admin.close())


def _raise_unless(answers: Iterable[Any], accepted: type[Exception]) -> None:
    for topic, code, *reason in answers:
        error = for_code(code)
        if error is not NoError and error is not accepted:
            raise TopicsUnusable(f"{topic}: {error.__name__} {' '.join(filter(None, reason))}".strip())


__all__ = ["BATCH_OVERHEAD_BYTES", "KafkaTopics", "TopicsUnusable"]
