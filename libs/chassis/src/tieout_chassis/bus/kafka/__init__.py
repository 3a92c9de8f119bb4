"""The bus on Apache Kafka: production's transport. Only this package imports aiokafka.

Work in progress is kept out of Kafka: consumers store and commit, so a rebalance costs a second delivery and nothing
else. Static membership is not used, since aiokafka does not fence a member that was replaced.

Do not break:
* nothing is sent behind a message whose fate is not known (producer.py);
* an offset is committed only for a partition that stayed ours from poll to commit (consumer.py);
* every call is bounded: aiokafka itself tries many of them for ever (bounded.py).
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tieout_chassis.bus import MAX_MESSAGE_BYTES, Fate, Outgoing, Unsure
from tieout_chassis.bus.kafka.connection import KafkaConnection
from tieout_chassis.bus.kafka.consumer import KafkaConsumer
from tieout_chassis.bus.kafka.producer import PUBLISH_TIMEOUT_S, KafkaProducer
from tieout_chassis.bus.kafka.topics import KafkaTopics, TopicsUnusable

if TYPE_CHECKING:
    from tieout_chassis.settings import ServiceSettings

SESSION_MAX_S = 10.0
"""Brokers grant no less than their `group.min.session.timeout.ms`, which is 6 s unless told otherwise."""

__all__ = ["KafkaConnection", "KafkaConsumer", "KafkaTopics", "KafkaTransport", "TopicsUnusable"]


class KafkaTransport:
    """Publishes with one producer, made at the first use, and consumes with one client for each member."""

    def __init__(
        self,
        connection: KafkaConnection,
        *,
        topic_prefix: str = "",
        retention_hours: float = 24,
        replication_factor: int = 1,
        member_lease_s: float = SESSION_MAX_S,
        max_poll_interval_s: float = 300,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        publish_timeout_s: float = PUBLISH_TIMEOUT_S,
    ) -> None:
        self._connection = connection
        self._prefix = topic_prefix
        self._member_lease_s = member_lease_s
        self._max_poll_interval_s = max_poll_interval_s
        self._topics = KafkaTopics(connection, retention_hours=retention_hours, replication_factor=replication_factor)
        self._producer = KafkaProducer(
            connection, max_message_bytes=max_message_bytes, publish_timeout_s=publish_timeout_s
        )
        self._ensured: set[str] = set()

    @classmethod
    def from_settings(cls, settings: "ServiceSettings") -> "KafkaTransport":
        return cls(
            KafkaConnection.from_settings(settings),
            topic_prefix=settings.topic_prefix,
            retention_hours=settings.bus_retention_hours,
            replication_factor=settings.kafka_replication_factor,
            member_lease_s=min(settings.lease_s, SESSION_MAX_S),
        )

    async def ensure_topics(self, topics: Iterable[str]) -> None:
        """`TopicsUnusable` when the cluster refuses one; `BusUnavailable` when it does not answer."""
        names = {self._prefix + topic for topic in topics}
        await self._topics.ensure(names)
        self._ensured |= names

    async def publish(self, messages: Sequence[Outgoing]) -> list[Fate]:
        topics = {message.topic for message in messages}
        if not {self._prefix + topic for topic in topics} <= self._ensured:
            await self.ensure_topics(topics)
        ensured, self._ensured = self._ensured, set()
        fates = await self._producer.publish(self._prefix, messages)
        if not any(isinstance(fate, Unsure) for fate in fates):
            self._ensured = ensured  # otherwise the topics may be what is missing
        return fates

    def consumer(self, group: str, topics: Sequence[str], *, max_poll: int) -> KafkaConsumer:
        return KafkaConsumer(
            self._connection,
            self._prefix,
            group,
            topics,
            max_poll=max_poll,
            member_lease_s=self._member_lease_s,
            max_poll_interval_s=self._max_poll_interval_s,
        )

    async def prune(self) -> None:
        """The brokers do so by themselves."""

    async def check(self) -> None:
        await self._producer.check()

    async def close(self) -> None:
        await self._producer.close()
