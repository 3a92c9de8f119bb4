"""The usage report of one month: what a tenant's use was, for internal charge-back (F244), as a total and as CSV."""

import csv
import io
from dataclasses import asdict
from datetime import date

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account.statistics import Counts, Month, by_month, zone_of
from tieout_config_api.store import Row, account, usage


class Counted(BaseModel):
    """`records` is the sum of the four columns."""

    records: int
    invoices: int
    payments: int
    procurement: int
    expenses: int
    ledger_calls: int


class MonthCounted(Counted):
    month: str
    companies: dict[str, Counted]


class Report(MonthCounted):
    """`api_requests` counts requests to this API, by months in UTC."""

    tenant_id: str
    name: str
    time_zone: str
    api_requests: int


async def report_of(tx: AsyncConnection, tenant: Row, month: date) -> Report:
    """In the name that reports bear: the legal name, else the account name (F235)."""
    tenant_id = tenant["tenant_id"]
    zone = await zone_of(tx, tenant_id)
    _, profile = await account.profile(tx, tenant_id)
    (found,) = await by_month(tx, tenant_id, [month], zone)
    requests = await usage.requests(tx, tenant_id)
    return Report(
        **counted(found),
        tenant_id=tenant_id,
        name=str(profile.get("legal_name") or tenant["name"]),
        time_zone=zone,
        api_requests=requests.get(month, 0),
    )


def counted(found: Month) -> dict[str, object]:
    """The fields of `MonthCounted`."""
    companies = {name: _counts(each) for name, each in found.companies.items()}
    return {**_counts(found.counts), "month": f"{found.month:%Y-%m}", "companies": companies}


def as_csv(told: Report) -> str:
    """RFC 4180. A text that a spreadsheet would take for a formula is told with an apostrophe before it."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    columns = list(Counted.model_fields)
    rows.writerow(["tenant", "month", "time_zone", "company", *columns, "api_requests"])
    head = [_as_text(told.name), told.month, told.time_zone]
    for company, counts in told.companies.items():
        rows.writerow([*head, _as_text(company), *(getattr(counts, name) for name in columns), ""])
    rows.writerow([*head, "(all)", *(getattr(told, name) for name in columns), told.api_requests])
    return out.getvalue()


def _as_text(text: str) -> str:
    return f"'{text}" if text[:1] in set("=+-@\t\r") else text


def _counts(counts: Counts) -> dict[str, int]:
    return {**asdict(counts), "records": counts.records}
