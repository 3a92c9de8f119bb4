"""A second copy of every service beside the first: they share the work, and double nothing (I-1, I-5).

On Kafka, as who runs copies does; that readers of the PostgreSQL log share their partitions is the bus's own suite.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.copies import another_copy, hold_posting, logins, made, note_makers, release_posting
from harness.installation import InstallationProcess
from harness.world import World, statuses
from tieout_simulators.month import build_volume

ORGANISATIONS = 20
INVOICES = 400
LATENCY_MS = 20
LEDGER_LATENCY_MS = 250
SHARED = ("posting.planned.v1", "posting.settled.v1")
"""Planning is shared by partition, posting by organisation. One ConnectWise connection has one lease: whoever has it
captures and batches, and a share of that is chance."""


@pytest.mark.end_to_end
@pytest.mark.postgres
@pytest.mark.timeout(420)
@pytest.mark.parametrize("transport", [pytest.param("kafka", marks=pytest.mark.kafka)])
async def test_two_copies_each_do_a_fifth_of_the_work_of_twenty_organisations_and_double_nothing_I1(
    new_world: Callable[..., AbstractContextManager[World]],
    database_url: str,
    watched: Callable[[InstallationProcess], None],
) -> None:
    async with logins(database_url, 2) as (one, other):
        await note_makers(database_url, ("ingest", "transform", "xero_writer"))
        month = build_volume(invoices=INVOICES, lines=2, organisations=ORGANISATIONS)
        with new_world(month, login=one, latency_ms=LATENCY_MS) as world:
            world.installation.start()
            with another_copy(world, other) as second:
                watched(second)
                second.start()
                await world.scene.xero.tell("latency", {"ms": LEDGER_LATENCY_MS})
                await world.configure()

                async def made_of_all(kind: str, count: int) -> bool | None:
                    return (await made(database_url))[kind].total() >= count or None

                # All are planned before the first is posted: the copies start on the same work at the same time, and a
                # share is not what one of them got while the other was busy with the list.
                await world.until(lambda: made_of_all("reference.published.v1", ORGANISATIONS))
                await world.until(lambda: hold_posting(database_url, "xero_writer", ORGANISATIONS))
                await world.request_runs()
                await world.until(lambda: made_of_all("posting.planned.v1", INVOICES), timeout_s=200)
                await release_posting(database_url, "xero_writer")
                records = await world.rest(timeout_s=200)

                work = await made(database_url)
                assert statuses(records) == {"batched": INVOICES}
                await world.once_and_only_once()
                await world.exact(records)
                assert second.stop() == world.installation.stop() == 0
    for kind in SHARED:
        assert len(work[kind]) == 2, work
        assert min(work[kind].values()) >= INVOICES / 5, work
