"""What only the PostgreSQL log has to promise; the rest is in test_bus_contract.py."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieout_chassis.bus import BusUnavailable, Message, Outgoing, Stored
from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.bus.topics import PARTITIONS, partition_of
from tieout_chassis.database import Database
from tieout_chassis.testing import administer

pytestmark = pytest.mark.postgres


async def test_offsets_are_dense_and_become_visible_in_their_order_whoever_publishes(
    database: Database, other_database: Database, admin_url: str
) -> None:
    """Many publishers at once, some of which roll back: no gap, no reader that sees 8 before 7."""
    transports = [PostgresTransport(database), PostgresTransport(other_database)]
    await transports[0].ensure_topics(["t"])
    keys = [f"k{n}" for n in range(30)]

    async def publisher(n: int) -> None:
        for _ in range(10):
            await transports[n % 2].publish([Outgoing("t", key, b"x", {}) for key in keys])

    async def failing() -> None:
        append = text("SELECT bus.append(ARRAY['t'], ARRAY[0], ARRAY['k'], ARRAY['x'::bytea], ARRAY['{}'::jsonb])")
        for _ in range(10):
            async with database.engine.connect() as connection:
                await connection.execute(append)
                await connection.rollback()

    seen: dict[int, int] = {}

    async def reader(stop: asyncio.Event) -> None:
        consumer = transports[1].consumer("g", ["t"], max_poll=50)
        await consumer.start()
        while not stop.is_set() or sum(seen.values()) < 4 * 10 * 30:
            for message in await consumer.poll(0.1):
                assert message.offset == seen.get(message.partition, 0)
                seen[message.partition] = message.offset + 1
        await consumer.close()

    stop = asyncio.Event()
    reading = asyncio.create_task(reader(stop))
    await asyncio.gather(*(publisher(n) for n in range(4)), failing())
    stop.set()
    await asyncio.wait_for(reading, 30)
    gaps = """
        SELECT count(*) FROM (SELECT max("offset") + 1 - count(*) AS missing FROM bus.message
        GROUP BY topic, partition) counted WHERE missing <> 0
    """
    assert await administer(admin_url, gaps) == 0


async def test_a_member_that_hangs_loses_its_share_and_gets_one_again_when_it_polls(
    database: Database, other_database: Database
) -> None:
    hanging = PostgresTransport(database, member_lease_s=0.3, max_poll_interval_s=0.5, poll_wait_s=0.1)
    lively = PostgresTransport(other_database, member_lease_s=0.3, poll_wait_s=0.1)
    await hanging.ensure_topics(["t"])
    await hanging.publish([Outgoing("t", "k", b"A", {})])
    one, other = hanging.consumer("g", ["t"], max_poll=10), lively.consumer("g", ["t"], max_poll=10)
    await one.start()
    (held,) = await one.poll(5)
    await other.start()
    got: list[Message] = []
    async with asyncio.timeout(20):
        while len(other._shares) < PARTITIONS or not got:
            got += await other.poll(0.1)
        assert [message.value for message in got] == [b"A"]
        await one.commit([held])
        while len(one._shares) != PARTITIONS / 2:
            await one.poll(0.1)
    await one.close()
    await other.close()


async def test_a_topic_that_nobody_made_is_refused_and_leaves_nothing_behind(
    database: Database, admin_url: str
) -> None:
    transport = PostgresTransport(database)
    await transport.ensure_topics(["t"])
    with pytest.raises(DBAPIError, match="does not exist"):
        await transport.publish([Outgoing("t", "k", b"A", {}), Outgoing("nowhere", "k", b"B", {})])
    assert await administer(admin_url, "SELECT count(*) FROM bus.message") == 0


async def test_two_who_publish_to_the_same_partitions_in_other_orders_do_not_lock_each_other_out(
    database: Database, other_database: Database
) -> None:
    one, other = PostgresTransport(database), PostgresTransport(other_database)
    await one.ensure_topics(["a", "b"])
    there = [Outgoing(topic, f"k{n}", b"x", {}) for topic in ("a", "b") for n in range(20)]
    fates = await asyncio.gather(*(one.publish(there) if n % 2 else other.publish(there[::-1]) for n in range(20)))
    assert all(fate == Stored() for batch in fates for fate in batch)


async def test_a_database_that_is_away_is_a_bus_that_is_away() -> None:
    nowhere = Database("postgresql://x@/y?host=/nowhere", "alpha")
    with pytest.raises(BusUnavailable):
        await PostgresTransport(nowhere).check()
    await nowhere.dispose()


def test_a_key_s_partition_never_changes() -> None:
    """Committed once: a change would tear the order of every key in flight."""
    assert [partition_of(key) for key in ("", "north", "north/invoice:1", "ключ")] == [0, 6, 7, 6]


def test_the_readme_names_what_is_there() -> None:
    import re

    folder = Path(__file__).parents[1]
    readme = (folder / "README.md").read_text()
    source = folder / "src/tieout_chassis"
    named = set(re.findall(r"`([a-z_]+(?:\.py|/))`", readme))
    assert len(named) > 25
    assert not [name for name in named if not (source / name).exists()]
    assert not [link for link in re.findall(r"\]\(([^)]+)\)", readme) if not (folder / link).exists()]
