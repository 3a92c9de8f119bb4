"""Topics on a real Kafka."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tieout_chassis.bus import MAX_MESSAGE_BYTES, Outgoing, Stored
from tieout_chassis.bus.kafka import KafkaConnection, KafkaTopics, KafkaTransport, TopicsUnusable
from tieout_chassis.bus.topics import PARTITIONS
from tieout_chassis.testing_kafka import wipe_kafka

pytestmark = pytest.mark.kafka


@pytest.fixture
def topics(kafka_bootstrap: str) -> KafkaTopics:
    return KafkaTopics(KafkaConnection(kafka_bootstrap), retention_hours=6)


async def administer(bootstrap: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return await work(admin)
    finally:
        await admin.close()


async def partitions(bootstrap: str, name: str) -> int:
    (topic,) = await administer(bootstrap, lambda admin: admin.describe_topics([name]))
    return len(topic["partitions"])


async def test_a_topic_is_made_with_our_partitions_retention_and_size(
    topics: KafkaTopics, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    name = kafka_prefix + "record.staged"
    await topics.ensure([name])
    assert await topics.named(kafka_prefix) == [name]
    assert await partitions(kafka_bootstrap, name) == PARTITIONS
    wanted = ConfigResource(ConfigResourceType.TOPIC, name)
    (answer,) = await administer(kafka_bootstrap, lambda admin: admin.describe_configs([wanted]))
    given = {setting[0]: setting[1] for setting in answer.resources[0][4]}
    assert given["retention.ms"] == str(6 * 3600 * 1000)
    assert int(given["segment.ms"]) < int(given["retention.ms"])
    assert int(given["max.message.bytes"]) > MAX_MESSAGE_BYTES
    assert given["cleanup.policy"] == "delete"


async def test_many_services_that_start_at_once_make_the_same_topics(topics: KafkaTopics, kafka_prefix: str) -> None:
    names = [f"{kafka_prefix}{n}" for n in range(3)]
    await asyncio.gather(*(topics.ensure(names) for _ in range(6)))
    assert await topics.named(kafka_prefix) == names


async def test_a_topic_that_a_broker_made_by_itself_gets_the_partitions_it_lacks(
    topics: KafkaTopics, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    name = kafka_prefix + "small"
    await administer(kafka_bootstrap, lambda admin: admin.create_topics([NewTopic(name, 1, 1)]))
    await topics.ensure([name])
    assert await partitions(kafka_bootstrap, name) == PARTITIONS
    transport = KafkaTransport(KafkaConnection(kafka_bootstrap), topic_prefix=kafka_prefix)
    assert await transport.publish([Outgoing("small", f"k{n}", b"", {}) for n in range(40)]) == [Stored()] * 40
    await transport.close()


async def test_a_topic_that_the_cluster_refuses_is_named_with_the_reason(
    kafka_bootstrap: str, kafka_prefix: str
) -> None:
    topics = KafkaTopics(KafkaConnection(kafka_bootstrap), replication_factor=30)
    with pytest.raises(TopicsUnusable, match=f"{kafka_prefix}x: InvalidReplicationFactor"):
        await topics.ensure([kafka_prefix + "x"])


async def test_a_wipe_leaves_the_topics_and_nothing_in_them(
    topics: KafkaTopics, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    transport = KafkaTransport(KafkaConnection(kafka_bootstrap), topic_prefix=kafka_prefix)
    try:
        assert await transport.publish([Outgoing("t", "k", b"before", {})]) == [Stored()]
        await wipe_kafka(kafka_bootstrap, kafka_prefix)
        assert await topics.named(kafka_prefix) == [kafka_prefix + "t"]
        assert await transport.publish([Outgoing("t", "k", b"after", {})]) == [Stored()]
        consumer = transport.consumer("g", ["t"], max_poll=10)
        await consumer.start()
        (got,) = await consumer.poll(10)
        assert (got.value, got.offset) == (b"after", 0)
        await consumer.close()
    finally:
        await transport.close()
    await topics.delete([kafka_prefix + "t"])
    assert await topics.named(kafka_prefix) == []
