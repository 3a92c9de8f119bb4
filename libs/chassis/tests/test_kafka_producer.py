"""What publishing to Kafka promises when something is wrong there."""

import asyncio
import socket
from collections.abc import AsyncIterator
from time import monotonic

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tieout_chassis.bus import BusUnavailable, Outgoing, Refused, Stored, Unsure
from tieout_chassis.bus.kafka import KafkaConnection, KafkaTopics, KafkaTransport, producer, topics
from tieout_chassis.bus.kafka.producer import BATCH_MAX_BYTES
from tieout_chassis.bus.topics import PARTITIONS
from tieout_chassis.testing_kafka import Broker, NoKafka, leave_out

KEY = "north/invoice-1"


def message(text: str, key: str = KEY) -> Outgoing:
    return Outgoing("t", key, text.encode(), {})


@pytest.fixture
async def transport(kafka_bootstrap: str, kafka_prefix: str) -> AsyncIterator[KafkaTransport]:
    transport = KafkaTransport(KafkaConnection(kafka_bootstrap), topic_prefix=kafka_prefix, publish_timeout_s=2)
    yield transport
    await transport.close()


async def read(transport: KafkaTransport, wanted: int) -> list[str]:
    consumer = transport.consumer("g", ["t"], max_poll=500)
    await consumer.start()
    texts: list[str] = []
    async with asyncio.timeout(30):
        while len(texts) < wanted:
            texts += [one.value.decode() for one in await consumer.poll(0.5)]
    await consumer.close()
    return texts


@pytest.mark.http
async def test_brokers_that_cannot_be_reached_are_said_to_be_away() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        transport = KafkaTransport(KafkaConnection(f"127.0.0.1:{taken.getsockname()[1]}"))
        for call in (transport.check(), transport.publish([message("A")]), transport.ensure_topics(["t"])):
            with pytest.raises(BusUnavailable, match="bootstrap"):
                await call
        consumer = transport.consumer("g", ["t"], max_poll=1)
        with pytest.raises(BusUnavailable, match="bootstrap"):
            await consumer.start()
        await consumer.close()
        await transport.close()


@pytest.mark.http
async def test_a_broker_that_takes_a_call_and_never_answers_is_waited_for_so_long_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    monkeypatch.setattr(producer, "START_TIMEOUT_S", 0.3)
    monkeypatch.setattr(topics, "REQUEST_TIMEOUT_S", 0.3)
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        transport = KafkaTransport(KafkaConnection(f"127.0.0.1:{server.sockets[0].getsockname()[1]}"))
        begun = monotonic()
        with pytest.raises(BusUnavailable):
            await transport.check()
        with pytest.raises(BusUnavailable):
            await transport.publish([message("A")])
        assert monotonic() - begun < 5
        await transport.close()


@pytest.mark.kafka
async def test_many_batches_of_one_partition_arrive_in_order(transport: KafkaTransport) -> None:
    size = BATCH_MAX_BYTES // 3
    texts = [f"{n}:" + "x" * size for n in range(10)]
    assert await transport.publish([message(text) for text in texts]) == [Stored()] * 10
    assert await read(transport, 10) == texts


@pytest.mark.kafka
async def test_what_only_the_broker_finds_too_large_is_refused_and_what_stands_around_it_passes_in_order(
    transport: KafkaTransport, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    """The topic was there before us, with a limit of its own."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    limit = {"max.message.bytes": "100000", "compression.type": "uncompressed"}
    await admin.create_topics([NewTopic(kafka_prefix + "t", PARTITIONS, 1, topic_configs=limit)])
    await admin.close()
    texts = ["A", "B", "x" * 200_000, "C", "y" * 300_000, "D"]
    fates = await transport.publish([message(text) for text in texts])
    assert [type(fate) for fate in fates] == [Stored, Stored, Refused, Stored, Refused, Stored]
    assert isinstance(fates[2], Refused)
    assert "MessageSizeTooLarge" in fates[2].reason
    assert await transport.publish([message("E")]) == [Stored()]
    assert await read(transport, 5) == ["A", "B", "C", "D", "E"]


@pytest.mark.kafka
async def test_when_the_topics_are_lost_nothing_is_said_to_be_stored_and_the_next_attempt_makes_them_again(
    transport: KafkaTransport, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    assert await transport.publish([message("A")]) == [Stored()]
    await KafkaTopics(KafkaConnection(kafka_bootstrap)).delete([kafka_prefix + "t"])
    fates = await transport.publish([message("B"), message("C")])
    assert [type(fate) for fate in fates] == [Unsure, Unsure]
    assert await transport.publish([message("B"), message("C")]) == [Stored(), Stored()]
    assert await read(transport, 2) == ["B", "C"]


@pytest.fixture
async def own_broker() -> AsyncIterator[Broker]:
    """One that a test may kill."""
    try:
        broker = Broker()
        await asyncio.to_thread(broker.start)
    except NoKafka as error:
        leave_out(str(error))
    yield broker
    broker.stop_and_delete()


@pytest.mark.kafka
async def test_a_broker_that_dies_and_comes_back_loses_nothing_and_keeps_the_order(own_broker: Broker) -> None:
    transport = KafkaTransport(KafkaConnection(own_broker.bootstrap), member_lease_s=2, publish_timeout_s=2)
    await transport.ensure_topics(["t"])
    consumer = transport.consumer("g", ["t"], max_poll=5)
    await consumer.start()
    assert await transport.publish([message(str(n)) for n in range(10)]) == [Stored()] * 10
    read_first = await consumer.poll(10)
    await consumer.commit(read_first)

    own_broker.kill()
    fates = await transport.publish([message("10")])
    assert isinstance(fates[0], Unsure)
    for call in (transport.publish([message("10")]), transport.check()):
        with pytest.raises(BusUnavailable):
            await call

    await asyncio.to_thread(own_broker.start)
    await transport.check()
    assert await transport.publish([message(str(n)) for n in range(10, 20)]) == [Stored()] * 10
    texts = [one.value.decode() for one in read_first]
    async with asyncio.timeout(60):
        while "19" not in texts:
            polled = await consumer.poll(0.5)
            await consumer.commit(polled)
            texts += [one.value.decode() for one in polled]
    assert list(dict.fromkeys(texts)) == [str(n) for n in range(20)]

    own_broker.kill()
    begun = monotonic()
    await consumer.close()
    await transport.close()
    assert monotonic() - begun < 15
