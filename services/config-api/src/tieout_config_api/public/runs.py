"""Sync runs: ask for one, watch it, see what came of it."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StrictBool, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_config_api.account.limits import hold_of
from tieout_config_api.auditing import Audit
from tieout_config_api.public.door import (
    InAudit,
    InRooms,
    NamedRecord,
    Rooms,
    UtcMoment,
    named,
    not_found,
    refused_for,
    require_seen_company,
    require_tenant,
)
from tieout_config_api.public.paging import Cursor, Limit, moment_place, newest_first, page_of
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import accounts, runs
from tieout_contracts.events import RunRequested
from tieout_contracts.families import POSTED, Family, not_posted

router = APIRouter(tags=["runs"])
MAX_RECORDS = 1_000


class NewRun(Body):
    company_id: str | None = None
    """None: the tenant's first company, as companies are listed (F112)."""
    family: Family = "invoices"
    """What to look for; the other families are left alone (F124). One that this release does not post is refused."""
    preview: StrictBool = False
    """Look and plan only: nothing that this run finds is posted or batched by it, even where the company is armed."""
    records: Annotated[tuple[NamedRecord, ...], Field(max_length=MAX_RECORDS)] = ()
    """With `preview`: plan these, too, where they are only listed because of the go-live date."""

    @model_validator(mode="after")
    def _only_to_look(self) -> Self:
        if self.records and not self.preview:
            raise ValueError("records can be named in a preview only; approve what it shows, or retry the record")
        return self


class Run(BaseModel):
    run_id: UUID
    company_id: str
    family: Family = "invoices"
    preview: bool = False
    requested_at: datetime
    listed_at: datetime | None = None
    unposted: int | None = None
    captured: int | None = None
    listed: int | None = None
    unrouted: int | None = None
    refused: int | None = None
    problems: list[dict[str, Any]] = []


class RunProgress(Run):
    by_status: dict[str, int]
    others_moving: int
    finished: bool


@router.post("/tenants/{tenant_id}/runs", status_code=202)
async def request_run(tenant_id: str, body: NewRun, rooms: InRooms, audit: InAudit) -> Run:
    """Look at the unposted list now. A second request joins the run of its kind that has not been listed yet (F134)."""
    if body.family not in POSTED:
        raise refused_for(422, not_posted(body.family))
    async with rooms.database.transaction() as tx:
        company_id = await company_to_run(tx, rooms, tenant_id, body.company_id)
        if not body.preview and (held := await hold_of(tx, tenant_id, rooms.clock.now())):
            raise refused_for(409, held)
        run_id = await begun(tx, rooms, audit, tenant_id, company_id, body)
        found = await runs.one(tx, tenant_id, run_id)
    return Run.model_validate(found)


async def company_to_run(tx: AsyncConnection, rooms: Rooms, tenant_id: str, asked: str | None) -> str:
    """The company that was asked for, else the first (F112); 404 where the caller does not see it."""
    company_id = asked or await _first_company(tx, rooms, tenant_id)
    await require_seen_company(tx, rooms, tenant_id, company_id)
    return company_id


async def begun(
    tx: AsyncConnection, rooms: Rooms, audit: Audit, tenant_id: str, company_id: str, asked: NewRun
) -> UUID:
    """The run that answers: the one of its kind that has not been listed yet, else a new one."""
    if not asked.records:
        joined = await runs.open_run(tx, tenant_id, company_id, asked.family, preview=asked.preview)
        if joined is not None:
            return joined
    event = RunRequested(
        tenant_id=tenant_id,
        company_id=company_id,
        run_id=uuid4(),
        requested_at=rooms.clock.now(),
        preview=asked.preview,
        record_refs=asked.records,
        family=asked.family,
    )
    await runs.request(tx, event)
    await publish(tx, event)
    told = {"run_id": event.run_id, "family": asked.family, "preview": asked.preview, "records": named(asked.records)}
    await audit.write(tx, tenant_id, "run.requested", "company", company_id, after=told)
    return event.run_id


@router.get("/tenants/{tenant_id}/runs")
async def list_runs(
    tenant_id: str,
    rooms: InRooms,
    request: Request,
    response: Response,
    company_id: str | None = None,
    before: UtcMoment | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[Run]:
    """The newest first; `Link` tells of the next page."""
    after = newest_first(cursor)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        seen = rooms.caller.companies(tenant_id)
        found = await runs.page(tx, tenant_id, company_id, seen=seen, before=before, after=after, limit=limit + 1)
    shown = page_of(found, limit, request, response, lambda row: moment_place(row["requested_at"], row["run_id"]))
    return [Run.model_validate(dict(row)) for row in shown]


@router.get("/tenants/{tenant_id}/runs/{run_id}")
async def read_run(tenant_id: str, run_id: UUID, rooms: InRooms) -> RunProgress:
    async with rooms.database.transaction() as tx:
        found = await runs.progress(tx, tenant_id, run_id)
    if found is None or not rooms.caller.sees(tenant_id, found["company_id"]):
        raise not_found("run")
    return RunProgress.model_validate(found)


async def _first_company(tx: AsyncConnection, rooms: Rooms, tenant_id: str) -> str:
    await require_tenant(tx, tenant_id)
    companies = [one.company_id for one in await accounts.snapshots(tx, tenant_id)]
    seen = [company_id for company_id in companies if rooms.caller.sees(tenant_id, company_id)]
    if not seen:
        raise not_found("company yet")
    return seen[0]
