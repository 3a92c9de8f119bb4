"""Xero as a process of its own, and the writer before it."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.service import Service
from tieout_contracts.settings import AdjustmentSettings, Arming, CompanySettings, SettingsSnapshot
from tieout_posting.testing.world import FAST, WriterWorld, simulated
from tieout_providers.xero import XeroIdentity
from tieout_simulators.month import Month, build_volume
from tieout_xero_writer.app import assemble
from tieout_xero_writer.migrations import MIGRATIONS
from tieout_xero_writer.settings import XeroWriterSettings
from xero_writer_kit.config import KnownConfig
from xero_writer_kit.values import COMPANY, CONNECTION, TENANT

SCOPES = ("accounting.invoices", "accounting.contacts", "accounting.settings")


def month_of_nothing_posted() -> Month:
    """One Australian organisation with US dollars too, set up and empty, whose app may call as often as it likes."""
    month = build_volume(1, 1)
    month.xero["organisations"][0]["Currencies"].append({"Code": "USD", "Description": "United States Dollar"})
    month.xero["app"] |= {"day_limit": 100_000, "minute_limit": 100_000}
    return month


def simulator(month: Month, folder: Path) -> AbstractContextManager[str]:
    """Xero with this month's books; the value is its address."""
    return simulated("xero", month.xero, folder)


class World(WriterWorld):
    def __init__(self, url: str, month: Month, database: Database, settings: dict[str, Any]) -> None:
        super().__init__(url, database, settings)
        self.organisation: str = month.xero["organisations"][0]["tenantId"]
        self.city: str = month.xero["organisations"][0]["TrackingCategories"][0]["Options"][0]["Name"]
        self.config = KnownConfig(url)
        self._app = month.xero["app"]
        self._identity = XeroIdentity(url, http=self.http)

    async def open(self) -> None:
        """Connect the company."""
        self.config.tokens = [await self.token()]
        self.config.known = {COMPANY: self.snapshot(1)}

    async def token(self) -> str:
        tokens = await self._identity.client_credentials(self._app["client_id"], self._app["client_secret"], SCOPES)
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
        settings = XeroWriterSettings(**self.settings | FAST | changes)
        return assemble(Frame(settings, MIGRATIONS), settings, self.config)

    async def books(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.dump())["organisations"][0]
        return found

    async def documents(self, number: str, *, kind: str = "Invoice") -> list[dict[str, Any]]:
        """What Xero holds of a number, deleted ones included."""
        return [each for each in (await self.books())[f"{kind}s"] if each[f"{kind}Number"] == number]
