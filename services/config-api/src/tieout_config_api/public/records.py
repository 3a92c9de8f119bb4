"""Records: what happened to each, and what a person decides about one."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tieout_chassis.outbox import publish
from tieout_config_api.account.limits import hold_of
from tieout_config_api.projection import NEEDS_A_PERSON, Status
from tieout_config_api.public import paging
from tieout_config_api.public.door import (
    LARGEST_ID,
    Decider,
    InAudit,
    InRooms,
    RecordId,
    not_found,
    refused,
    refused_for,
    require_tenant,
    said_by,
)
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, commands, records
from tieout_contracts.events import RecordAction, RecordCommanded
from tieout_contracts.money import plain
from tieout_contracts.records import RecordKind, RecordRef

router = APIRouter(tags=["records"])


class Moment(BaseModel):
    """One step of a record's journey."""

    stage: str
    at: datetime
    facts: dict[str, Any] = {}


class Record(BaseModel):
    company_id: str
    kind: RecordKind
    record_id: int
    number: str
    document_date: date | None
    total: str | None
    tax: str | None
    currency: str | None
    status: Status
    needs_a_person: bool
    warnings: list[dict[str, Any]]
    problems: list[dict[str, Any]]
    document: dict[str, Any] | None
    batch_identifier: str | None
    run_id: UUID | None
    trace_id: str | None


class RecordPage(BaseModel):
    records: list[Record]
    next_cursor: str | None = None


class Journey(Record):
    journey: list[Moment]


class NewCommand(Body):
    """What is approved is approved where it is seen: in a preview."""

    action: Literal["retry", "cancel", "adopt", "skip", "batch_again"]
    person: Decider = None


class Command(BaseModel):
    command_id: UUID
    action: RecordAction
    commanded_at: datetime


@router.get("/tenants/{tenant_id}/records")
async def list_records(
    tenant_id: str,
    rooms: InRooms,
    company_id: str | None = None,
    status: Status | None = None,
    number: str | None = None,
    run_id: UUID | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> RecordPage:
    filters = {"company_id": company_id, "status": status, "number": number, "run_id": run_id}
    given = {name: value for name, value in filters.items() if value is not None}
    after = read_cursor(cursor)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        seen = rooms.caller.companies(tenant_id)
        found = await records.page(tx, tenant_id, given, seen=seen, after=after, limit=limit + 1)
    more = len(found) > limit
    shown = [Record(**view(row)) for row in found[:limit]]
    last = shown[-1] if more else None
    following = write_cursor((last.number, last.company_id, last.kind, last.record_id)) if last else None
    return RecordPage(records=shown, next_cursor=following)


@router.get("/tenants/{tenant_id}/companies/{company_id}/records/{kind}/{record_id}")
async def read_record(
    tenant_id: str, company_id: str, kind: RecordKind, record_id: RecordId, rooms: InRooms
) -> Journey:
    """The record with its journey from ConnectWise's closing to its batch."""
    async with rooms.database.transaction() as tx:
        row = await records.one(tx, tenant_id, company_id, kind, record_id)
        if row is None:
            raise not_found("record")
        said = await commands.of_record(tx, company_id, kind, record_id)
    return Journey(**view(row), journey=journey_of(row, said))


@router.post("/tenants/{tenant_id}/companies/{company_id}/records/{kind}/{record_id}/commands", status_code=202)
async def command_record(
    tenant_id: str,
    company_id: str,
    kind: RecordKind,
    record_id: RecordId,
    body: NewCommand,
    rooms: InRooms,
    audit: InAudit,
) -> Command:
    """retry: capture and plan anew. adopt: link the ledger's own document. cancel, skip: leave it. batch_again."""
    event = RecordCommanded(
        tenant_id=tenant_id,
        company_id=company_id,
        command_id=uuid4(),
        record_ref=RecordRef(kind=kind, record_id=record_id),
        action=body.action,
        person=said_by(rooms, body.person),
        commanded_at=rooms.clock.now(),
    )
    async with rooms.database.transaction() as tx:
        row = await records.one(tx, tenant_id, company_id, kind, record_id)
        if row is None:
            raise not_found("record")
        if body.action == "retry" and (held := await hold_of(tx, tenant_id, event.commanded_at)):
            raise refused_for(409, held)
        if body.action == "adopt" and row["status"] != "adopt_proposed":
            raise refused(409, "api.nothing_to_adopt", number=row["number"], status=row["status"])
        await commands.keep(tx, event)
        await publish(tx, event)
        place, was = f"{company_id}/{kind}/{record_id}", {"number": row["number"], "status": row["status"]}
        await audit.write(tx, tenant_id, "record.commanded", "record", place, before=was, after=body)
    return Command(command_id=event.command_id, action=event.action, commanded_at=event.commanded_at)


_DONE = frozenset({"batched", "batched_without_posting", "posted", "planned", "captured"})
"""Statuses in which what the rules and the ledger said before is no problem any more."""


def view(row: Row) -> dict[str, Any]:
    problems = [*row["plan_problems"], *row["settle_problems"], *row["stage_problems"]]
    current = problems if row["status"] not in _DONE else row["stage_problems"]
    return {
        **{name: row[name] for name in ("company_id", "kind", "record_id", "number", "document_date", "currency")},
        **{name: row[name] for name in ("status", "document", "batch_identifier", "run_id", "trace_id", "warnings")},
        "total": plain(row["total"]) if row["total"] is not None else None,
        "tax": plain(row["tax"]) if row["tax"] is not None else None,
        "needs_a_person": row["status"] in NEEDS_A_PERSON,
        "problems": current,
    }


def journey_of(row: Row, said: list[Row]) -> list[Moment]:
    """Every known moment of the record, oldest first."""
    without = row["status"] == "batched_without_posting"
    stage = "batched without posting" if without else str(row["stage"])
    moments = [
        ("closed in ConnectWise", row["closed_at"], {}),
        ("captured", row["captured_at"], {"revision": row["captured_revision"]}),
        ("planned", row["planned_at"], {"settings_version": row["settings_version"], "warnings": len(row["warnings"])}),
        ("refused by the rules", row["plan_refused_at"], {"problems": len(row["plan_problems"])}),
        (f"settled: {row['outcome']}", row["settled_at"], {"ledger_calls": row["ledger_calls"]}),
        (stage, row["staged_at"], {"batch_identifier": row["batch_identifier"]}),
        *((f"command: {one['action']}", one["commanded_at"], {"person": one["person"]}) for one in said),
    ]
    known = [Moment(stage=stage, at=at, facts=facts) for stage, at, facts in moments if at is not None]
    return sorted(known, key=lambda moment: moment.at)


def write_cursor(place: records.Place) -> str:
    return paging.write_cursor(*place)


def read_cursor(cursor: str | None) -> records.Place | None:
    place: records.Place | None = paging.read_cursor(cursor, str, str, str, int)
    if place is not None and not 0 <= place[3] <= LARGEST_ID:
        raise refused(422, "api.bad_cursor")
    return place
