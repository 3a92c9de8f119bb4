"""QuickBooks Online as a process of its own, and the writer before it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qbo_writer_kit.books import APP, TOKEN
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.values import COMPANY, CONNECTION, ORGANISATION, TENANT
from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.service import Service
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, SettingsSnapshot
from tieout_posting.tables import call
from tieout_posting.testing.world import FAST, WriterWorld, simulated
from tieout_providers import json_exact
from tieout_qbo_writer.app import assemble
from tieout_qbo_writer.migrations import MIGRATIONS
from tieout_qbo_writer.settings import QboWriterSettings


def simulator(books: dict[str, Any], folder: Path, **limits: int) -> AbstractContextManager[str]:
    """QuickBooks Online with this company; the value is its address. Without `limits` the app has hardly any."""
    return simulated("qbo", {"format": "tieout-qbo/1", "app": {**APP, **limits}, "companies": [books]}, folder)


class World(WriterWorld):
    def __init__(self, url: str, database: Database, settings: dict[str, Any]) -> None:
        super().__init__(url, database, settings)
        self.config = KnownConfig(url, TOKEN)
        self.config.known = {COMPANY: self.snapshot(1)}

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
        settings = QboWriterSettings(**self.settings | FAST | {"ledger_timeout_s": 10} | changes)
        return assemble(Frame(settings, MIGRATIONS), settings, self.config)

    async def request_ids(self) -> list[str]:
        """Under which each call about documents went, in order."""
        query = sa.select(call.c.request).where(call.c.purpose.in_(("draft", "discard"))).order_by(call.c.created_at)
        async with self.database.transaction() as tx:
            return [row.request["target"].split("requestid=")[1].split("&")[0] for row in await tx.execute(query)]

    async def books(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.dump())["companies"][0]
        return found

    async def documents(self, number: str, *, kind: str = "Invoice") -> list[dict[str, Any]]:
        """What QuickBooks holds of a number."""
        return [each for each in (await self.books()).get(kind, []) if each.get("DocNumber") == number]

    async def write(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """As a person does, beside the writer."""
        answer = await self.http.post(
            f"/v3/company/{ORGANISATION}/{path}",
            content=json_exact.dumps(body),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = json_exact.loads(answer.content)
        return found
