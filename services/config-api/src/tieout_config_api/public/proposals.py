"""Proposals: what is in a company's ledger already, beside its unposted records, before anything is posted (K24)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_chassis.sealing import Sealer
from tieout_config_api.previews.proposing import opened
from tieout_config_api.projection import Status
from tieout_config_api.public import paging
from tieout_config_api.public.door import InAudit, InRooms, Rooms, refused, require_seen_company
from tieout_config_api.public.previews import amount, require_preview
from tieout_config_api.public.records import read_cursor, write_cursor
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, previews, proposals
from tieout_contracts.events import PreviewRequested
from tieout_contracts.proposals import ContactCandidate, ContactFinding, DocumentFinding
from tieout_contracts.records import RecordKind

router = APIRouter(tags=["proposals"])


class NewProposals(Body):
    company_id: str


class Proposals(BaseModel):
    """How many customers and how many records have which finding. They are kept as long as a preview."""

    proposals_id: UUID
    company_id: str
    requested_at: datetime
    expires_at: datetime
    finished: bool
    contacts: dict[ContactFinding, int]
    documents: dict[DocumentFinding, int]


class ProposedContact(BaseModel):
    """A bill-to company of unposted records. `decision`: what a person said here, of the contact `ledger_id`."""

    contact_number: str
    name: str
    account_number: str | None
    records: int
    finding: ContactFinding
    candidates: list[ContactCandidate]
    decision: str | None
    ledger_id: str | None


class ProposedContacts(BaseModel):
    contacts: list[ProposedContact]
    next_cursor: str | None = None


class ProposedDocument(BaseModel):
    """An unposted record, and the ledger's document of its number. `status`: where the record stands now."""

    kind: RecordKind
    record_id: int
    number: str
    document_date: date | None
    total: str | None
    currency: str | None
    finding: DocumentFinding
    document: dict[str, Any] | None
    problems: list[dict[str, Any]]
    approved: bool
    status: Status | None


class ProposedDocuments(BaseModel):
    documents: list[ProposedDocument]
    next_cursor: str | None = None


@router.post("/tenants/{tenant_id}/proposals", status_code=202)
async def request_proposals(tenant_id: str, body: NewProposals, rooms: InRooms, audit: InAudit) -> Proposals:
    """Compare the company's known, unposted records with what its ledger holds; nothing is written to either.

    To include what ConnectWise lists as unposted this moment, ask for a run with `preview` first; with `records` it
    captures those, too, that are older than the go-live date.
    """
    at = rooms.clock.now()
    event = PreviewRequested(
        tenant_id=tenant_id, company_id=body.company_id, preview_id=uuid4(), requested_at=at, compare=True
    )
    async with rooms.database.transaction() as tx:
        await require_seen_company(tx, rooms, tenant_id, body.company_id)
        await previews.request(tx, event, at + timedelta(hours=rooms.preview_hours))
        await publish(tx, event)
        told = await _head(tx, await require_compared(tx, rooms, tenant_id, event.preview_id))
        asked = {"proposals_id": event.preview_id}
        await audit.write(tx, tenant_id, "proposals.requested", "company", body.company_id, after=asked)
    return told


@router.get("/tenants/{tenant_id}/proposals/{proposals_id}")
async def read_proposals(tenant_id: str, proposals_id: UUID, rooms: InRooms) -> Proposals:
    """`finished` once the ledger's writer has told everything."""
    async with rooms.database.transaction() as tx:
        return await _head(tx, await require_compared(tx, rooms, tenant_id, proposals_id))


@router.get("/tenants/{tenant_id}/proposals/{proposals_id}/contacts")
async def list_contacts(
    tenant_id: str,
    proposals_id: UUID,
    rooms: InRooms,
    finding: ContactFinding | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ProposedContacts:
    after = read_number(cursor)
    async with rooms.database.transaction() as tx:
        await require_compared(tx, rooms, tenant_id, proposals_id)
        found = await proposals.contacts(tx, proposals_id, finding=finding, after=after, limit=limit + 1)
    last = found[limit - 1]["contact_number"] if len(found) > limit else None
    shown = [contact_view(rooms.sealer, row) for row in found[:limit]]
    return ProposedContacts(contacts=shown, next_cursor=write_number(last) if last is not None else None)


@router.get("/tenants/{tenant_id}/proposals/{proposals_id}/documents")
async def list_documents(
    tenant_id: str,
    proposals_id: UUID,
    rooms: InRooms,
    finding: DocumentFinding | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> ProposedDocuments:
    place = read_cursor(cursor)
    after = (place[0], place[2], place[3]) if place else None
    async with rooms.database.transaction() as tx:
        await require_compared(tx, rooms, tenant_id, proposals_id)
        found = await proposals.documents(tx, proposals_id, finding=finding, after=after, limit=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    following = write_cursor((last["number"], last["company_id"], last["kind"], last["record_id"])) if last else None
    return ProposedDocuments(documents=[document_view(row) for row in found[:limit]], next_cursor=following)


async def require_compared(tx: AsyncConnection, rooms: Rooms, tenant_id: str, proposals_id: UUID) -> Row:
    """The preview that is compared; 409 where it is one that is not."""
    row = await require_preview(tx, rooms, tenant_id, proposals_id)
    if not row["compare"]:
        raise refused(409, "cutover.not_compared", preview=proposals_id)
    return row


def contact_view(sealer: Sealer, row: Row) -> ProposedContact:
    told = opened(sealer, row).model_dump()
    return ProposedContact(**told, decision=row["decision"], ledger_id=row["ledger_id"])


def document_view(row: Row) -> ProposedDocument:
    known = {name: value for name, value in row.items() if name in ProposedDocument.model_fields}
    return ProposedDocument(**{**known, "total": amount(row["total"])})


async def _head(tx: AsyncConnection, row: Row) -> Proposals:
    contacts, documents = await proposals.findings(tx, row["preview_id"])
    told = sum(contacts.values()) + sum(documents.values())
    return Proposals(
        proposals_id=row["preview_id"],
        **{name: row[name] for name in ("company_id", "requested_at", "expires_at")},
        finished=row["proposals"] is not None and told >= row["proposals"],
        contacts=contacts,
        documents=documents,
    )


def write_number(contact_number: str) -> str:
    return paging.write_cursor(contact_number)


def read_number(cursor: str | None) -> str | None:
    place = paging.read_cursor(cursor, str)
    return None if place is None else str(place[0])
