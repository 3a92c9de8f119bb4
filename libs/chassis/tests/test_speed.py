"""News travel at once, and many of them at little cost. Measured so that a busy machine does not matter."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.frame import Frame
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import publish, publish_all
from tieout_chassis.settings import ServiceSettings
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import RecordCaptured, RecordStaged
from tieout_contracts.examples import events
from tieout_contracts.records import RecordRef

pytestmark = pytest.mark.postgres
RECORDS = 2_000
BODY_BYTES = 20_000
CPU_LIMIT_S = 6.0


async def test_news_travel_by_wake_ups_and_not_by_looking_now_and_then(
    admin_url: str,
    sealing_key_file: Path,
    alpha: ServiceMigrations,
    beta: ServiceMigrations,
    staged: Callable[..., RecordStaged],
) -> None:
    """Everybody would look for themselves every ten minutes only; twenty events arrive within seconds all the same."""
    settings = ServiceSettings(database_url=admin_url, sealing_key_file=sealing_key_file, poll_wait_s=600)
    heard = asyncio.Event()

    async def on_staged(tx: AsyncConnection, event: RecordStaged, context: object) -> None:
        heard.set()

    sending, hearing = Frame(settings, alpha), Frame(settings, beta)
    services = [sending.service([]), hearing.service([hearing.subscriber({RecordStaged: on_staged})])]
    stop = asyncio.Event()
    running = [asyncio.create_task(service.run(stop)) for service in services]
    for database in (sending.database, hearing.database):
        await database.wakes.listening()
    for n in range(20):
        async with sending.database.transaction() as tx:
            await publish(tx, staged(n))
        assert await wait_for(heard, 10)
    stop.set()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def test_two_thousand_sealed_records_pass_from_outbox_to_inbox_in_a_few_seconds_of_work(
    admin_url: str, sealing_key_file: Path, alpha: ServiceMigrations, beta: ServiceMigrations
) -> None:
    settings = ServiceSettings(database_url=admin_url, sealing_key_file=sealing_key_file)
    captured: Any = next(event for event in events() if isinstance(event, RecordCaptured))
    padding = "x" * (BODY_BYTES - len(captured.model_dump_json()))
    handled = 0
    done = asyncio.Event()

    async def on_captured(tx: AsyncConnection, event: RecordCaptured, context: object) -> None:
        nonlocal handled
        await tx.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": event.number[:20]})
        handled += 1
        if handled == RECORDS:
            done.set()

    sending, hearing = Frame(settings, alpha), Frame(settings, beta)
    services = [sending.service([]), hearing.service([hearing.subscriber({RecordCaptured: on_captured})])]
    stop = asyncio.Event()
    running = [asyncio.create_task(service.run(stop)) for service in services]
    before = process_time()
    for first in range(0, RECORDS, 100):
        of_this_group = [
            captured.model_copy(
                update={"record_ref": RecordRef(kind="invoice", record_id=n), "number": f"INV-{n}-{padding}"}
            )
            for n in range(first, first + 100)
        ]
        async with sending.database.transaction() as tx:
            await publish_all(tx, of_this_group)
    await asyncio.wait_for(done.wait(), 120)
    assert process_time() - before < CPU_LIMIT_S
    stop.set()
    await asyncio.gather(*running)
