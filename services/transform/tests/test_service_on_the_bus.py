"""The whole service on the PostgreSQL bus: events in, events out."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from transform_kit.events import captured, changed, published, row, settled
from transform_kit.records import COMPANY, invoice, line, snapshot

from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.outbox import publish, seal_context
from tieout_chassis.testing_service import running
from tieout_chassis.wakes import wait_for
from tieout_contracts.envelope import CE_ID, CE_TYPE, decode, is_sealed
from tieout_contracts.events import Event, PostingPlanned, PostingRefused
from tieout_contracts.settings import Arming
from tieout_transform.app import assemble, build
from tieout_transform.migrations import MIGRATIONS
from tieout_transform.settings import TransformSettings

pytestmark = pytest.mark.postgres
TIMEOUT_S = 20


async def say(database: Database, *events: Event) -> None:
    """Put events on the bus, by way of the outbox under test."""
    for event in events:
        async with database.transaction() as tx:
            await publish(tx, event)


async def hear(database: Database, count: int) -> Sequence[Any]:
    """The first `count` events on posting.planned."""
    transport = PostgresTransport(database)
    consumer = transport.consumer("listener", ["posting.planned"], max_poll=50)
    heard: list[Any] = []
    async with asyncio.timeout(TIMEOUT_S):
        await transport.ensure_topics(["posting.planned"])
        await consumer.start()
        while len(heard) < count:
            messages = await consumer.poll(0.5)
            heard += [_opened(database, message.headers, message.value) for message in messages]
            await consumer.commit(messages)
    await consumer.close()
    await transport.close()
    return heard


def _opened(database: Database, headers: Any, value: bytes) -> Event:
    name = headers[CE_TYPE]
    assert database.sealer is not None
    return decode(name, database.sealer.open(value, seal_context(headers[CE_ID], name)) if is_sealed(name) else value)


async def until(database: Database, state: str) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        while (await row(database))["state"] != state:
            await wait_for(asyncio.Event(), 0.05)


async def test_captures_become_plans_and_refusals_and_answers_settle_them(
    database: Database, config: Any, settings: Callable[..., TransformSettings]
) -> None:
    config.known[COMPANY] = snapshot(arming=Arming(armed=True))
    good = invoice([line("10.00")], "1.00")
    bad = invoice([line("10.00")], "3.00", record_id=126, number="40126")
    chosen = settings()
    async with running(assemble(Frame(chosen, MIGRATIONS), chosen, config)):
        await say(database, changed(7), published(), captured(good), captured(bad))
        heard = {type(event): event for event in await hear(database, 2)}
        assert heard[PostingPlanned].number == "40125"
        assert [found.code for found in heard[PostingRefused].problems] == ["rules.tax_mismatch"]
        async with database.transaction() as tx:
            await tx.execute(text("DELETE FROM planning WHERE record_id = 126"))
        await say(database, settled(heard[PostingPlanned]))
        await until(database, "settled")


async def test_a_plan_that_the_bus_lost_is_announced_again_under_its_own_id_I9(
    database: Database, config: Any, settings: Callable[..., TransformSettings]
) -> None:
    config.known[COMPANY] = snapshot(arming=Arming(armed=True))
    chosen = settings(announce_after_s=0.2, announcer_idle_s=0.1)
    async with running(assemble(Frame(chosen, MIGRATIONS), chosen, config)):
        await say(database, changed(7), published(), captured())
        first, second = await hear(database, 2)
    assert first == second


async def test_the_service_is_built_from_its_settings_alone(settings: Callable[..., TransformSettings]) -> None:
    service = build(settings())
    assert service.name == "transform"
    assert {"planner", "announcer", "relay"} <= {loop.name for loop in service.loops}
    await service.database.dispose()
