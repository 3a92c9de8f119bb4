"""Previews, and what was told of each record: bodies sealed, and dropped when the preview expires."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import preview, previewed, record
from tieout_contracts.events import PreviewRequested
from tieout_contracts.records import RecordRef

Place = tuple[str, str, int]
"""Where a record stands in a preview: number, kind, id."""
_ORDER = (previewed.c.number, previewed.c.kind, previewed.c.record_id)


async def request(tx: AsyncConnection, event: PreviewRequested, expires_at: datetime) -> None:
    await tx.execute(
        sa.insert(preview).values(
            preview_id=event.preview_id,
            tenant_id=event.tenant_id,
            company_id=event.company_id,
            changed_settings=event.settings is not None,
            compare=event.compare,
            requested_at=event.requested_at,
            expires_at=expires_at,
        )
    )


async def one(tx: AsyncConnection, tenant_id: str, preview_id: UUID) -> Row | None:
    query = sa.select(preview).where(preview.c.tenant_id == tenant_id, preview.c.preview_id == preview_id)
    return (await tx.execute(query)).mappings().one_or_none()


async def tell(tx: AsyncConnection, preview_id: UUID, ref: RecordRef, columns: Mapping[str, Any]) -> None:
    """Keep what was told of a record, once; nothing where the preview is gone."""
    values = {"preview_id": preview_id, "kind": ref.kind, "record_id": ref.record_id, **columns}
    known = await tx.scalar(sa.select(preview.c.preview_id).where(preview.c.preview_id == preview_id))
    if known is not None:
        await tx.execute(insert(previewed).values(values).on_conflict_do_nothing())


async def finish(tx: AsyncConnection, preview_id: UUID, records: int) -> None:
    """The rules have answered for so many records."""
    await tx.execute(sa.update(preview).where(preview.c.preview_id == preview_id).values(records=records))


async def sums(tx: AsyncConnection, preview_id: UUID) -> list[Row]:
    """How many records have which outcome, and what they come to by currency; credits are taken off."""
    signed = sa.case((previewed.c.kind == "credit_memo", -previewed.c.total), else_=previewed.c.total)
    by = (previewed.c.outcome, previewed.c.currency)
    query = sa.select(*by, sa.func.count().label("records"), sa.func.sum(signed).label("total"))
    query = query.where(previewed.c.preview_id == preview_id).group_by(*by).order_by(*by)
    return list((await tx.execute(query)).mappings().all())


async def page(tx: AsyncConnection, preview_id: UUID, *, after: Place | None, limit: int) -> list[Row]:
    """Up to `limit` records after a place, each with the status at which it stands now."""
    query = _with_status().where(previewed.c.preview_id == preview_id)
    if after is not None:
        query = query.where(sa.tuple_(*_ORDER) > sa.tuple_(*map(sa.literal, after)))
    return list((await tx.execute(query.order_by(*_ORDER).limit(limit))).mappings().all())


async def some(tx: AsyncConnection, preview_id: UUID, refs: Collection[RecordRef]) -> dict[RecordRef, Row]:
    """Those of these records that the preview shows, locked until the transaction ends."""
    place = sa.tuple_(previewed.c.kind, previewed.c.record_id)
    query = _with_status().where(
        previewed.c.preview_id == preview_id, place.in_([(ref.kind, ref.record_id) for ref in refs])
    )
    rows = (await tx.execute(query.with_for_update(of=previewed))).mappings().all()
    return {ref_of(row): row for row in rows}


async def creatable(tx: AsyncConnection, preview_id: UUID) -> list[RecordRef]:
    """Every record of which a document would be created, and that nobody approved yet."""
    query = sa.select(previewed.c.kind, previewed.c.record_id).where(
        previewed.c.preview_id == preview_id, previewed.c.outcome == "create", previewed.c.approval.is_(None)
    )
    return [ref_of(row) for row in (await tx.execute(query.order_by(*_ORDER))).mappings()]


async def approve(tx: AsyncConnection, preview_id: UUID, refs: Collection[RecordRef]) -> None:
    place = sa.tuple_(previewed.c.kind, previewed.c.record_id)
    chosen = place.in_([(ref.kind, ref.record_id) for ref in refs])
    await tx.execute(sa.update(previewed).where(previewed.c.preview_id == preview_id, chosen).values(approval="asked"))


async def approved(tx: AsyncConnection, company_id: str, ref: RecordRef, plan_hash: str | None = None) -> list[Row]:
    """The places where the record, or this plan of it, was approved and not answered, locked until the transaction
    ends."""
    query = sa.select(previewed).where(
        previewed.c.company_id == company_id,
        previewed.c.kind == ref.kind,
        previewed.c.record_id == ref.record_id,
        previewed.c.approval == "asked",
    )
    if plan_hash is not None:
        query = query.where(previewed.c.plan_hash == plan_hash)
    return list((await tx.execute(query.with_for_update())).mappings().all())


async def answer(tx: AsyncConnection, row: Row, columns: Mapping[str, Any]) -> None:
    """What became of an approved plan."""
    here = sa.and_(*(previewed.c[name] == row[name] for name in ("preview_id", "kind", "record_id")))
    await tx.execute(sa.update(previewed).where(here).values(**columns))


async def purge(tx: AsyncConnection, now: datetime) -> int:
    """Drop the previews that have expired, with all that they showed; how many."""
    return (await tx.execute(sa.delete(preview).where(preview.c.expires_at <= now))).rowcount


def ref_of(row: Row) -> RecordRef:
    return RecordRef(kind=row["kind"], record_id=row["record_id"])


def _with_status() -> sa.Select[Any]:
    same = sa.and_(
        record.c.company_id == previewed.c.company_id,
        record.c.kind == previewed.c.kind,
        record.c.record_id == previewed.c.record_id,
    )
    return sa.select(previewed, record.c.status).outerjoin(record, same)
