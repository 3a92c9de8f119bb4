"""SIGTERM drains, a restart goes on where it stopped, and one data folder has one owner (I-9)."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.faults import PUT_INVOICES, slow
from harness.installation import InstallationProcess
from harness.world import World, statuses
from tieout_simulators.month import build_volume

DRAIN_TIMEOUT_S = 20
INVOICES = 60


@pytest.mark.end_to_end
@pytest.mark.postgres
async def test_sigterm_in_the_middle_of_a_run_ends_with_0_in_time_and_a_restart_ends_exact_I9(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    with new_postgres_world(build_volume(invoices=INVOICES, lines=2)) as world:
        await world.scene.xero.tell("faults", [slow(PUT_INVOICES, 700)])
        world.installation.start(TIEOUT_DRAIN_TIMEOUT_S=str(DRAIN_TIMEOUT_S))
        await world.configure()
        await world.request_runs()
        await world.until(lambda: some_are_posted(world))

        begun = time.monotonic()
        assert world.installation.stop() == 0
        assert time.monotonic() - begun < DRAIN_TIMEOUT_S
        assert "Traceback" not in world.installation.whole_log()

        world.installation.start()
        records = await world.run_to_rest()
        assert statuses(records) == {"batched": INVOICES}
        await world.once_and_only_once()
        await world.exact(records)


@pytest.mark.end_to_end
@pytest.mark.postgres
async def test_a_second_process_on_the_same_data_folder_is_refused_with_a_sentence(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    with new_postgres_world(build_volume(invoices=1, lines=1)) as world:
        world.installation.start()
        second = InstallationProcess(world.installation.folder, world.database_url, by_hand=True)

        assert not second.launch()
        assert second.wait_for_death(timeout_s=10) == 1
        said = world.installation.whole_log()
        assert f"Another Tieout is running on {world.installation.folder}. Stop it first" in said
        assert "Traceback" not in said
        assert world.installation.running


async def some_are_posted(world: World) -> bool | None:
    posted = sum(record["status"] in {"posted", "batched"} for record in await world.records())
    return True if 0 < posted < INVOICES else None
