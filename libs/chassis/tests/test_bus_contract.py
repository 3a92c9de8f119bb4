"""What every transport promises. Each test runs on all of them (fixture `bus`)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from time import monotonic
from typing import Any

import pytest

from tieout_chassis.bus import Consumer, Message, Outgoing, Refused, Stored, Transport
from tieout_chassis.bus.topics import PARTITIONS, partition_of
from tieout_chassis.database import Database

TOPIC = "record.staged"
KEYS = [f"north/invoice-{n}" for n in range(40)]
PATIENCE_S = 40
"""Kafka takes its time to notice a member that died."""


@pytest.fixture
async def transport(bus: Any, database: Database) -> AsyncIterator[Transport]:
    transport: Transport = bus.transport(database)
    await transport.ensure_topics([TOPIC])
    yield transport
    await transport.close()


def message(key: str, text: str, topic: str = TOPIC) -> Outgoing:
    return Outgoing(topic, key, text.encode(), {"ce_id": text, "traceparent": "00-1-2-03"})


async def publish(transport: Transport, *texts: str, key: str = "north/invoice-1") -> None:
    assert await transport.publish([message(key, text) for text in texts]) == [Stored()] * len(texts)


@asynccontextmanager
async def member(transport: Transport, group: str = "g", max_poll: int = 200) -> AsyncIterator[Consumer]:
    consumer = transport.consumer(group, [TOPIC], max_poll=max_poll)
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.close()


async def read(consumer: Consumer, wanted: int, *, commit: bool = True) -> list[Message]:
    """The next so many messages."""
    messages: list[Message] = []
    deadline = monotonic() + PATIENCE_S
    while len(messages) < wanted:
        assert monotonic() < deadline, f"only {len(messages)} of {wanted} messages came"
        polled = await consumer.poll(0.2)
        messages += polled
        if commit and polled:
            await consumer.commit(polled)
    return messages


async def quiet(*consumers: Consumer, for_s: float = 1.0) -> bool:
    """Nothing comes any more."""
    deadline = monotonic() + for_s
    while monotonic() < deadline:
        for consumer in consumers:
            if await consumer.poll(0.1):
                return False
    return True


def texts(messages: Sequence[Message]) -> list[str]:
    return [one.value.decode() for one in messages]


async def test_what_is_published_comes_out_whole(transport: Transport) -> None:
    async with member(transport) as consumer:
        await publish(transport, "A", key="north/ключ")
        (got,) = await read(consumer, 1)
    assert (got.topic, got.key, got.value) == (TOPIC, "north/ключ", b"A")
    assert got.headers == {"ce_id": "A", "traceparent": "00-1-2-03"}
    assert got.partition == partition_of("north/ключ", PARTITIONS)


async def test_messages_of_one_key_stay_in_order(transport: Transport) -> None:
    rounds = 5
    for n in range(rounds):
        fates = await transport.publish([message(key, f"{key}:{n}") for key in KEYS])
        assert set(fates) == {Stored()}
    async with member(transport) as consumer:
        got = await read(consumer, rounds * len(KEYS))
    for key in KEYS:
        assert [text for text in texts(got) if text.startswith(f"{key}:")] == [f"{key}:{n}" for n in range(rounds)]


async def test_an_uncommitted_message_is_delivered_again_to_whoever_comes_next(transport: Transport) -> None:
    await publish(transport, "A", "B", "C")
    async with member(transport) as first:
        got = await read(first, 3, commit=False)
        await first.commit(got[:2])
    async with member(transport) as second:
        assert texts(await read(second, 1)) == ["C"]
    async with member(transport) as third:
        assert await quiet(third)


async def test_each_group_gets_everything_also_one_that_comes_late(transport: Transport) -> None:
    await publish(transport, "A", "B")
    async with member(transport, "transform") as one, member(transport, "config-api") as other:
        assert texts(await read(one, 2)) == ["A", "B"]
        assert texts(await read(other, 2)) == ["A", "B"]


async def test_the_members_of_a_group_share_the_work(transport: Transport, bus: Any, other_database: Database) -> None:
    copy = bus.transport(other_database)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(copy.close)
        members = [await stack.enter_async_context(member(one)) for one in (transport, copy)]
        await _each_has_a_share(transport, members)


async def _each_has_a_share(transport: Transport, members: Sequence[Consumer]) -> None:
    """Publish until every member has read some of one round; nobody else's messages twice within it."""
    deadline = monotonic() + PATIENCE_S
    for n in count():
        assert monotonic() < deadline, "a member never got a share"
        await transport.publish([message(key, f"{key}:{n}") for key in KEYS])
        shares = [[text for text in texts(await _drain(one)) if text.endswith(f":{n}")] for one in members]
        if all(len(share) >= len(KEYS) / len(members) / 3 for share in shares):
            assert sorted(text for share in shares for text in share) == sorted(f"{key}:{n}" for key in KEYS)
            return


async def _drain(consumer: Consumer) -> list[Message]:
    messages: list[Message] = []
    while polled := await consumer.poll(0.5):
        messages += polled
        await consumer.commit(polled)
    return messages


async def test_a_member_that_leaves_is_replaced_at_once(
    transport: Transport, bus: Any, other_database: Database
) -> None:
    copy = bus.transport(other_database)
    async with member(transport) as stays:
        async with member(copy) as leaves:
            await _each_has_a_share(transport, [stays, leaves])
        await transport.publish([message(key, f"{key}:after") for key in KEYS])
        got = [text for text in texts(await read(stays, len(KEYS))) if text.endswith(":after")]
        assert sorted(got) == sorted(f"{key}:after" for key in KEYS)
    await copy.close()


async def test_a_member_that_dies_is_taken_over(transport: Transport, bus: Any, other_database: Database) -> None:
    copy = bus.transport(other_database)
    dying = copy.consumer("g", [TOPIC], max_poll=200)
    await dying.start()
    await publish(transport, "A", "B")
    assert texts(await read(dying, 2, commit=False)) == ["A", "B"]
    await bus.kill(dying)
    async with member(transport) as heir:
        assert texts(await read(heir, 2)) == ["A", "B"]
    await copy.close()


async def test_a_member_that_lost_its_share_commits_nothing_that_was_not_read(
    transport: Transport, bus: Any, other_database: Database
) -> None:
    """The slow one's late commit tells the truth about what it stored, or is ignored; the group loses nothing."""
    copy = bus.transport(other_database)
    async with member(transport) as slow:
        await publish(transport, "A", "B")
        held = await read(slow, 2, commit=False)
        async with member(copy) as quick:
            await publish(transport, "C")
            await slow.commit(held[:1])
            got = texts([*await _drain(slow), *await _drain(quick)])
            assert set(got) >= {"C"}
    async with member(transport) as last:
        assert await quiet(last)
    await copy.close()


async def test_a_message_put_off_comes_again_after_its_pause_with_all_that_follow_it(transport: Transport) -> None:
    late, other = KEYS[0], next(key for key in KEYS if partition_of(key) != partition_of(KEYS[0]))
    async with member(transport) as consumer:
        await publish(transport, "A1", "A2", "A3", key=late)
        got = await read(consumer, 3, commit=False)
        assert texts(got) == ["A1", "A2", "A3"]
        put_off_at = monotonic()
        await consumer.commit(got[:1])
        await consumer.retry(got[1], 1.0)
        await publish(transport, "B", key=other)
        assert texts(await read(consumer, 1)) == ["B"]
        assert texts(await read(consumer, 2)) == ["A2", "A3"]
        assert monotonic() - put_off_at >= 1.0
        assert await quiet(consumer)


async def test_a_consumer_never_holds_more_than_it_asked_for(transport: Transport) -> None:
    for n in range(5):
        await transport.publish([message(key, f"{key}:{n}") for key in KEYS])
    async with member(transport, max_poll=7) as consumer:
        got: list[Message] = []
        while len(got) < 5 * len(KEYS):
            polled = await consumer.poll(5)
            assert 0 < len(polled) <= 7
            got += polled
            await consumer.commit(polled)
    for key in KEYS:
        assert [text for text in texts(got) if text.startswith(f"{key}:")] == [f"{key}:{n}" for n in range(5)]


async def test_a_partition_with_much_to_read_does_not_starve_the_others(transport: Transport) -> None:
    much, little = KEYS[0], next(key for key in KEYS if partition_of(key) != partition_of(KEYS[0]))
    await transport.publish([message(much, f"much:{n}") for n in range(200)])
    await publish(transport, "little", key=little)
    async with member(transport, max_poll=20) as consumer:
        early = await read(consumer, 60)
    assert "little" in texts(early)


async def test_a_message_that_is_too_large_is_refused_for_good_and_blocks_nothing(bus: Any, database: Database) -> None:
    transport = bus.transport(database, max_message_bytes=1000)
    await transport.ensure_topics([TOPIC])
    fates = await transport.publish([message("k", "A"), message("k", "x" * 1001), message("k", "B")])
    assert fates[0] == fates[2] == Stored()
    assert isinstance(fates[1], Refused)
    assert "bytes" in fates[1].reason
    async with member(transport) as consumer:
        assert texts(await read(consumer, 2)) == ["A", "B"]
    await transport.close()


async def test_a_message_of_eight_mebibytes_passes(transport: Transport) -> None:
    text = "x" * (8 * 1024 * 1024 - 1000)
    await publish(transport, "before", key="k")
    assert await transport.publish([Outgoing(TOPIC, "k", text.encode(), {})]) == [Stored()]
    async with member(transport) as consumer:
        got = await read(consumer, 2)
    assert [len(one.value) for one in got] == [6, len(text)]


async def test_after_the_loss_of_the_whole_bus_news_flow_again(transport: Transport, bus: Any) -> None:
    async with member(transport) as consumer:
        await publish(transport, *(f"old {n}" for n in range(10)))
        await read(consumer, 10)
        await bus.wipe()
        await transport.ensure_topics([TOPIC])
        deadline = monotonic() + PATIENCE_S
        got: list[str] = []
        for n in count():
            assert monotonic() < deadline, "nothing came after the loss"
            await transport.publish([message("north/invoice-1", f"new {n}")])
            got += texts(await _drain(consumer))
            if got:
                break
        assert got[0].startswith("new")


async def test_the_bus_says_that_it_answers(transport: Transport) -> None:
    await transport.check()
    await transport.prune()
