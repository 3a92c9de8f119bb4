"""What a writer found in its ledger for a preview, and what a person decided of it; dropped with the preview."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import preview, proposed_contact, proposed_document, record
from tieout_contracts.records import RecordRef

Place = tuple[str, str, int]
"""Where a record stands among the proposals: number, kind, id."""
_ORDER = (proposed_document.c.number, proposed_document.c.kind, proposed_document.c.record_id)


async def tell(
    tx: AsyncConnection,
    preview_id: UUID,
    contacts: Sequence[Mapping[str, Any]],
    documents: Sequence[Mapping[str, Any]],
    *,
    proposals: int,
) -> None:
    """One part of what was found, and how much all parts have; nothing where the preview is gone."""
    known = sa.update(preview).where(preview.c.preview_id == preview_id).values(proposals=proposals)
    if not (await tx.execute(known)).rowcount:
        return
    for table, rows in ((proposed_contact, contacts), (proposed_document, documents)):
        if rows:
            values = [{"preview_id": preview_id, **row} for row in rows]
            await tx.execute(insert(table).on_conflict_do_nothing(), values)


async def findings(tx: AsyncConnection, preview_id: UUID) -> tuple[dict[str, int], dict[str, int]]:
    """How many contacts, and how many documents, have which finding."""
    return await _counted(tx, proposed_contact, preview_id), await _counted(tx, proposed_document, preview_id)


async def _counted(tx: AsyncConnection, table: sa.Table, preview_id: UUID) -> dict[str, int]:
    query = sa.select(table.c.finding, sa.func.count()).where(table.c.preview_id == preview_id)
    return {row[0]: row[1] for row in await tx.execute(query.group_by(table.c.finding).order_by(table.c.finding))}


async def contacts(
    tx: AsyncConnection, preview_id: UUID, *, finding: str | None, after: str | None, limit: int
) -> list[Row]:
    """Up to `limit` customers in the order of their contact numbers, after one."""
    query = sa.select(proposed_contact).where(proposed_contact.c.preview_id == preview_id)
    if finding is not None:
        query = query.where(proposed_contact.c.finding == finding)
    if after is not None:
        query = query.where(proposed_contact.c.contact_number > after)
    query = query.order_by(proposed_contact.c.contact_number).limit(limit)
    return list((await tx.execute(query)).mappings().all())


async def documents(
    tx: AsyncConnection, preview_id: UUID, *, finding: str | None, after: Place | None, limit: int
) -> list[Row]:
    """Up to `limit` records after a place, each with the status at which it stands now."""
    query = _with_status().where(proposed_document.c.preview_id == preview_id)
    if finding is not None:
        query = query.where(proposed_document.c.finding == finding)
    if after is not None:
        query = query.where(sa.tuple_(*_ORDER) > sa.tuple_(*map(sa.literal, after)))
    return list((await tx.execute(query.order_by(*_ORDER).limit(limit))).mappings().all())


async def customers(
    tx: AsyncConnection,
    preview_id: UUID,
    *,
    numbers: Collection[str] | None = None,
    findings: Collection[str] | None = None,
) -> list[Row]:
    """The customers of these numbers, or with these findings, locked until the transaction ends."""
    query = sa.select(proposed_contact).where(proposed_contact.c.preview_id == preview_id)
    if numbers is not None:
        query = query.where(proposed_contact.c.contact_number.in_(numbers))
    if findings is not None:
        query = query.where(proposed_contact.c.finding.in_(findings))
    query = query.order_by(proposed_contact.c.contact_number).with_for_update()
    return list((await tx.execute(query)).mappings().all())


async def decide(tx: AsyncConnection, preview_id: UUID, number: str, ledger_id: str, decision: str) -> None:
    """What a person said last of one customer."""
    here = sa.and_(proposed_contact.c.preview_id == preview_id, proposed_contact.c.contact_number == number)
    await tx.execute(sa.update(proposed_contact).where(here).values(decision=decision, ledger_id=ledger_id))


async def records(
    tx: AsyncConnection, preview_id: UUID, refs: Collection[RecordRef] | None, *, limit: int
) -> list[Row]:
    """These records; without any, up to `limit` with a document to adopt that nobody approved yet. Locked until the
    transaction ends."""
    query = _with_status().where(proposed_document.c.preview_id == preview_id)
    if refs is None:
        query = query.where(proposed_document.c.finding == "adopt", ~proposed_document.c.approved)
    else:
        place = sa.tuple_(proposed_document.c.kind, proposed_document.c.record_id)
        query = query.where(place.in_([(ref.kind, ref.record_id) for ref in refs]))
    query = query.order_by(*_ORDER).limit(limit).with_for_update(of=proposed_document)
    return list((await tx.execute(query)).mappings().all())


async def approve(tx: AsyncConnection, preview_id: UUID, refs: Collection[RecordRef]) -> None:
    place = sa.tuple_(proposed_document.c.kind, proposed_document.c.record_id)
    chosen = place.in_([(ref.kind, ref.record_id) for ref in refs])
    here = sa.and_(proposed_document.c.preview_id == preview_id, chosen)
    await tx.execute(sa.update(proposed_document).where(here).values(approved=True))


def _with_status() -> sa.Select[Any]:
    """Each with what its record is now, and how much it is for."""
    same = sa.and_(
        record.c.company_id == preview.c.company_id,
        record.c.kind == proposed_document.c.kind,
        record.c.record_id == proposed_document.c.record_id,
    )
    told = (preview.c.company_id, record.c.status, record.c.document_date, record.c.total, record.c.currency)
    joined = proposed_document.join(preview, preview.c.preview_id == proposed_document.c.preview_id)
    return sa.select(proposed_document, *told).select_from(joined.outerjoin(record, same))
