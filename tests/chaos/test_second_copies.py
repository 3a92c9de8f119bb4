"""A second copy of every service beside the first: they share the work, and double nothing (I-1, I-5)."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.copies import another_copy, logins, made, note_makers
from harness.installation import InstallationProcess
from harness.world import World, statuses
from tieout_simulators.month import build_volume

INVOICES = 400
LATENCY_MS = 20
SHARED = ("posting.planned.v1", "posting.settled.v1")
WORK = ("record.captured.v1", *SHARED, "batched")


@pytest.mark.end_to_end
@pytest.mark.postgres
@pytest.mark.timeout(420)
async def test_two_copies_each_do_a_fifth_of_the_work_of_twenty_organisations_and_double_nothing_I1(
    new_world: Callable[..., AbstractContextManager[World]],
    database_url: str,
    watched: Callable[[InstallationProcess], None],
) -> None:
    async with logins(database_url, 2) as (one, other):
        await note_makers(database_url, ("ingest", "transform", "xero_writer"))
        with new_world(
            build_volume(invoices=INVOICES, lines=2, organisations=20), login=one, latency_ms=LATENCY_MS
        ) as world:
            world.installation.start()
            with another_copy(world, other) as second:
                watched(second)
                second.start()
                await world.configure()
                records = await world.run_to_rest(timeout_s=300)

                work = await made(database_url)
                assert statuses(records) == {"batched": INVOICES}
                await world.once_and_only_once()
                await world.exact(records)
                assert second.stop() == world.installation.stop() == 0
    # One ConnectWise connection has one lease, so capturing and batching go from copy to copy by slices; planning is
    # shared by partition, posting by organisation.
    for kind in SHARED:
        assert min(work[kind].values()) >= INVOICES / 5, work
    whole = sum((work[kind] for kind in WORK), Counter[str]())
    assert len(whole) == 2
    assert min(whole.values()) >= whole.total() / 5, work
