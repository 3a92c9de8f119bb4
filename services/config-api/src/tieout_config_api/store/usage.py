"""What a tenant did month by month: records that succeeded, calls, requests."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import api_usage, record, tenant, usage_reported

_MOMENTS = ARRAY(sa.DateTime(timezone=True))


async def successes(tx: AsyncConnection, tenant_id: str, bounds: Sequence[datetime]) -> Sequence[Row]:
    """How many records succeeded first between each two `bounds` (`month` counts from 1), by company and kind, and the
    ledger calls they took. One pass over `record_by_success`."""
    month = sa.func.width_bucket(record.c.posted_at, sa.literal(list(bounds), _MOMENTS)).label("month")
    by = (month, record.c.company_id, record.c.kind)
    query = (
        sa.select(
            *by,
            sa.func.count().label("records"),
            sa.func.coalesce(sa.func.sum(record.c.ledger_calls), 0).label("ledger_calls"),
        )
        .where(record.c.tenant_id == tenant_id, *_between(bounds[0], bounds[-1]))
        .group_by(*by)
    )
    return (await tx.execute(query)).mappings().all()


async def count(tx: AsyncConnection, tenant_id: str, since: datetime, until: datetime) -> int:
    """How many records of the tenant succeeded first in this time."""
    query = sa.select(sa.func.count()).where(record.c.tenant_id == tenant_id, *_between(since, until))
    return int((await tx.execute(query)).scalar_one())


async def first(tx: AsyncConnection, tenant_id: str) -> datetime | None:
    """When the tenant's first record succeeded."""
    query = sa.select(sa.func.min(record.c.posted_at)).where(
        record.c.tenant_id == tenant_id, record.c.posted_at.is_not(None)
    )
    found: datetime | None = await tx.scalar(query)
    return found


async def add_requests(tx: AsyncConnection, counted: Mapping[tuple[str, date], int]) -> None:
    """Add to the counts; what is not a tenant any more is left out. In one order, so that two writers do not wait for
    each other in a circle."""
    names = {tenant_id for tenant_id, _ in counted}
    known = set((await tx.scalars(sa.select(tenant.c.tenant_id).where(tenant.c.tenant_id.in_(names)))).all())
    for (tenant_id, month), requests in sorted(counted.items()):
        if tenant_id in known:
            added = insert(api_usage).values(tenant_id=tenant_id, month=month, requests=requests)
            await tx.execute(
                added.on_conflict_do_update(
                    index_elements=["tenant_id", "month"], set_={"requests": api_usage.c.requests + requests}
                )
            )


async def requests(tx: AsyncConnection, tenant_id: str) -> dict[date, int]:
    """Requests of each month (UTC) that had any."""
    query = sa.select(api_usage.c.month, api_usage.c.requests).where(api_usage.c.tenant_id == tenant_id)
    return {row.month: row.requests for row in await tx.execute(query)}


async def mark_reported(tx: AsyncConnection, tenant_id: str, month: date) -> bool:
    """Whether the month's report is this transaction's to mail; nobody else does it then."""
    first = insert(usage_reported).values(tenant_id=tenant_id, month=month)
    newer = usage_reported.c.month < month
    marked = first.on_conflict_do_update(index_elements=["tenant_id"], set_={"month": month}, where=newer)
    return (await tx.execute(marked)).rowcount == 1


def _between(since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return record.c.posted_at.is_not(None), record.c.posted_at >= since, record.c.posted_at < until
