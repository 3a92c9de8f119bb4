"""Xero as a process of its own, the writer on a real database, and the bus read from outside."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.outbox import publish
from tieout_chassis.service import Service
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import Event, PostingSettled, ReferencePublished
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, SettingsSnapshot
from tieout_posting.tables import call, intent
from tieout_providers import json_exact
from tieout_providers.xero import XeroIdentity
from tieout_simulators.month import Month, build_volume
from tieout_xero_writer.app import assemble
from tieout_xero_writer.migrations import MIGRATIONS
from tieout_xero_writer.settings import XeroWriterSettings
from xero_writer_kit.config import KnownConfig
from xero_writer_kit.values import COMPANY, CONNECTION, TENANT

SCOPES = ("accounting.invoices", "accounting.contacts", "accounting.settings")
TIMEOUT_S = 40
FAST = {
    "bulk_linger_s": 0.05,
    "bulk_wait_limit_s": 0.2,
    "send_margin_s": 0.2,
    "poll_wait_s": 0.1,
    "companies_every_s": 1,
    "organisations_at_once": 2,
}


def month_of_nothing_posted() -> Month:
    """One Australian organisation with US dollars too, set up and empty, whose app may call as often as it likes."""
    month = build_volume(1, 1)
    month.xero["organisations"][0]["Currencies"].append({"Code": "USD", "Description": "United States Dollar"})
    month.xero["app"] |= {"day_limit": 100_000, "minute_limit": 100_000}
    return month


@contextmanager
def simulator(month: Month, folder: Path) -> Iterator[str]:
    """Xero with this month's books; the value is its address."""
    data = folder / "xero.json"
    data.write_bytes(json_exact.dumps(month.xero))
    command = [sys.executable, "-m", "tieout_simulators", "xero", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["listening"]
        finally:
            process.terminate()


class World:
    """Xero, the writer's database and settings; `running` is the writer itself."""

    def __init__(self, url: str, month: Month, database: Database, settings: dict[str, Any]) -> None:
        self.organisation: str = month.xero["organisations"][0]["tenantId"]
        self.city: str = month.xero["organisations"][0]["TrackingCategories"][0]["Options"][0]["Name"]
        self.database = database
        self.config = KnownConfig(url)
        self._app = month.xero["app"]
        self._settings = settings
        self._http = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)
        self._url = url

    async def open(self) -> None:
        """Connect the company."""
        self.config.tokens = [await self.token()]
        self.config.known = {COMPANY: self.snapshot(1)}

    async def close(self) -> None:
        await self._http.aclose()

    async def token(self) -> str:
        identity = XeroIdentity(self._url, http=self._http)
        tokens = await identity.client_credentials(self._app["client_id"], self._app["client_secret"], SCOPES)
        return tokens.access_token

    def snapshot(self, version: int) -> SettingsSnapshot:
        company = CompanySettings(
            name="Harbourline",
            connectwise_connection="cw",
            ledger_connection=CONNECTION,
            organisation_id=self.organisation,
            arming=Arming(armed=True),
            adjustment=AdjustmentSettings(account="860"),
        )
        return SettingsSnapshot(tenant_id=TENANT, company_id=COMPANY, version=version, settings=company)

    def service(self, **changes: Any) -> Service:
        settings = XeroWriterSettings(**self._settings | FAST | changes)
        return assemble(Frame(settings, MIGRATIONS), settings, self.config)

    @asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[None]:
        """One copy of the writer, drained at the end."""
        service, stop = self.service(**changes), asyncio.Event()
        task = asyncio.create_task(service.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task

    # -- the bus

    async def say(self, *events: Event) -> None:
        async with self.database.transaction() as tx:
            for event in events:
                await publish(tx, event)

    async def settled(self, count: int, *, timeout_s: float = TIMEOUT_S) -> list[PostingSettled]:
        """The first settlements, once there are so many."""
        await self.until(lambda: self._said(PostingSettled), count, timeout_s=timeout_s)
        return [PostingSettled.model_validate_json(each) for each in await self._said(PostingSettled)]

    async def references(self, count: int = 1) -> list[ReferencePublished]:
        await self.until(lambda: self._said(ReferencePublished), count)
        return [ReferencePublished.model_validate_json(each) for each in await self._said(ReferencePublished)]

    async def until(self, look: Any, count: int, *, timeout_s: float = TIMEOUT_S) -> None:
        async with asyncio.timeout(timeout_s):
            while len(await look()) < count:
                await wait_for(asyncio.Event(), 0.05)

    async def _said(self, kind: type[Event]) -> list[bytes]:
        query = sa.text("SELECT value FROM outbox WHERE topic = :topic ORDER BY id")
        async with self.database.transaction() as tx:
            return [bytes(each) for each in (await tx.execute(query, {"topic": kind.TOPIC})).scalars()]

    async def states(self) -> dict[str, str]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(sa.select(intent.c.number, intent.c.state))
            return {row.number: row.state for row in rows}

    async def bodies_kept(self) -> int:
        async with self.database.transaction() as tx:
            return int(await tx.scalar(sa.select(sa.func.count()).where(call.c.body.is_not(None))) or 0)

    # -- Xero

    async def tell(self, path: str, body: Any) -> None:
        answer = await self._http.post(f"/_sim/{path}", content=json_exact.dumps(body))
        assert answer.status_code == 200, answer.text

    async def calls(self, route: str) -> int:
        told = json_exact.loads((await self._http.get("/_sim/calls")).content)
        return int(told["by_route"].get(route, 0))

    async def books(self) -> dict[str, Any]:
        dump = json_exact.loads((await self._http.get("/_sim/dump")).content)
        found: dict[str, Any] = dump["organisations"][0]
        return found

    async def documents(self, number: str, *, kind: str = "Invoice") -> list[dict[str, Any]]:
        """What Xero holds of a number, deleted ones included."""
        return [each for each in (await self.books())[f"{kind}s"] if each[f"{kind}Number"] == number]
