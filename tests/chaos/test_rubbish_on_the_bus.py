"""An unreadable message becomes a dead letter of every group that reads its topic, and stops nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest

from harness.bus import bus_of
from harness.databases import rows
from harness.world import World, statuses
from tieout_chassis.bus import Outgoing
from tieout_simulators.month import build_volume

SCHEMAS = ("config_api", "ingest", "transform", "xero_writer")


@pytest.mark.end_to_end
async def test_rubbish_on_every_topic_becomes_dead_letters_and_the_run_ends_exact(
    new_world: Callable[..., AbstractContextManager[World]],
) -> None:
    with new_world(build_volume(invoices=6, lines=2)) as world:
        world.installation.start()
        await world.configure()
        await bus_of(world).put(
            [
                Outgoing("record.captured", "nobody/invoice:1", b"\x00\xff not an event", {}),
                Outgoing("posting.planned", "nobody/invoice:1", b'{"cut": ', headers("posting.planned.v1")),
                Outgoing("posting.settled", "nobody/invoice:1", b"{}", headers("posting.settled.v1")),
                Outgoing("record.staged", "nobody/invoice:1", b"{}", headers("record.dreamt.v7")),
            ]
        )
        records = await world.run_to_rest()

        assert statuses(records) == {"batched": 6}
        await world.once_and_only_once()
        await world.exact(records)
        letters = {schema: await topics_of(world, schema, "dead_letter") for schema in SCHEMAS}
        assert letters == {
            "config_api": ["posting.planned", "posting.settled", "record.captured"],
            "ingest": ["posting.settled"],
            "transform": ["posting.settled", "record.captured"],
            "xero_writer": ["posting.planned"],
        }
        aside = {schema: await topics_of(world, schema, "set_aside") for schema in SCHEMAS}
        assert aside == {schema: [] if schema == "ingest" else ["record.staged"] for schema in SCHEMAS}


def headers(type_name: str) -> dict[str, str]:
    return {"ce_id": str(uuid4()), "ce_type": type_name, "tieouttenant": "nobody"}


async def topics_of(world: World, schema: str, table: str) -> list[str]:
    found = await rows(world.database_url, f"SELECT topic FROM {schema}.{table} ORDER BY topic")
    return [row["topic"].removeprefix(world.topic_prefix) for row in found]
