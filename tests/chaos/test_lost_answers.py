"""Unknown is not failed (I-6): web pages for answers, errors after the work was done, broken connections."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from harness.faults import (
    APPROVE_INVOICES,
    EXPORT,
    LIST_UNPOSTED,
    MAKE_BATCH,
    PUT_CONTACTS,
    PUT_INVOICES,
    Rule,
    done_but_answered,
    done_but_dropped,
    dropped,
    tokens_expire,
    web_page,
)
from harness.world import World, statuses
from tieout_simulators.month import build_volume

INVOICES = 12
FAULTS: dict[str, dict[str, list[Rule]]] = {
    "web_pages": {
        "connectwise": [web_page(LIST_UNPOSTED, 503), web_page(EXPORT, 502), web_page(MAKE_BATCH, 502, nth=3)],
        "xero": [web_page(PUT_CONTACTS, 503), web_page(PUT_INVOICES, 503, nth=2), web_page(APPROVE_INVOICES, 502)],
    },
    "errors_that_had_saved": {
        "connectwise": [done_but_answered(MAKE_BATCH, 500, body={"code": "Error", "message": "Object reference"})],
        "xero": [
            done_but_answered(PUT_CONTACTS, 500),
            done_but_answered(PUT_INVOICES, 500, nth=2),
            done_but_answered(APPROVE_INVOICES, 500, nth=2),
        ],
    },
    "answers_that_broke_off": {
        "connectwise": [done_but_dropped(EXPORT), done_but_dropped(MAKE_BATCH, nth=2), dropped(MAKE_BATCH, nth=5)],
        "xero": [
            done_but_dropped(PUT_CONTACTS),
            done_but_dropped(PUT_INVOICES),
            dropped(PUT_INVOICES, nth=2),
            done_but_dropped(APPROVE_INVOICES),
        ],
    },
    "tokens_that_end": {
        "connectwise": [],
        "xero": [tokens_expire(PUT_INVOICES, nth=2), tokens_expire(APPROVE_INVOICES, nth=2)],
    },
}


@pytest.mark.end_to_end
@pytest.mark.postgres
@pytest.mark.parametrize("what", FAULTS)
async def test_however_an_answer_is_lost_each_record_is_posted_and_batched_once_and_exact_I1_I6(
    what: str, new_postgres_world: Callable[..., AbstractContextManager[World]]
) -> None:
    with new_postgres_world(build_volume(invoices=INVOICES, lines=2)) as world:
        for simulator in world.scene.simulators:
            await simulator.tell("faults", FAULTS[what][simulator.name])
        world.installation.start()
        await world.configure()
        records = await world.run_to_rest()

        assert [rule for rule in await world.faults() if not rule["fired"]] == []
        assert statuses(records) == {"batched": INVOICES}
        await world.once_and_only_once()
        await world.exact(records)
