"""The rows of previews that are compared with the ledger: heard record by record, due when they are whole.

A comparison serves nobody's truth: what is lost of it is asked for again, and it is forgotten after `KEPT_DAYS`.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerContact, LedgerDocument
from tieout_contracts.events import PreviewFinished, RecordPreviewed
from tieout_contracts.problems import Problem, problem
from tieout_contracts.proposals import DocumentProposal
from tieout_contracts.records import RecordRef
from tieout_posting.ledger import Books
from tieout_posting.organisations import LEASE_KIND, books_of_company
from tieout_posting.store import NOW, of_books, row_context
from tieout_posting.tables import candidate, comparison

KEPT_DAYS = 2
MAX_TRIES = 5
"""After so many looks in a row that failed nothing more is asked for a comparison: posting matters more."""
_COMPARED = ("create", "wait")
"""Outcomes of records of which no document is in the ledger by our doing, or on its way there."""


class Comparisons:
    """The bus side: takes in the previews that a writer is to compare. Other previews are none of its business."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def previewed(self, tx: AsyncConnection, event: RecordPreviewed, _: MessageContext) -> None:
        """One record. What the rules refuse is told as such; what is posted already is left out."""
        if not event.compare or (books := await self._books(tx, event)) is None:
            return
        told, ref = event.preview, event.record_ref
        row: dict[str, Any] = {
            "preview_id": event.preview_id,
            "record_kind": ref.kind,
            "record_id": ref.record_id,
            "tenant_id": event.tenant_id,
            "company_id": event.company_id,
            "number": event.number,
            "state": "left",
        }
        place = _context(event.tenant_id, event.preview_id, ref)
        body = self._sealer.seal(event.model_dump_json().encode(), place, event.tenant_id)
        if told.posting is not None and told.outcome in _COMPARED:
            row |= {"state": "waits", "document_kind": told.posting.document.kind, "body": body}
        elif told.outcome in ("refuse", "wait"):
            unplanned = DocumentProposal(record=ref, number=event.number, finding="unplanned", problems=_why(event))
            row |= {"state": "done", "proposal": unplanned.model_dump(mode="json")}
            row |= {"body": body} if told.bill_to is not None else {}
        await tx.execute(insert(candidate).values(row).on_conflict_do_nothing())
        await self._serve(tx, books, event.preview_id)

    async def finished(self, tx: AsyncConnection, event: PreviewFinished, _: MessageContext) -> None:
        """How many records there are; they come in any order."""
        if not event.compare or (books := await self._books(tx, event)) is None:
            return
        mine = comparison.c.preview_id == event.preview_id
        await tx.execute(sa.update(comparison).where(mine).values(records=event.records))
        await self._serve(tx, books, event.preview_id)

    async def _books(self, tx: AsyncConnection, event: RecordPreviewed | PreviewFinished) -> Books | None:
        """Where the company posts, and a row for its comparison; None where it is another ledger's."""
        books = await books_of_company(tx, event.tenant_id, event.company_id)
        if books is None:
            return None
        row = {
            "preview_id": event.preview_id,
            "tenant_id": event.tenant_id,
            "company_id": event.company_id,
            "organisation_id": books.organisation_id,
        }
        await tx.execute(insert(comparison).values(row).on_conflict_do_nothing())
        return books

    async def _serve(self, tx: AsyncConnection, books: Books, preview_id: UUID) -> None:
        if await tx.scalar(sa.select(sa.exists().where(comparison.c.preview_id == preview_id, _WHOLE))):
            await announce(tx, LEASE_KIND, books.name)


def _why(event: RecordPreviewed) -> tuple[Problem, ...]:
    """Why there is no plan to compare."""
    told = event.preview
    if told.problems or told.waits_for is None:
        return told.problems
    return (problem("cutover.not_planned_yet", number=event.number, reason=told.waits_for),)


_WHOLE = comparison.c.records <= (
    sa.select(sa.func.count())
    .select_from(candidate)
    .where(candidate.c.preview_id == comparison.c.preview_id)
    .scalar_subquery()
)


async def next_due(tx: AsyncConnection, books: Books) -> Any | None:
    """The oldest comparison of the organisation that is whole and not told, its row locked."""
    untold = sa.select(comparison).where(
        of_books(comparison, books), comparison.c.told_at.is_(None), comparison.c.tries < MAX_TRIES, _WHOLE
    )
    return (await tx.execute(untold.order_by(comparison.c.asked_at).limit(1).with_for_update())).one_or_none()


async def change(tx: AsyncConnection, preview_id: UUID, **values: Any) -> None:
    await tx.execute(sa.update(comparison).where(comparison.c.preview_id == preview_id).values(**values))


async def contacts_of(tx: AsyncConnection, preview_id: UUID) -> bytes:
    """The sealed proposals for its customers; they were made before any document is looked up."""
    sealed = await tx.scalar(sa.select(comparison.c.contacts).where(comparison.c.preview_id == preview_id))
    assert sealed is not None
    return bytes(sealed)


async def waiting(tx: AsyncConnection, preview_id: UUID, *, limit: int | None = None) -> Sequence[Any]:
    """Its records that are not looked up yet, all of one kind of document where there is a `limit`."""
    mine = sa.and_(candidate.c.preview_id == preview_id, candidate.c.state == "waits")
    query = sa.select(candidate).where(mine).order_by(candidate.c.document_kind, candidate.c.record_id)
    if limit is not None:
        first = sa.select(sa.func.min(candidate.c.document_kind)).where(mine).scalar_subquery()
        query = query.where(candidate.c.document_kind == first).limit(limit)
    return (await tx.execute(query.with_for_update())).all()


async def customers(tx: AsyncConnection, preview_id: UUID) -> Sequence[Any]:
    """All its records that tell of their customer."""
    mine = sa.and_(candidate.c.preview_id == preview_id, candidate.c.body.is_not(None))
    return (await tx.execute(sa.select(candidate).where(mine).order_by(candidate.c.record_id))).all()


async def forget_unplanned(tx: AsyncConnection, preview_id: UUID) -> None:
    """Of records without a plan nothing more is needed than what was found."""
    mine = sa.and_(candidate.c.preview_id == preview_id, candidate.c.state == "done")
    await tx.execute(sa.update(candidate).where(mine).values(body=None))


async def answer(tx: AsyncConnection, row: Any, found: DocumentProposal, contact_id: str | None) -> None:
    """What was found for one record; its body stays only as long as it may be adopted."""
    mine = sa.and_(*(candidate.c[name] == row._mapping[name] for name in ("preview_id", "record_kind", "record_id")))
    values = {"state": "done", "proposal": found.model_dump(mode="json"), "contact_id": contact_id}
    kept = {} if found.finding == "adopt" else {"body": None}
    await tx.execute(sa.update(candidate).where(mine).values(values | kept))


async def proposals(tx: AsyncConnection, preview_id: UUID) -> list[DocumentProposal]:
    """What was found for its records, in the order of their numbers."""
    mine = sa.and_(candidate.c.preview_id == preview_id, candidate.c.proposal.is_not(None))
    found = sa.select(candidate.c.proposal).where(mine).order_by(candidate.c.number, candidate.c.record_id)
    return [DocumentProposal.model_validate(each) for each in (await tx.execute(found)).scalars()]


async def over(tx: AsyncConnection, tenant_id: str, company_id: str, record: RecordRef) -> None:
    """The record is batched, gone or cancelled: nothing of it is looked up or kept any more."""
    mine = _of_record(tenant_id, company_id, record)
    left = sa.update(candidate).where(mine, candidate.c.state != "left")
    await tx.execute(left.values(state="left", body=None, proposal=None))


async def adoptable(tx: AsyncConnection, tenant_id: str, company_id: str, record: RecordRef) -> Any | None:
    """The newest proposal to adopt a document as the record's."""
    is_plan = sa.and_(candidate.c.body.is_not(None), candidate.c.contact_id.is_not(None))
    mine = sa.and_(_of_record(tenant_id, company_id, record), is_plan)
    of_comparison = candidate.join(comparison, comparison.c.preview_id == candidate.c.preview_id)
    found = sa.select(candidate).select_from(of_comparison).where(mine, candidate.c.state == "done")
    return (await tx.execute(found.order_by(comparison.c.asked_at.desc()).limit(1))).one_or_none()


def opened(sealer: Sealer, row: Any) -> RecordPreviewed:
    """The preview of a record whose body is here."""
    ref = RecordRef(kind=row.record_kind, record_id=row.record_id)
    plain = sealer.open(bytes(row.body), _context(row.tenant_id, row.preview_id, ref))
    return RecordPreviewed.model_validate_json(plain)


def document_of(previewed: RecordPreviewed) -> LedgerDocument:
    assert previewed.preview.posting is not None
    return previewed.preview.posting.document


def customer_of(previewed: RecordPreviewed) -> LedgerContact:
    contact = previewed.preview.bill_to
    return document_of(previewed).contact if contact is None else contact


async def sweep(tx: AsyncConnection) -> int:
    """Forget comparisons after their days; how many."""
    old = comparison.c.asked_at < NOW - timedelta(days=KEPT_DAYS)
    return int((await tx.execute(sa.delete(comparison).where(old))).rowcount)


def seal_contacts_context(tenant_id: str, preview_id: UUID) -> bytes:
    return row_context(tenant_id, "comparison", preview_id)


def numbers_of(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.number for row in rows))


def _of_record(tenant_id: str, company_id: str, record: RecordRef) -> sa.ColumnElement[bool]:
    return sa.and_(
        candidate.c.tenant_id == tenant_id,
        candidate.c.company_id == company_id,
        candidate.c.record_kind == record.kind,
        candidate.c.record_id == record.record_id,
    )


def _context(tenant_id: str, preview_id: UUID, ref: RecordRef) -> bytes:
    return row_context(tenant_id, "candidate", f"{preview_id}/{ref}")
