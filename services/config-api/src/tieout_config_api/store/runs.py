"""Sync runs: what was asked for, what ingest listed, what came of it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.projection import IN_MOTION
from tieout_config_api.store import Row, records
from tieout_config_api.store.sight import seen as is_seen
from tieout_config_api.store.tables import company, record, run
from tieout_contracts.events import RunListed, RunRequested
from tieout_contracts.families import Family


async def hold_company(tx: AsyncConnection, company_id: str) -> None:
    """Until the transaction ends, so that of two requests at the same moment one waits for what the other began."""
    await tx.execute(sa.select(company.c.company_id).where(company.c.company_id == company_id).with_for_update())


async def open_run(
    tx: AsyncConnection, tenant_id: str, company_id: str, family: Family, *, preview: bool = False
) -> UUID | None:
    """The company's run of the family that ingest has not listed yet: a second request joins it (F134), one for a
    preview only such a run, and one that posts only one that posts. The company is held from here on."""
    await hold_company(tx, company_id)
    query = (
        sa.select(run.c.run_id)
        .where(run.c.tenant_id == tenant_id, run.c.company_id == company_id, run.c.listed_at.is_(None))
        .where(run.c.preview == preview, run.c.family == family)
        .order_by(run.c.requested_at.desc())
        .limit(1)
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def request(tx: AsyncConnection, event: RunRequested) -> None:
    await tx.execute(
        insert(run)
        .values(
            run_id=event.run_id,
            tenant_id=event.tenant_id,
            company_id=event.company_id,
            requested_at=event.requested_at,
            preview=event.preview,
            family=event.family,
        )
        .on_conflict_do_nothing()
    )


async def listed(tx: AsyncConnection, event: RunListed) -> None:
    """Ingest read the list; a run that ingest began by itself is first heard of here."""
    values = {
        "listed_at": event.listed_at,
        "unposted": event.unposted,
        "captured": event.captured,
        "listed": event.listed,
        "unrouted": event.unrouted,
        "refused": event.refused,
        "problems": [found.model_dump(mode="json") for found in event.problems],
    }
    first = insert(run).values(
        run_id=event.run_id,
        tenant_id=event.tenant_id,
        company_id=event.company_id,
        requested_at=event.listed_at,
        **values,
    )
    await tx.execute(first.on_conflict_do_update(index_elements=["run_id"], set_=values))


async def one(tx: AsyncConnection, tenant_id: str, run_id: UUID) -> Row | None:
    """The run with its records counted by status and whether all of them are at rest."""
    query = sa.select(run).where(run.c.tenant_id == tenant_id, run.c.run_id == run_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    by_status = await records.counts(tx, record.c.run_id == run_id)
    others = sa.and_(record.c.company_id == row["company_id"], record.c.run_id.is_distinct_from(run_id))
    moving = records.moving(await records.counts(tx, sa.and_(others, record.c.status.in_(IN_MOTION))))
    arrived = sum(by_status.values()) + await _taken_over(tx, row)
    waits_for = 0 if row["preview"] else moving  # a preview shows what stands; it need not wait for it
    return {
        **row,
        "by_status": by_status,
        "others_moving": moving,
        "finished": _finished(row, arrived, by_status, waits_for),
    }


async def page(
    tx: AsyncConnection,
    tenant_id: str,
    company_id: str | None,
    *,
    seen: Collection[str] | None = None,
    before: datetime | None,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Row]:
    """The newest first, those after a place in that order; only of companies that are `seen` (None: of all)."""
    query = sa.select(run).where(run.c.tenant_id == tenant_id, is_seen(run.c.company_id, seen))
    if company_id is not None:
        query = query.where(run.c.company_id == company_id)
    if before is not None:
        query = query.where(run.c.requested_at < before)
    if after is not None:
        query = query.where(sa.tuple_(run.c.requested_at, run.c.run_id) < _place(*after))
    query = query.order_by(run.c.requested_at.desc(), run.c.run_id.desc()).limit(limit)
    return list((await tx.execute(query)).mappings().all())


def _place(requested_at: datetime, run_id: UUID) -> sa.ColumnElement[Any]:
    return sa.tuple_(sa.literal(requested_at, run.c.requested_at.type), sa.literal(run_id, run.c.run_id.type))


async def _taken_over(tx: AsyncConnection, row: Row) -> int:
    """How many of the company's records a later run has: some of them may have been this one's before."""
    later = sa.and_(run.c.company_id == row["company_id"], run.c.requested_at > row["requested_at"])
    query = sa.select(sa.func.count()).select_from(record).join(run, run.c.run_id == record.c.run_id).where(later)
    return int((await tx.execute(query)).scalar_one())


def _finished(row: Row, arrived: int, by_status: Mapping[str, int], others_moving: int) -> bool:
    """Listed, every record that ingest announced has arrived here, and none of the company's will move by itself:
    what an earlier look at the list found is as much unposted as what this one did."""
    if row["listed_at"] is None:
        return False
    announced = row["captured"] + row["refused"] + row["listed"] + row["unrouted"]
    return arrived >= announced and records.moving(by_status) + others_moving == 0
