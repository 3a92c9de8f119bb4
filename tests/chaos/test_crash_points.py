"""kill -9 at any moment loses and doubles nothing (I-1, I-9)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import httpx
import pytest

from harness.world import World
from tieout_simulators.month import Month, build_volume

CRASH_POINTS = (
    "ingest.after_capture",
    "relay.after_publish:6",  # the first few passages are those of the settings
    "writer.after_intent",
    "writer.after_call_row",
    "writer.after_send",
    "writer.after_answer",
    "writer.between_draft_and_approval",
    "writer.after_approval",
    "ingest.after_batch",
)


IN_QBO = ("writer.after_intent", "writer.after_call_row", "writer.after_send", "writer.after_answer")
"""QuickBooks Online has no drafts: nothing is approved after a document was created."""


@pytest.fixture(scope="module")
def month() -> Month:
    return build_volume(invoices=5, lines=3)


@pytest.fixture(scope="module")
def month_in_qbo() -> Month:
    return build_volume(invoices=5, lines=3, ledger="qbo-us")


@pytest.mark.end_to_end
@pytest.mark.parametrize("crash_at", CRASH_POINTS)
async def test_killed_there_and_started_again_leaves_one_invoice_and_one_batch_for_each_record_I1_I9(
    crash_at: str, month: Month, new_world: Callable[[Month], AbstractContextManager[World]]
) -> None:
    with new_world(month) as world:
        await killed_and_started_again(world, crash_at)


@pytest.mark.end_to_end
@pytest.mark.postgres
@pytest.mark.parametrize("crash_at", IN_QBO)
async def test_killed_while_posting_into_quickbooks_and_started_again_leaves_one_invoice_for_each_record_I1_I9(
    crash_at: str, month_in_qbo: Month, new_postgres_world: Callable[[Month], AbstractContextManager[World]]
) -> None:
    with new_postgres_world(month_in_qbo) as world:
        await killed_and_started_again(world, crash_at)


async def killed_and_started_again(world: World, crash_at: str) -> None:
    world.installation.start(crash_at=crash_at)
    with suppress(httpx.TransportError):
        await world.configure()
        await world.request_runs()
    assert world.installation.wait_for_death(timeout_s=60) == -9

    world.installation.start()
    await world.configure()
    records = await world.run_to_rest()

    await world.once_and_only_once()
    assert {record["status"] for record in records} == {"batched"}
    await world.exact(records)
    assert world.installation.stop() == 0
