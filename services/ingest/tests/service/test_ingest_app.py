"""The whole service: bus to ConnectWise and back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.outbox import publish
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_chassis.testing_service import running
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import RunRequested
from tieout_ingest.app import assemble, build
from tieout_ingest.migrations import MIGRATIONS
from tieout_ingest.settings import IngestSettings

pytestmark = [pytest.mark.postgres, pytest.mark.http]

Make = Callable[..., Any]


async def test_a_run_asked_for_on_the_bus_is_captured_within_moments(
    workshop: Any, psa: Make, book: Any, fresh_database: FreshDatabase, sealing_key_file: Path
) -> None:
    site = psa(book.invoices(1, 3).file)
    workshop.config.connection(site.url)
    workshop.config.company()
    url = await fresh_database([MIGRATIONS])
    settings = IngestSettings(database_url=url, sealing_key_file=sealing_key_file, poll_interval_s=3600)
    asking = Database(url, "ingest", sealer=Sealer.from_file(sealing_key_file))
    at = datetime.now(UTC)
    event = RunRequested(tenant_id="msp", company_id="sydney", run_id=uuid4(), requested_at=at)
    async with running(assemble(Frame(settings, MIGRATIONS), settings, workshop.config)):
        async with asking.transaction() as tx:
            await publish(tx, event)
        published: list[str] = []
        async with asyncio.timeout(20):
            while published.count("record.captured.v1") < 3 or "run.listed.v1" not in published:
                await wait_for(asyncio.Event(), 0.05)
                published = await types(asking)
    await asking.dispose()
    assert published.count("record.captured.v1") == 3
    assert site.calls()["GET /finance/accounting/unpostedinvoices"] <= 2


async def types(database: Database) -> list[str]:
    """The types of the events that reached the bus."""
    async with database.transaction() as tx:
        found = await tx.scalars(text("SELECT headers->>'ce_type' FROM outbox WHERE published_at IS NOT NULL"))
        return [str(each) for each in found]


async def test_the_service_is_built_from_its_settings_alone(ingest_settings: IngestSettings) -> None:
    service = build(ingest_settings)
    assert service.name == "ingest"
    names = {loop.name for loop in service.loops}
    assert {"connections 1", "connections 4", "connections known", "relay", "subscriber ingest"} <= names
    await service.database.dispose()
