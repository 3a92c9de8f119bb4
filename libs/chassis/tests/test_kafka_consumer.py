"""What a member on Kafka does when its group is dealt out afresh."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from time import monotonic

import pytest
from aiokafka import AIOKafkaProducer

from tieout_chassis.bus import Message, Outgoing
from tieout_chassis.bus.kafka import KafkaConnection, KafkaConsumer, KafkaTransport
from tieout_chassis.bus.topics import PARTITIONS, partition_of
from tieout_chassis.testing_kafka import kill_kafka_consumer

pytestmark = pytest.mark.kafka

PATIENCE_S = 30
KEYS = list({partition_of(f"k{n}"): f"k{n}" for n in range(200)}.values())
"""One for each partition."""
NewMember = Callable[..., KafkaConsumer]


@pytest.fixture
async def transport(kafka_bootstrap: str, kafka_prefix: str) -> AsyncIterator[KafkaTransport]:
    transport = KafkaTransport(KafkaConnection(kafka_bootstrap), topic_prefix=kafka_prefix)
    await transport.ensure_topics(["t"])
    yield transport
    await transport.close()


@pytest.fixture
async def new_member(kafka_bootstrap: str, kafka_prefix: str) -> AsyncIterator[NewMember]:
    members: list[KafkaConsumer] = []

    def make(*, member_lease_s: float = 10, max_poll_interval_s: float = 300) -> KafkaConsumer:
        connection = KafkaConnection(kafka_bootstrap)
        patience = {"member_lease_s": member_lease_s, "max_poll_interval_s": max_poll_interval_s}
        members.append(KafkaConsumer(connection, kafka_prefix, "g", ["t"], max_poll=500, **patience))
        return members[-1]

    yield make
    for member in members:
        await member.close()


async def fill(transport: KafkaTransport, text: str = "A") -> None:
    """A message in each partition."""
    await transport.publish([Outgoing("t", key, text.encode(), {}) for key in KEYS])


async def read(wanted: int, *members: KafkaConsumer) -> list[list[Message]]:
    """What each of them gets, until they have so many together."""
    got: list[list[Message]] = [[] for _ in members]
    async with asyncio.timeout(PATIENCE_S):
        while sum(map(len, got)) < wanted:
            for nth, member in enumerate(members):
                got[nth] += await member.poll(0.2)
    return got


def places(messages: Iterable[Message]) -> list[int]:
    return sorted(message.partition for message in messages)


async def test_a_commit_that_comes_after_a_rebalance_is_passed_over_and_all_comes_again(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    first, second = new_member(), new_member()
    await first.start()
    await fill(transport)
    ((*held,),) = await read(PARTITIONS, first)
    await second.start()
    await first.commit(held)
    ours, theirs = await read(PARTITIONS, first, second)
    assert sorted(places(ours) + places(theirs)) == list(range(PARTITIONS))
    assert len(ours) == len(theirs) == PARTITIONS / 2


async def test_a_partition_that_stays_ours_keeps_its_pause_when_the_group_is_dealt_afresh(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    first, second = new_member(), new_member()
    await first.start()
    await fill(transport)
    ((*held,),) = await read(PARTITIONS, first)
    begun = monotonic()
    for message in held:
        await first.retry(message, 6)
    await second.start()
    ((*moved,),) = await read(PARTITIONS // 2, second)
    assert monotonic() - begun < 6
    ((*kept,),) = await read(PARTITIONS // 2, first)
    assert monotonic() - begun >= 6
    assert sorted(places(moved) + places(kept)) == list(range(PARTITIONS))


async def test_a_message_put_off_after_a_rebalance_is_not_ours_to_put_off(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    first, second = new_member(), new_member()
    await first.start()
    await fill(transport)
    ((*held,),) = await read(PARTITIONS, first)
    await second.start()
    for message in held:
        await first.retry(message, 60)
    assert len((await read(PARTITIONS, first, second))[0]) == PARTITIONS / 2


async def test_polls_end_in_time_while_the_group_waits_for_a_member_that_died(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    stays, dies, joins = (new_member(member_lease_s=3) for _ in range(3))
    await stays.start()
    await dies.start()
    await kill_kafka_consumer(dies)
    joining = asyncio.create_task(joins.start())
    slowest_s = 0.0
    while not joining.done():
        begun = monotonic()
        await stays.poll(0.2)
        slowest_s = max(slowest_s, monotonic() - begun)
    await joining
    assert slowest_s < 2
    await fill(transport)
    ours, theirs = await read(PARTITIONS, stays, joins)
    assert len(ours) == len(theirs) == PARTITIONS / 2


async def test_members_that_close_while_the_group_is_dealt_afresh_leave_nothing_behind(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    early = [new_member() for _ in range(3)]
    await early[0].start()
    joining = [asyncio.create_task(member.start()) for member in early[1:]]
    await asyncio.wait(joining, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.gather(*(member.close() for member in early), *joining, return_exceptions=True)
    heir = new_member()
    await fill(transport)
    begun = monotonic()
    await heir.start()
    await read(PARTITIONS, heir)
    assert monotonic() - begun < 8, "the group waited for a member until its lease was over"


async def test_a_member_that_hangs_loses_its_share_and_gets_one_when_it_polls_again(
    transport: KafkaTransport, new_member: NewMember
) -> None:
    hangs, other = new_member(max_poll_interval_s=1.5), new_member()
    await hangs.start()
    await other.start()
    await fill(transport)
    ((*got,),) = await read(PARTITIONS, other)
    await other.commit(got)
    async with asyncio.timeout(PATIENCE_S):
        share: list[Message] = []
        while not share:
            await fill(transport, "B")
            (share, _) = await read(PARTITIONS, hangs, other)


async def test_whatever_somebody_else_put_there_can_be_read(
    transport: KafkaTransport, new_member: NewMember, kafka_bootstrap: str, kafka_prefix: str
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    topic = kafka_prefix + "t"
    await producer.send_and_wait(topic, value=None, key=b"\xff", partition=3, headers=[("h", b"\xfe"), ("n", None)])
    await producer.send_and_wait(topic, value=b"\x00", key=None, partition=3)
    await producer.stop()
    member = new_member()
    await member.start()
    (tombstone, keyless) = (await read(2, member))[0]
    assert (tombstone.key, tombstone.value, dict(tombstone.headers)) == ("\ufffd", b"", {"h": "\ufffd", "n": ""})
    assert (keyless.key, keyless.value, keyless.topic) == ("", b"\x00", "t")
