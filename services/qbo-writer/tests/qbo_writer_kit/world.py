"""QuickBooks Online as a process of its own, the writer on a real database, and the bus read from outside."""

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

from qbo_writer_kit.books import APP, TOKEN
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.values import COMPANY, CONNECTION, ORGANISATION, TENANT
from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.outbox import publish
from tieout_chassis.service import Service
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import Event, PostingSettled, ReferencePublished
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, SettingsSnapshot
from tieout_posting.tables import call, intent
from tieout_providers import json_exact
from tieout_qbo_writer.app import assemble
from tieout_qbo_writer.migrations import MIGRATIONS
from tieout_qbo_writer.settings import QboWriterSettings

TIMEOUT_S = 40
FAST = {
    "bulk_linger_s": 0.05,
    "bulk_wait_limit_s": 0.2,
    "ledger_timeout_s": 10,
    "send_margin_s": 0.2,
    "poll_wait_s": 0.1,
    "companies_every_s": 1,
    "organisations_at_once": 2,
}


@contextmanager
def simulator(books: dict[str, Any], folder: Path, **limits: int) -> Iterator[str]:
    """QuickBooks Online with this company; the value is its address. Without `limits` the app has hardly any."""
    data = folder / "qbo.json"
    app = {**APP, **limits}
    data.write_bytes(json_exact.dumps({"format": "tieout-qbo/1", "app": app, "companies": [books]}))
    command = [sys.executable, "-m", "tieout_simulators", "qbo", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["listening"]
        finally:
            process.terminate()


class World:
    """QuickBooks, the writer's database and settings; `running` is the writer itself."""

    def __init__(self, url: str, database: Database, settings: dict[str, Any]) -> None:
        self.database = database
        self.config = KnownConfig(url, TOKEN)
        self.config.known = {COMPANY: self.snapshot(1)}
        self._settings = settings
        self._http = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    def snapshot(self, version: int, **changes: Any) -> SettingsSnapshot:
        company = CompanySettings(
            name="Harbourline",
            connectwise_connection="cw",
            ledger_connection=CONNECTION,
            ledger="qbo",
            organisation_id=ORGANISATION,
            arming=Arming(armed=True),
            adjustment=AdjustmentSettings(account="4000"),
            **changes,
        )
        return SettingsSnapshot(tenant_id=TENANT, company_id=COMPANY, version=version, settings=company)

    def service(self, **changes: Any) -> Service:
        settings = QboWriterSettings(**self._settings | FAST | changes)
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

    async def request_ids(self) -> list[str]:
        """Under which each call about documents went, in order."""
        query = sa.select(call.c.request).where(call.c.purpose.in_(("draft", "discard"))).order_by(call.c.created_at)
        async with self.database.transaction() as tx:
            return [row.request["target"].split("requestid=")[1].split("&")[0] for row in await tx.execute(query)]

    # -- QuickBooks

    async def tell(self, path: str, body: Any) -> None:
        answer = await self._http.post(f"/_sim/{path}", content=json_exact.dumps(body))
        assert answer.status_code == 200, answer.text

    async def calls(self, route: str) -> int:
        return int((await self.counted())["by_route"].get(route, 0))

    async def counted(self) -> dict[str, Any]:
        """All calls, by route and by status."""
        told: dict[str, Any] = json_exact.loads((await self._http.get("/_sim/calls")).content)
        return told

    async def books(self) -> dict[str, Any]:
        dump = json_exact.loads((await self._http.get("/_sim/dump")).content)
        found: dict[str, Any] = dump["companies"][0]
        return found

    async def documents(self, number: str, *, kind: str = "Invoice") -> list[dict[str, Any]]:
        """What QuickBooks holds of a number."""
        return [each for each in (await self.books()).get(kind, []) if each.get("DocNumber") == number]

    async def write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """As a person does, beside the writer."""
        answer = await self._http.post(
            f"/v3/company/{ORGANISATION}/{path}",
            content=json_exact.dumps(body),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = json_exact.loads(answer.content)
        return found
