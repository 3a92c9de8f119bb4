"""Statistics month by month, and the usage report for internal charge-back."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from tieout_config_api.account.months import last_months, month_at, next_month
from tieout_config_api.account.statistics import by_month, linked_members, zone_of
from tieout_config_api.account.usage_report import MonthCounted, Report, as_csv, counted, report_of
from tieout_config_api.public.door import InRooms, Rooms, not_found, require_tenant
from tieout_config_api.public.paging import MOST, Cursor, Limit, read_cursor, write_cursor
from tieout_config_api.store import account, accounts, usage

router = APIRouter(tags=["usage"])
MONTHS_MAX = 60
MonthName = Annotated[str, Path(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2026-10.")]


class Statistics(BaseModel):
    """`months`, newest first; each begins at midnight in `time_zone`.

    `linked_members`: how many of ConnectWise's members the companies' expense links name just now (F191).
    """

    time_zone: str
    linked_members: int
    months: list[MonthCounted]


class ReportDue(BaseModel):
    month: str
    address: str
    """Where its CSV is."""


class Usage(BaseModel):
    """`reports`: of each month that is over and had records or requests, newest first (F255)."""

    time_zone: str
    next_report_date: date
    reports: list[ReportDue]
    next_cursor: str | None = None


@router.get("/tenants/{tenant_id}/statistics")
async def read_statistics(
    tenant_id: str, rooms: InRooms, months: Annotated[int, Query(ge=1, le=MONTHS_MAX)] = 13
) -> Statistics:
    """How many records succeeded in each of the last months, the present one included (F223)."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        zone = await zone_of(tx, tenant_id)
        wanted = last_months(month_at(rooms.clock.now(), zone), months)
        found = await by_month(tx, tenant_id, wanted, zone)
        linked = linked_members(each.settings for each in await accounts.snapshots(tx, tenant_id))
    shown = [MonthCounted(**counted(each)) for each in reversed(found)]
    return Statistics(time_zone=zone, linked_members=linked, months=shown)


@router.get("/tenants/{tenant_id}/usage")
async def list_reports(tenant_id: str, rooms: InRooms, cursor: Cursor = None, limit: Limit = MOST) -> Usage:
    """The next report's date (F245), and the reports that there are, of up to five years."""
    (before,) = read_cursor(cursor, str) or (None,)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        zone = await zone_of(tx, tenant_id)
        present = month_at(rooms.clock.now(), zone)
        requests = await usage.requests(tx, tenant_id)
        *over, _ = await by_month(tx, tenant_id, last_months(present, MONTHS_MAX + 1), zone)
    used = [f"{each.month:%Y-%m}" for each in reversed(over) if each.counts.records or each.month in requests]
    left = [each for each in used if before is None or each < before]
    place, page = f"/v1/tenants/{tenant_id}/usage", left[:limit]
    return Usage(
        time_zone=zone,
        next_report_date=next_month(present),
        reports=[ReportDue(month=each, address=f"{place}/{each}/report.csv") for each in page],
        next_cursor=write_cursor(page[-1]) if len(left) > limit else None,
    )


@router.get("/tenants/{tenant_id}/usage/{month}")
async def read_usage(tenant_id: str, month: MonthName, rooms: InRooms) -> Report:
    """One month's use, the present one so far (F244)."""
    return await _report(tenant_id, month, rooms)


@router.get(
    "/tenants/{tenant_id}/usage/{month}/report.csv",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_report(tenant_id: str, month: MonthName, rooms: InRooms) -> Response:
    """The same as CSV: one row a company, and their sum (F256)."""
    told = await _report(tenant_id, month, rooms)
    headers = {"Content-Disposition": f'attachment; filename="tieout-usage-{tenant_id}-{month}.csv"'}
    return Response(as_csv(told), media_type="text/csv; charset=utf-8", headers=headers)


async def _report(tenant_id: str, name: str, rooms: Rooms) -> Report:
    month = date.fromisoformat(f"{name}-01")
    async with rooms.database.transaction() as tx:
        tenant = await account.tenant_row(tx, tenant_id)
        if tenant is None:
            raise not_found("tenant")
        if month > month_at(rooms.clock.now(), await zone_of(tx, tenant_id)):
            raise not_found("month yet")
        return await report_of(tx, tenant, month)
