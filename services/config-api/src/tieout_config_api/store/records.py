"""The record projection: written by `handlers`, read by the REST API."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.projection import IN_MOTION, status_of
from tieout_config_api.store import Row
from tieout_config_api.store.sight import seen as is_seen
from tieout_config_api.store.tables import record
from tieout_contracts.events import RecordEvent

Columns = Mapping[str, Any]
Place = tuple[str, str, str, int]
"""Where a record stands in a list: number, company, kind, id. A record that went over to another company is there once
for each of them, so its number and id alone would let a page's end fall between the two."""
IS_IN_MOTION = record.c.status.in_([sa.literal(each, literal_execute=True) for each in sorted(IN_MOTION)])
"""Written out and not sent as parameters: only so does PostgreSQL know that the index of these suffices."""
_ORDER = (record.c.number, record.c.company_id, record.c.kind, record.c.record_id)


async def project(
    tx: AsyncConnection,
    event: RecordEvent,
    columns: Columns,
    *,
    newest: str,
    earliest: Mapping[str, datetime] | None = None,
    **always: Any,
) -> None:
    """Write one stage's columns and the derived status.

    `columns` are taken only when their moment (`columns[newest]`) is not older than the row's; `earliest` are moments
    that only move to earlier ones; `always` fills what the row does not know yet (a number, a date, a total).
    """
    key = {
        "company_id": event.company_id,
        "kind": event.record_ref.kind,
        "record_id": event.record_ref.record_id,
    }
    known = {name: value for name, value in always.items() if value is not None}
    first = insert(record).values(**key, tenant_id=event.tenant_id, number=event.number, status="captured", **known)
    await tx.execute(first.on_conflict_do_nothing())
    match = sa.and_(*(record.c[name] == value for name, value in key.items()))
    row = (await tx.execute(sa.select(record).where(match).with_for_update())).mappings().one()
    changes = dict(known)
    if row[newest] is None or columns[newest] >= row[newest]:
        changes.update(columns)
    changes.update({name: min(at, row[name] or at) for name, at in (earliest or {}).items()})
    after = {**row, **changes}
    await tx.execute(sa.update(record).where(match).values(**changes, status=status_of(after)))


async def page(
    tx: AsyncConnection,
    tenant_id: str,
    filters: Mapping[str, Any],
    *,
    seen: Collection[str] | None = None,
    after: Place | None,
    limit: int,
) -> list[Row]:
    """Up to `limit` records in the order of their places, after the place `after`; only of companies that are `seen`
    (None: of all)."""
    query = sa.select(record).where(record.c.tenant_id == tenant_id, is_seen(record.c.company_id, seen))
    for name, value in filters.items():
        query = query.where(record.c[name] == value)
    if after is not None:
        query = query.where(sa.tuple_(*_ORDER) > sa.tuple_(*map(sa.literal, after)))
    query = query.order_by(*_ORDER).limit(limit)
    return list((await tx.execute(query)).mappings().all())


async def one(tx: AsyncConnection, tenant_id: str, company_id: str, kind: str, record_id: int) -> Row | None:
    query = sa.select(record).where(
        record.c.tenant_id == tenant_id,
        record.c.company_id == company_id,
        record.c.kind == kind,
        record.c.record_id == record_id,
    )
    return (await tx.execute(query)).mappings().one_or_none()


async def counts(tx: AsyncConnection, where: sa.ColumnElement[bool]) -> dict[str, int]:
    """How many records stand at each status."""
    query = sa.select(record.c.status, sa.func.count()).where(where).group_by(record.c.status)
    return dict((await tx.execute(query)).all())


def moving(by_status: Mapping[str, int]) -> int:
    """How many of these will still move by themselves."""
    return sum(count for status, count in by_status.items() if status in IN_MOTION)
