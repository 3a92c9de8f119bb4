import asyncio
import random
from collections.abc import Awaitable, Callable
from time import monotonic

import pytest

from tieout_chassis.budgets import Budgets, BudgetState, Granted, UndefinedBudget, Wait
from tieout_chassis.database import Database
from tieout_chassis.testing import administer

pytestmark = pytest.mark.postgres
Later = Callable[[float], Awaitable[None]]


@pytest.fixture
def budgets(database: Database) -> Budgets:
    return Budgets(database)


@pytest.fixture
def later(admin_url: str) -> Later:
    """Let so many seconds pass: everything that was ever counted moves into the past."""

    async def pass_time(seconds: float) -> None:
        far = 100_000_000  # and back: in two steps no bucket ever meets another's key
        statement = f"""
            UPDATE limits.spent_second SET second = second - {int(seconds)} - {far};
            UPDATE limits.spent_second SET second = second + {far};
            UPDATE limits.spent_hour SET hour = hour - {int(seconds / 3600)} - {far};
            UPDATE limits.spent_hour SET hour = hour + {far};
            UPDATE limits.slot SET expires_at = expires_at - make_interval(secs => {seconds});
            UPDATE limits.budget SET parked_until = parked_until - make_interval(secs => {seconds});
        """
        await administer(admin_url, f"DO $$ BEGIN {statement} END $$")

    return pass_time


async def granted(budgets: Budgets, *scopes: str, calls: int = 1) -> Granted:
    taken = await budgets.take(*scopes, calls=calls)
    assert isinstance(taken, Granted), taken
    return taken


async def held(budgets: Budgets, *scopes: str, calls: int = 1) -> Wait:
    taken = await budgets.take(*scopes, calls=calls)
    assert isinstance(taken, Wait), taken
    return taken


async def spend(budgets: Budgets, *scopes: str, times: int = 1) -> None:
    for _ in range(times):
        await budgets.done(await granted(budgets, *scopes))


async def test_a_minute_s_calls_are_granted_and_no_more_until_the_first_is_a_minute_old(
    budgets: Budgets, later: Later
) -> None:
    await budgets.define("org", minute=3)
    await spend(budgets, "org", times=3)
    wait = await held(budgets, "org")
    assert wait.scope == "org"
    assert 55 < wait.seconds <= 61
    await later(30)
    assert 25 < (await held(budgets, "org")).seconds <= 31
    await later(32)
    await spend(budgets, "org", times=3)


async def test_a_day_s_calls_are_granted_and_no_more(budgets: Budgets, later: Later) -> None:
    await budgets.define("org", day=5)
    await spend(budgets, "org", times=5)
    assert 23 * 3600 < (await held(budgets, "org")).seconds <= 25 * 3600
    await later(26 * 3600)
    await spend(budgets, "org")


async def test_only_so_many_calls_are_under_way_at_once(budgets: Budgets) -> None:
    await budgets.define("org", at_once=2)
    first = await granted(budgets, "org")
    await granted(budgets, "org")
    assert (await held(budgets, "org")).seconds < 1
    await budgets.done(first)
    await budgets.done(first)
    await granted(budgets, "org")
    await held(budgets, "org")


async def test_a_call_takes_from_all_its_scopes_or_from_none(budgets: Budgets) -> None:
    await budgets.define("app", minute=10)
    await budgets.define("org", minute=1)
    await budgets.define("other", minute=5)
    await spend(budgets, "app", "org")
    assert (await held(budgets, "app", "org")).scope == "org"
    await spend(budgets, "app", "other")
    state = await budgets.state("app")
    assert state is not None
    assert state.minute_used == 2


async def test_a_call_under_way_counts_and_a_finished_one_counts_from_its_end(budgets: Budgets, later: Later) -> None:
    await budgets.define("org", minute=1)
    slow = await granted(budgets, "org")
    await later(90)
    await held(budgets, "org")
    await budgets.done(slow)
    assert 55 < (await held(budgets, "org")).seconds <= 61


async def test_the_calls_of_a_holder_that_died_count_from_the_end_of_its_slot(budgets: Budgets, later: Later) -> None:
    await budgets.define("org", minute=1, at_once=1)
    dead = await budgets.take("org", slot_s=100)
    await later(99)
    await held(budgets, "org")
    await later(31)
    assert 25 < (await held(budgets, "org")).seconds < 32
    await later(35)
    await granted(budgets, "org")
    assert isinstance(dead, Granted)
    await budgets.done(dead)


async def test_a_grant_of_several_calls_counts_them_all(budgets: Budgets) -> None:
    await budgets.define("org", minute=10)
    await budgets.done(await granted(budgets, "org", calls=8))
    await held(budgets, "org", calls=3)
    await granted(budgets, "org", calls=2)
    with pytest.raises(Exception, match="can never fit"):
        await budgets.take("org", calls=11)


async def test_answers_correct_a_budget_downward_and_never_upward(budgets: Budgets) -> None:
    await budgets.define("org", minute=60, day=1000)
    await spend(budgets, "org", times=2)
    await budgets.correct("org", minute_remaining=59, day_remaining=999)
    assert await budgets.state("org") == BudgetState(60, 2, 1000, 2, None, 0, 0)
    await budgets.correct("org", minute_remaining=1, day_remaining=10)
    assert await budgets.state("org") == BudgetState(60, 59, 1000, 990, None, 0, 0)
    await spend(budgets, "org")
    await held(budgets, "org")
    await budgets.correct("org", minute_remaining=None, day_remaining=None)
    await budgets.correct("unheard-of", minute_remaining=1)


async def test_a_parked_scope_grants_nothing_and_others_go_on(budgets: Budgets, later: Later) -> None:
    await budgets.define("org")
    await budgets.define("other")
    await budgets.park("org", 20 * 3600)
    await budgets.park("org", 60)
    assert 19 * 3600 < (await held(budgets, "org")).seconds <= 20 * 3600
    await granted(budgets, "other")
    await later(20 * 3600 + 1)
    await granted(budgets, "org")
    await budgets.park("org", 3600)
    await budgets.park("org", 0)
    await granted(budgets, "org")


async def test_nothing_is_granted_in_a_scope_that_nobody_defined(budgets: Budgets) -> None:
    await budgets.define("app")
    with pytest.raises(UndefinedBudget, match="org"):
        await budgets.take("app", "org")
    with pytest.raises(ValueError, match="at least one"):
        await budgets.take()
    assert await budgets.state("org") is None


async def test_new_limits_count_what_was_used_under_the_old(budgets: Budgets) -> None:
    await budgets.define("org", minute=10)
    await spend(budgets, "org", times=3)
    await budgets.define("org", minute=3)
    await held(budgets, "org")
    await budgets.define("org", minute=4)
    await granted(budgets, "org")


async def test_many_takers_on_two_pools_never_exceed_any_limit_I5(
    admin_url: str, budgets: Budgets, other_database: Database
) -> None:
    """Two copies with a pool each, forty takers, slow and quick calls: at no moment more than five under way, in no
    window more than thirty; and all thirty are used."""
    await budgets.define("xero:app", minute=1000)
    await budgets.define("xero:org", minute=30, at_once=5)
    copies = (budgets, Budgets(other_database))
    chance = random.Random(5)
    under_way, most, calls = 0, 0, 0

    async def taker(copy: Budgets) -> None:
        nonlocal under_way, most, calls
        while True:
            taken = await copy.take("xero:org", "xero:app")
            if isinstance(taken, Wait):
                if taken.seconds > 1:
                    return
                await asyncio.sleep(0)
                continue
            under_way += 1
            calls += 1
            most = max(most, under_way)
            for _ in range(chance.randrange(20)):
                await asyncio.sleep(0)
            under_way -= 1
            await copy.done(taken)

    await asyncio.gather(*(taker(copies[n % 2]) for n in range(40)))
    assert most <= 5
    assert calls == 30


async def test_in_every_window_of_a_minute_there_are_at_most_the_limit_s_calls_I5(
    budgets: Budgets, later: Later
) -> None:
    """Simulated minutes: whatever the moment a provider counts a call, between its grant and its end."""
    await budgets.define("org", minute=4, at_once=3)
    chance = random.Random(7)
    clock, counted = 0.0, list[float]()
    open_calls: list[tuple[Granted, float]] = []
    started = monotonic()
    for _ in range(120):
        step = chance.choice((0, 1, 2, 7, 20))
        await later(step)
        clock += step
        now = clock + monotonic() - started
        for grant, at in [call for call in open_calls if chance.random() < 0.6]:
            counted.append(chance.uniform(at, now))
            await budgets.done(grant)
            open_calls.remove((grant, at))
        taken = await budgets.take("org")
        if isinstance(taken, Granted):
            open_calls.append((taken, clock + monotonic() - started))
    assert len(counted) > 20
    for end in counted:
        assert sum(end - 60 < at <= end for at in counted) <= 4


async def test_a_second_s_calls_are_granted_and_no_more_until_they_are_a_second_old(
    budgets: Budgets, later: Later
) -> None:
    await budgets.define("realm", minute=40, second=3)
    await spend(budgets, "realm", times=2)
    under_way = await granted(budgets, "realm")
    assert 0 < (await held(budgets, "realm")).seconds <= 2
    await budgets.done(under_way)
    await later(2)
    await spend(budgets, "realm", times=3)
    assert (await held(budgets, "realm")).scope == "realm"


async def test_calls_that_are_all_under_way_fill_the_second_too(budgets: Budgets, later: Later) -> None:
    await budgets.define("realm", second=2)
    first, second = await granted(budgets, "realm"), await granted(budgets, "realm")
    await later(5)
    assert (await held(budgets, "realm")).seconds > 0
    await budgets.done(first)
    await budgets.done(second)
    await later(2)
    await granted(budgets, "realm")
