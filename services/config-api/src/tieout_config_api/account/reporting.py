"""Mails the usage report of each month that is over, once, to the address that the tenant's profile names (F238)."""

from datetime import UTC, date, datetime, timedelta

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.account.limits import DEFAULT_ZONE
from tieout_config_api.account.months import last_months, month_at
from tieout_config_api.account.usage_report import Report, as_csv, report_of
from tieout_config_api.people import letters
from tieout_config_api.people.letters import Letter
from tieout_config_api.store import Row, account, usage
from tieout_config_api.vault import Vault

REPORTING_EVERY_S = 600.0
KEPT = timedelta(days=14)
"""So long a mail server may be away before a report is given up; it can still be fetched."""


class Reporting:
    """`step` looks at every tenant; of several copies one posts each report."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def step(self) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            asking = await account.asking_for_reports(tx)
        for tenant in asking:
            await self._report(tenant, now)
        return False

    async def _report(self, tenant: Row, now: datetime) -> None:
        """Nothing of a month before the tenant was made."""
        zone = tenant["profile"].get("time_zone", DEFAULT_ZONE)
        over, _ = last_months(month_at(now, zone), 2)
        if month_at(tenant["created_at"].astimezone(UTC), zone) > over:
            return
        if tenant["reported"] is not None and tenant["reported"] >= over:
            return
        async with self._database.transaction() as tx:
            if await usage.mark_reported(tx, tenant["tenant_id"], over):
                letter = letter_of(tenant["profile"]["report_email"], await report_of(tx, tenant, over), over)
                await letters.post(tx, self._vault, letter, at=now, expires_at=now + KEPT)


def letter_of(to: str, report: Report, month: date) -> Letter:
    """The sum in words, then the CSV."""
    name = " ".join(report.name.split())
    text = (
        f"{name} used Tieout in {month:%B %Y} ({report.time_zone}) for {report.records} records: {report.invoices} "
        f"invoices and credit memos, {report.payments} payments, {report.procurement} of procurement, "
        f"{report.expenses} expenses. They took {report.ledger_calls} calls to ledgers; the REST API was asked "
        f"{report.api_requests} times.\n\n{as_csv(report)}"
    )
    return Letter(to, f"Use of Tieout in {month:%B %Y}: {name}", text)
