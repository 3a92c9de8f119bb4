"""The bus may be lost whole, at any moment: whoever waits for an answer announces its work again (I-9)."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.bus import PostgresBus, bus_of
from harness.faults import PUT_INVOICES, slow
from harness.world import World, statuses
from tieout_simulators.month import build_volume

INVOICES = 40


@pytest.mark.end_to_end
async def test_the_bus_wiped_in_the_middle_of_a_run_loses_and_doubles_nothing_I1_I9(
    new_world: Callable[..., AbstractContextManager[World]],
) -> None:
    with new_world(build_volume(invoices=INVOICES, lines=2)) as world:
        await world.scene.xero.tell("faults", [slow(PUT_INVOICES, 400)])
        world.installation.start()
        await world.configure()
        await world.request_runs()
        bus = bus_of(world)

        await world.until(lambda: some_but_not_all(world, "planned"))
        await bus.wipe()
        await world.until(lambda: some_but_not_all(world, "posted", "batched"))
        await bus.wipe()

        records = await world.run_to_rest()
        await world.once_and_only_once()
        assert statuses(records) == {"batched": INVOICES}
        await world.exact(records)


@pytest.mark.end_to_end
@pytest.mark.postgres
async def test_messages_that_nobody_had_read_are_announced_again_I9(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    """The same on the PostgreSQL log, where it can be seen that unread messages were really lost."""
    with new_postgres_world(build_volume(invoices=INVOICES, lines=2)) as world:
        world.installation.start()
        await world.configure()
        await world.request_runs()
        bus = PostgresBus(world)

        lost = {topic: await lose(world, bus, topic) for topic in ("record.captured", "posting.planned")}

        records = await world.run_to_rest()
        assert all(lost.values()), lost
        await world.once_and_only_once()
        assert statuses(records) == {"batched": INVOICES}
        await world.exact(records)


async def some_but_not_all(world: World, *wanted: str) -> bool | None:
    there = sum(record["status"] in wanted for record in await world.records())
    return True if 0 < there < INVOICES else None


async def lose(world: World, bus: PostgresBus, topic: str) -> int:
    """Wipe the bus while it carries unread messages of this topic; how many were lost."""

    async def unread() -> int | None:
        return await bus.wipe_if_unread(topic) or None

    return await world.until(unread, every_s=0.002)
