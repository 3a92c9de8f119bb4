import asyncio

import pytest

from tieout_chassis.loops import worker_loop


async def test_a_worker_goes_on_while_there_is_work_rests_when_there_is_none_and_wakes_when_told() -> None:
    work = [True, True, False]
    rested, wake, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    steps = 0

    async def step() -> bool:
        nonlocal steps
        steps += 1
        more = work.pop(0) if work else False
        if not more:
            rested.set()
        return more

    running = asyncio.create_task(worker_loop("w", step, idle_wait_s=3600, wake=wake).run(stop))
    await rested.wait()
    assert steps == 3
    rested.clear()
    wake.set()
    await rested.wait()
    assert steps == 4
    stop.set()
    await running


async def test_a_wake_up_during_the_step_is_not_slept_over() -> None:
    wake, stop = asyncio.Event(), asyncio.Event()
    steps = 0

    async def step() -> bool:
        nonlocal steps
        steps += 1
        wake.set() if steps == 1 else stop.set()
        return False

    await asyncio.wait_for(worker_loop("w", step, idle_wait_s=3600, wake=lambda: wake).run(stop), 5)
    assert steps == 2


async def test_it_starts_before_and_closes_after_also_when_a_step_fails() -> None:
    told: list[str] = []

    async def tell(what: str) -> None:
        told.append(what)

    async def step() -> bool:
        raise RuntimeError("no luck")

    loop = worker_loop("w", step, idle_wait_s=1, start=lambda: tell("start"), close=lambda: tell("close"))
    with pytest.raises(RuntimeError):
        await loop.run(asyncio.Event())
    assert told == ["start", "close"]


async def test_a_loop_that_runs_dry_takes_what_is_left_before_it_ends() -> None:
    left = 5
    stop = asyncio.Event()
    stop.set()

    async def step() -> bool:
        nonlocal left
        left -= left > 0
        return left > 0

    await worker_loop("w", step, idle_wait_s=1, runs_dry=True).run(stop)
    assert left == 0


async def test_without_anything_to_wake_it_a_worker_looks_again_after_its_rest() -> None:
    stop = asyncio.Event()
    steps = 0

    async def step() -> bool:
        nonlocal steps
        steps += 1
        if steps == 3:
            stop.set()
        return False

    await asyncio.wait_for(worker_loop("w", step, idle_wait_s=0.01).run(stop), 5)
    assert steps == 3
