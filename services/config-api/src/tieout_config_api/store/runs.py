"""Sync runs: what was asked for, what ingest listed, what came of it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, records
from tieout_config_api.store.pages import Place, newest_first
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
    query = sa.select(run).where(run.c.tenant_id == tenant_id, run.c.run_id == run_id)
    return (await tx.execute(query)).mappings().one_or_none()


async def progress(tx: AsyncConnection, tenant_id: str, run_id: UUID) -> Row | None:
    """The run with its records counted by status and whether all of them are at rest."""
    row = await one(tx, tenant_id, run_id)
    if row is None:
        return None
    by_status = await records.counts(tx, record.c.run_id == run_id)
    others = sa.and_(record.c.company_id == row["company_id"], record.c.run_id.is_distinct_from(run_id))
    moving = sum((await records.counts(tx, sa.and_(others, records.IS_IN_MOTION))).values())
    waits_for = 0 if row["preview"] else moving  # a preview shows what stands; it need not wait for it
    at_rest = records.moving(by_status) + waits_for == 0
    finished = at_rest and await _all_arrived(tx, row, sum(by_status.values()))
    return {**row, "by_status": by_status, "others_moving": moving, "finished": finished}


async def page(
    tx: AsyncConnection,
    tenant_id: str,
    company_id: str | None,
    *,
    seen: Collection[str] | None = None,
    before: datetime | None,
    after: Place | None = None,
    limit: int,
) -> list[Row]:
    """The newest first, those after a place in that order; only of companies that are `seen` (None: of all)."""
    query = sa.select(run).where(run.c.tenant_id == tenant_id, is_seen(run.c.company_id, seen))
    if company_id is not None:
        query = query.where(run.c.company_id == company_id)
    if before is not None:
        query = query.where(run.c.requested_at < before)
    query = newest_first(query, run.c.requested_at, run.c.run_id, after, limit)
    return list((await tx.execute(query)).mappings().all())


async def _all_arrived(tx: AsyncConnection, row: Row, arrived: int) -> bool:
    """Whether ingest has read the list and every record that it announced is here: the run's own, or taken over by a
    later run of the company, which looked at the same list."""
    if row["listed_at"] is None:
        return False
    missing: int = row["captured"] + row["refused"] + row["listed"] + row["unrouted"] - arrived
    return missing <= 0 or await _taken_over(tx, row, at_most=missing) == missing


async def _taken_over(tx: AsyncConnection, row: Row, *, at_most: int) -> int:
    """How many of the company's records a later run has: some of them may have been this one's before."""
    own = sa.and_(run.c.tenant_id == row["tenant_id"], run.c.company_id == row["company_id"])
    later = sa.and_(own, run.c.requested_at > row["requested_at"])
    query = sa.select(record.c.record_id).join(run, run.c.run_id == record.c.run_id).where(later).limit(at_most)
    return int((await tx.execute(sa.select(sa.func.count()).select_from(query.subquery()))).scalar_one())
