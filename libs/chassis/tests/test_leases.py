import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.leases import Lease, LeaseLost, Leases, announce
from tieout_chassis.testing import administer
from tieout_chassis.wakes import wait_for

pytestmark = pytest.mark.postgres


@pytest.fixture
def leases(database: Database) -> Leases:
    return Leases(database)


@pytest.fixture
def expire(admin_url: str) -> Callable[[], object]:
    """Let every lease's time run out now."""
    return lambda: administer(admin_url, "UPDATE alpha.lease SET expires_at = expires_at - interval '1 hour'")


async def announce_all(database: Database, *names: str) -> None:
    async with database.transaction() as tx:
        for name in names:
            await announce(tx, "posting", name)


async def take(leases: Leases, holder: str = "me", lease_s: float = 30) -> Lease | None:
    return await leases.claim_one("posting", holder=holder, lease_s=lease_s)


async def must_take(leases: Leases, holder: str = "me") -> Lease:
    lease = await take(leases, holder)
    assert lease is not None
    return lease


async def write_under(database: Database, leases: Leases, lease: Lease, note: str) -> None:
    async with database.transaction() as tx:
        await leases.fence(tx, lease)
        await tx.execute(text("INSERT INTO note (text) VALUES (:note)"), {"note": note})


async def test_a_name_is_held_by_one_at_a_time(database: Database, leases: Leases) -> None:
    await announce_all(database, "org-1")
    first = await must_take(leases)
    assert await take(leases, "other") is None
    assert await leases.release(first)
    second = await must_take(leases, "other")
    assert second.token == first.token + 1


async def test_the_least_recently_served_comes_first(database: Database, leases: Leases) -> None:
    await announce_all(database, "a", "b", "c")
    served = []
    for _ in range(7):
        lease = await must_take(leases)
        served.append(lease.name)
        await leases.release(lease)
    assert served == ["a", "b", "c", "a", "b", "c", "a"]


async def test_two_copies_share_twenty_names_fairly(database: Database, leases: Leases) -> None:
    await announce_all(database, *(f"org-{n:02}" for n in range(20)))
    work: Counter[tuple[str, str]] = Counter()

    async def copy(holder: str) -> None:
        for _ in range(60):
            lease = await take(leases, holder)
            if lease is not None:
                await asyncio.sleep(0)
                work[holder, lease.name] += 1
                await leases.release(lease)

    await asyncio.gather(copy("one"), copy("two"))
    by_name = Counter(name for _, name in work.elements())
    by_holder = Counter(holder for holder, _ in work.elements())
    assert max(by_name.values()) - min(by_name.values()) <= 2
    assert min(by_holder.values()) >= 60 * 2 / 5


async def test_a_holder_whose_lease_ran_out_cannot_write_even_when_nobody_else_has_it(
    database: Database, leases: Leases, expire: Callable[[], asyncio.Future[None]]
) -> None:
    await announce_all(database, "org-1")
    lease = await must_take(leases)
    await write_under(database, leases, lease, "in time")
    await expire()
    with pytest.raises(LeaseLost, match="me no longer holds posting org-1"):
        await write_under(database, leases, lease, "too late")
    with pytest.raises(LeaseLost):
        await leases.renew(lease, 30)
    async with database.transaction() as tx:
        assert (await tx.scalars(text("SELECT text FROM note"))).all() == ["in time"]


async def test_a_token_that_is_not_the_newest_writes_and_releases_nothing(
    database: Database, leases: Leases, expire: Callable[[], asyncio.Future[None]]
) -> None:
    await announce_all(database, "org-1")
    slow = await must_take(leases, "slow")
    await expire()
    quick = await must_take(leases, "quick")
    with pytest.raises(LeaseLost):
        await write_under(database, leases, slow, "from the past")
    assert not await leases.release(slow)
    assert await take(leases) is None
    await write_under(database, leases, quick, "now")
    assert (await leases.renew(quick, 60)).expires_at > quick.expires_at


async def test_a_released_lease_fences_too(database: Database, leases: Leases) -> None:
    await announce_all(database, "org-1")
    lease = await must_take(leases)
    await leases.release(lease)
    with pytest.raises(LeaseLost):
        await write_under(database, leases, lease, "after letting go")


async def test_a_claim_waits_for_a_transaction_that_is_writing_under_the_lease(
    database: Database, leases: Leases, expire: Callable[[], asyncio.Future[None]]
) -> None:
    await announce_all(database, "org-1")
    lease = await must_take(leases)
    async with database.transaction() as tx:
        await leases.fence(tx, lease)
        assert await take(leases, "other") is None
        await tx.execute(text("INSERT INTO note (text) VALUES ('safe')"))
    await expire()
    assert await take(leases, "other") is not None


async def test_an_idle_name_rests_until_it_is_announced(database: Database, leases: Leases) -> None:
    await announce_all(database, "org-1")
    await leases.release(await must_take(leases), idle_s=3600)
    assert await take(leases) is None
    await announce_all(database, "org-1")
    assert await take(leases) is not None


async def test_work_announced_while_the_name_is_held_is_not_slept_over(database: Database, leases: Leases) -> None:
    await announce_all(database, "org-1")
    lease = await must_take(leases)
    await announce_all(database, "org-1")
    await leases.release(lease, idle_s=3600)
    again = await must_take(leases)
    await leases.release(again, idle_s=3600)
    assert await take(leases) is None


async def test_announcing_does_not_wait_for_a_holder_that_is_writing(database: Database, leases: Leases) -> None:
    await announce_all(database, "org-1")
    lease = await must_take(leases)
    async with database.transaction() as tx:
        await leases.fence(tx, lease)
        await asyncio.wait_for(announce_all(database, "org-1"), 5)


async def test_a_parked_name_is_not_woken_by_announcements_but_by_a_person(database: Database, leases: Leases) -> None:
    await announce_all(database, "parked", "other")
    first = await must_take(leases)
    await leases.release(await must_take(leases), 20 * 3600)
    await leases.release(first, idle_s=3600)
    await announce_all(database, "parked")
    assert await take(leases) is None
    async with database.transaction() as tx:
        await leases.unpark(tx, "posting", "parked")
    assert (await must_take(leases)).name == "parked"


async def test_an_announcement_wakes_those_who_wait_for_its_kind(database: Database, leases: Leases) -> None:
    event = database.wakes.subscribe(leases.channel("posting"))
    await database.wakes.listening()
    event.clear()
    await announce_all(database, "org-1")
    assert await wait_for(event, 2)


async def test_one_transaction_announces_a_name_once_unless_a_savepoint_takes_it_back(
    database: Database, leases: Leases
) -> None:
    async with database.transaction() as tx:
        savepoint = await tx.begin_nested()
        await announce(tx, "posting", "org-1")
        await savepoint.rollback()
        for _ in range(3):
            await announce(tx, "posting", "org-1")
        assert await tx.scalar(text("SELECT count(*) FROM lease_wake")) == 1
    assert await take(leases) is not None
    async with database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM lease_wake")) == 0


async def test_several_are_claimed_at_once_up_to_the_limit(database: Database, leases: Leases) -> None:
    await announce_all(database, "a", "b", "c")
    async with database.transaction() as tx:
        assert len(await leases.claim(tx, "posting", limit=2, holder="me", lease_s=30)) == 2
        assert len(await leases.claim(tx, "posting", limit=2, holder="me", lease_s=30)) == 1
        assert await leases.claim(tx, "batching", limit=2, holder="me", lease_s=30) == []
