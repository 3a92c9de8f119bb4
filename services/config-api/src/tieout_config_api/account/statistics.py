"""Records that succeeded, month by month, in the columns that people know (F223 to F227).

A record has succeeded when its document was verified in the ledger, whether Tieout made it or linked it. It is counted
once, in the month of that first success in the tenant's time zone, and stays counted there whatever becomes of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account import months as calendar
from tieout_config_api.account.limits import DEFAULT_ZONE
from tieout_config_api.store import Row, account, usage
from tieout_contracts.families import KINDS_OF, family_of
from tieout_contracts.settings import CompanySettings


@dataclass(frozen=True, slots=True)
class Counts:
    """One column for each family."""

    invoices: int = 0
    payments: int = 0
    procurement: int = 0
    expenses: int = 0
    ledger_calls: int = 0

    @property
    def records(self) -> int:
        return self.invoices + self.payments + self.procurement + self.expenses


@dataclass(frozen=True, slots=True)
class Month:
    """`companies`: those that had any."""

    month: date
    counts: Counts
    companies: Mapping[str, Counts]


async def zone_of(tx: AsyncConnection, tenant_id: str) -> str:
    _, profile = await account.profile(tx, tenant_id)
    return str(profile.get("time_zone", DEFAULT_ZONE))


async def by_month(tx: AsyncConnection, tenant_id: str, months: Sequence[date], zone: str) -> list[Month]:
    """One for each of the consecutive `months`."""
    rows = await usage.successes(tx, tenant_id, calendar.bounds(months, zone))
    return [_month(month, [row for row in rows if row["month"] == number]) for number, month in enumerate(months, 1)]


def linked_members(companies: Iterable[CompanySettings]) -> int:
    """How many members expense links name (F191): one whom two companies link counts once, if it is the same site's."""
    return len({(each.connectwise_connection, who) for each in companies for who in each.expenses.linked_members})


def _month(month: date, rows: Sequence[Row]) -> Month:
    names = sorted({row["company_id"] for row in rows})
    companies = {name: _counts(row for row in rows if row["company_id"] == name) for name in names}
    return Month(month, _counts(rows), companies)


def _counts(rows: Iterable[Row]) -> Counts:
    found: dict[str, int] = dict.fromkeys((*KINDS_OF, "ledger_calls"), 0)
    for row in rows:
        found[family_of(row["kind"])] += row["records"]
        found["ledger_calls"] += row["ledger_calls"]
    return Counts(**found)
