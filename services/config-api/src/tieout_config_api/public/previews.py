"""Previews: what would become of a company's records, with nothing written to ConnectWise or the ledger."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_chassis.sealing import Sealer
from tieout_config_api.previews.difference import difference
from tieout_config_api.previews.previewing import opened
from tieout_config_api.projection import Status
from tieout_config_api.public.admission import require_permission
from tieout_config_api.public.door import (
    InAudit,
    InRooms,
    NamedRecord,
    Rooms,
    not_found,
    refused,
    require_seen_company,
)
from tieout_config_api.public.locations import refuse_shared_locations
from tieout_config_api.public.records import read_cursor, write_cursor
from tieout_config_api.public.runs import MAX_RECORDS
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, previews
from tieout_contracts.events import PreviewRequested
from tieout_contracts.money import plain
from tieout_contracts.previews import PreviewOutcome, RecordPreview
from tieout_contracts.records import RecordKind
from tieout_contracts.settings import CompanySettings

router = APIRouter(tags=["previews"])


class NewPreview(Body):
    """`records`: none means every one that is known and not closed. `settings`: a whole document that is not saved."""

    company_id: str
    records: Annotated[tuple[NamedRecord, ...], Field(max_length=MAX_RECORDS)] = ()
    settings: CompanySettings | None = None


class Sum(BaseModel):
    """What the records of one outcome come to in one currency; credits are taken off."""

    outcome: PreviewOutcome
    currency: str | None
    records: int
    total: str | None


class Preview(BaseModel):
    preview_id: UUID
    company_id: str
    changed_settings: bool
    requested_at: datetime
    expires_at: datetime
    finished: bool
    outcomes: list[Sum]


class FieldChange(BaseModel):
    field: str
    before: str | None
    after: str | None


class Previewed(BaseModel):
    """What would become of one record. `plan_hash` is what an approval names."""

    kind: RecordKind
    record_id: int
    number: str
    outcome: PreviewOutcome
    total: str | None
    currency: str | None
    document_date: date | None = None
    plan_hash: str | None
    approval: str | None
    status: Status | None
    """Where the record itself stands now."""
    by_itself: bool = False
    """Whether it posts without being approved: its company is armed, and it is not older than the go-live date."""
    document: dict[str, Any] | None = None
    difference: list[FieldChange] = []
    contact: dict[str, str] | None = None
    """Used where the ledger has it, else made: the ledger's contacts are looked up when it is posted."""
    new_items: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    explanation: list[str] = []
    problems: list[dict[str, Any]] = []
    current_problems: list[dict[str, Any]] = []
    """Why it is refused with the settings that are saved."""
    waits_for: str | None = None


class PreviewPage(Preview):
    records: list[Previewed]
    next_cursor: str | None = None


@router.post("/tenants/{tenant_id}/previews", status_code=202)
async def request_preview(tenant_id: str, body: NewPreview, rooms: InRooms, audit: InAudit) -> Preview:
    """Plan what is known of the company's records, with its settings or with others, and write nothing.

    To see what ConnectWise lists as unposted this moment, ask for a run with `preview` first; with `records` it
    captures those, too, that are older than the go-live date.
    """
    at = rooms.clock.now()
    event = PreviewRequested(
        tenant_id=tenant_id,
        company_id=body.company_id,
        preview_id=uuid4(),
        record_refs=body.records,
        settings=body.settings.model_dump(mode="json") if body.settings else None,
        requested_at=at,
    )
    async with rooms.database.transaction() as tx:
        await require_seen_company(tx, rooms, tenant_id, body.company_id)
        if body.settings is not None:
            require_permission(rooms.caller, "plan_settings", tenant_id, body.company_id)
            await refuse_shared_locations(tx, tenant_id, body.company_id, body.settings)
        await previews.request(tx, event, at + timedelta(hours=rooms.preview_hours))
        await publish(tx, event)
        row = await require_preview(tx, rooms, tenant_id, event.preview_id)
        asked = {"preview_id": event.preview_id, "other_settings": body.settings is not None}
        await audit.write(tx, tenant_id, "preview.requested", "company", body.company_id, after=asked)
    return Preview(**head(row, []))


@router.get("/tenants/{tenant_id}/previews/{preview_id}")
async def read_preview(
    tenant_id: str,
    preview_id: UUID,
    rooms: InRooms,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PreviewPage:
    """Its records, as far as they are told; all of them once it is `finished`."""
    place = read_cursor(cursor)
    after = (place[0], place[2], place[3]) if place else None
    async with rooms.database.transaction() as tx:
        row = await require_preview(tx, rooms, tenant_id, preview_id)
        sums = await previews.sums(tx, preview_id)
        found = await previews.page(tx, preview_id, after=after, limit=limit + 1)
    shown = [view(rooms.sealer, one) for one in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    following = write_cursor((last["number"], last["company_id"], last["kind"], last["record_id"])) if last else None
    return PreviewPage(**head(row, sums), records=shown, next_cursor=following)


async def require_preview(tx: AsyncConnection, rooms: Rooms, tenant_id: str, preview_id: UUID) -> Row:
    """The preview; 404 where there is none, 410 where it has expired."""
    row = await previews.one(tx, tenant_id, preview_id)
    if row is None or not rooms.caller.sees(tenant_id, row["company_id"]):
        raise not_found("preview, or it has expired")
    if row["expires_at"] <= rooms.clock.now():
        raise refused(410, "preview.expired", preview=preview_id, hours=rooms.preview_hours)
    return row


def head(row: Row, sums: list[Row]) -> dict[str, Any]:
    told = sum(one["records"] for one in sums)
    return {
        **{name: row[name] for name in ("preview_id", "company_id", "changed_settings", "requested_at", "expires_at")},
        "finished": row["records"] is not None and told >= row["records"],
        "outcomes": [Sum(**{**one, "total": amount(one["total"])}) for one in sums],
    }


def view(sealer: Sealer, row: Row) -> Previewed:
    known = {name: row[name] for name in ("kind", "record_id", "number", "outcome", "currency", "plan_hash")}
    now = {"approval": row["approval"], "status": row["status"], "total": amount(row["total"])}
    body = content(opened(sealer, row)) if row["body"] is not None else {}
    return Previewed(**known, **now, **body)


def content(told: RecordPreview) -> dict[str, Any]:
    """What was told of a record, in the words of the API."""
    found: dict[str, Any] = {
        "document_date": told.document_date,
        "by_itself": told.by_itself,
        "problems": [each.model_dump(mode="json") for each in told.problems],
        "current_problems": [each.model_dump(mode="json") for each in told.current_problems],
        "waits_for": told.waits_for,
        "new_items": [each.model_dump(mode="json") for each in told.new_items],
    }
    if told.posting is None:
        return found
    document = told.posting.document
    changes = difference(told.current.document, document) if told.current else []
    return {
        **found,
        "document": document.model_dump(mode="json"),
        "difference": [FieldChange(field=each.field, before=each.before, after=each.after) for each in changes],
        "contact": {"number": document.contact.contact_number, "name": document.contact.name},
        "warnings": [each.model_dump(mode="json") for each in told.posting.warnings],
        "explanation": [each.text for each in told.posting.explanation],
    }


def amount(value: Any) -> str | None:
    return None if value is None else plain(value)
