"""Companies in Xero and in QuickBooks Online, in two countries, posted by one installation in one run."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.world import World, statuses
from tieout_simulators.month import build_volume
from tieout_standalone.demo.proof import held_in_ledgers, measure

LEDGERS = ("xero", "qbo-us", "qbo-au")
INVOICES = 45
QBO_CALLS_LIMIT = 1.5  # at so few documents the reading of the companies' lists weighs


@pytest.mark.end_to_end
@pytest.mark.postgres
async def test_each_companys_documents_are_in_its_own_ledger_once_and_exact_to_the_cent_I1_I3_F108(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    month = build_volume(INVOICES, 6, organisations=3, ledger=LEDGERS)
    with new_postgres_world(month) as world:
        world.installation.start()
        await world.configure()
        records = await world.run_to_rest()

        assert statuses(records) == {"batched": INVOICES}
        await world.once_and_only_once()
        await world.exact(records)
        organisation_of = {
            location: each["organisation_id"]
            for each in world.scene.companies.values()
            for location in each["connectwise_locations"]
        }
        held = {each.number: each.organisation for each in await held_in_ledgers(world.scene)}
        assert held == {each["number"]: organisation_of[each["location_id"]] for each in world.documents}
        calls = (await measure(world.scene, records, wall_s=0))["calls"]["qbo"]["total"]
        assert calls / (INVOICES * 2 / 3) <= QBO_CALLS_LIMIT, calls

        await world.run_to_rest()
        await world.once_and_only_once()
