"""The README's example works, and shows how a service is tested."""

import asyncio
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import publish
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.events import RecordStaged

pytestmark = pytest.mark.postgres


@pytest.fixture
def app() -> Any:
    spec = spec_from_file_location("example_app", Path(__file__).parent / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_records_are_noted_worked_off_under_a_lease_and_answered(
    app: Any,
    alpha: ServiceMigrations,
    fresh_database: FreshDatabase,
    sealing_key_file: Path,
    staged: Callable[..., RecordStaged],
) -> None:
    url = await fresh_database([app.MIGRATIONS, alpha])
    settings = app.Settings(database_url=url, sealing_key_file=sealing_key_file, poll_wait_s=0.1)
    asked: list[str] = []

    async def provider(company_id: str) -> int:
        asked.append(company_id)
        return 7

    stop = asyncio.Event()
    running = asyncio.create_task(app.build(settings, provider).run(stop))
    sender = Database(url, "alpha", sealer=Sealer.from_file(sealing_key_file))
    watcher = Database(url, "example")
    async with sender.transaction() as tx:
        for record in range(3):
            await publish(tx, staged(record))
    await _send_over(sender)
    async with asyncio.timeout(20):
        while True:
            async with watcher.reading() as connection:
                answers = await connection.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL"))
            if answers == 3:
                break
            await asyncio.sleep(0.05)
    stop.set()
    await running
    assert set(asked) == {"north"}
    for database in (sender, watcher):
        await database.dispose()


async def _send_over(sender: Database) -> None:
    """What alpha's relay would do."""
    from tieout_chassis.bus.postgres import PostgresTransport
    from tieout_chassis.leases import Leases
    from tieout_chassis.relay import Relay

    transport = PostgresTransport(sender)
    await transport.ensure_topics(["record.staged"])
    relay = Relay(sender, transport, Leases(sender), holder="test", batch=100, lease_s=10)
    await relay.start()
    assert await relay.step()
    await relay.close()
