"""Bad input gets a clear error where one is due, and loses and doubles nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from harness.broken_records import broken_month
from harness.faults import EXPORT, LIST_UNPOSTED, PUT_INVOICES, Rule, answered
from harness.hours import hours_pass
from harness.world import World, codes, statuses
from tieout_simulators.month import build_volume

pytestmark = [pytest.mark.end_to_end, pytest.mark.postgres]
NewWorld = Callable[..., AbstractContextManager[World]]
TWENTY_HOURS_S = 20 * 3600


async def test_an_export_that_is_no_json_is_held_against_its_own_record_only_and_posts_after_a_retry(
    new_postgres_world: NewWorld,
) -> None:
    with new_postgres_world(build_volume(invoices=9, lines=2)) as world:
        bad = world.documents[4]
        cut_short = answered(
            EXPORT, 200, body='{"transactions": [{"id": 1, "tot', match=str(bad["invoice_id"]), times=0
        )
        await world.scene.connectwise.tell("faults", [cut_short])
        world.installation.start()
        await world.configure()
        records = await world.run_to_rest()

        assert statuses(records) == {"batched": 8, "refused": 1}
        refused = await world.record(bad["number"])
        assert codes(refused) == {"capture.export_failed"}
        assert all(problem["hint"] for problem in refused["problems"])
        await world.once_and_only_once(but=[bad["number"]])
        await world.exact(records)

        await world.clear_faults()
        await world.command(bad["number"], "retry")
        await world.stands(bad["number"], "batched")
        await world.once_and_only_once()
        await world.exact(await world.records())


async def test_fields_that_decide_nothing_may_be_missing_or_new_and_the_others_are_refused_by_name(
    new_postgres_world: NewWorld,
) -> None:
    broken = broken_month()
    with new_postgres_world(broken.month) as world:
        world.installation.start()
        await world.configure()
        records = await world.run_to_rest()

        refused = {record["number"]: codes(record) for record in records if record["status"] == "refused"}
        assert refused == broken.refused
        assert {record["status"] for record in records if record["number"] not in refused} == {"batched"}
        await world.once_and_only_once(but=list(refused))
        await world.exact(records)

        for number, repair in broken.repairs.items():
            await world.scene.connectwise.tell("event", repair)
            await world.command(number, "retry")
        for number in broken.repairs:
            await world.stands(number, "batched")
        await world.once_and_only_once(but=[broken.unsupported])
        await world.exact(await world.records())


async def test_an_unreadable_row_of_the_unposted_list_is_told_by_the_run_and_loses_nothing(
    new_postgres_world: NewWorld,
) -> None:
    with new_postgres_world(build_volume(invoices=4, lines=2)) as world:
        rows = [{"id": 77, "total": "1,000.00 dollars"}, {"id": 78}, "not a row"]
        await world.scene.connectwise.tell("faults", [answered(LIST_UNPOSTED, 200, body=rows)])
        world.installation.start()
        await world.configure()
        told = await world.until(lambda: what_a_run_told(world))
        assert "capture.row_unreadable" in told

        records = await world.run_to_rest()
        assert statuses(records) == {"batched": 4}
        await world.once_and_only_once()
        await world.exact(records)


async def test_an_organisation_told_to_wait_twenty_hours_is_parked_and_the_other_one_goes_on_I5(
    new_postgres_world: NewWorld,
) -> None:
    with new_postgres_world(build_volume(invoices=8, lines=2, organisations=2)) as world:
        parked, free = world.scene.companies
        (location,) = world.scene.companies[parked]["connectwise_locations"]
        theirs = [one["number"] for one in world.documents if one["location_id"] == location]
        await world.scene.xero.tell("faults", [day_limit_reached(number) for number in theirs])
        world.installation.start()
        await world.configure()
        await world.request_runs()

        await world.until(lambda: all_batched(world, free, 8 - len(theirs)))
        asked = await world.calls("xero", PUT_INVOICES)
        waiting = await world.until(lambda: all_waiting(world, parked, len(theirs)))
        assert {code for record in waiting for code in codes(record)} == {"ledger.parked"}
        assert await world.calls("xero", PUT_INVOICES) == asked
        await world.once_and_only_once(but=theirs)

        await world.clear_faults()
        await hours_pass(world, 26)  # a day's calls are counted for 25 hours
        await world.until(lambda: all_batched(world, parked, len(theirs)))
        await world.once_and_only_once()
        await world.exact(await world.records())


def day_limit_reached(number: str) -> Rule:
    headers = {"Retry-After": str(TWENTY_HOURS_S), "X-Rate-Limit-Problem": "day", "X-DayLimit-Remaining": "0"}
    return answered(PUT_INVOICES, 429, headers=headers, match=f'"{number}"', times=0)


async def all_batched(world: World, company: str, count: int) -> bool | None:
    records = await world.records(company_id=company)
    return True if statuses(records) == {"batched": count} else None


async def all_waiting(world: World, company: str, count: int) -> list[dict[str, Any]] | None:
    records = await world.records(company_id=company)
    return records if statuses(records) == {"waiting": count} else None


async def what_a_run_told(world: World) -> set[str] | None:
    """The codes of what runs met, once one met something."""
    found = {problem["code"] for run in await world.runs() for problem in run["problems"]}
    return found or None
