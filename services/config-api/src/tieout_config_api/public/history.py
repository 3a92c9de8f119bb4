"""The history of a company's settings: each snapshot, how two differ, what a change would do, and roll back."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from tieout_config_api.consents.joining import refuse_other_books
from tieout_config_api.previews.difference import settings_difference
from tieout_config_api.public.companies import (
    Company,
    newest,
    refuse_beyond_limits,
    refuse_other_ledger,
    save,
    shown,
    tell_change,
)
from tieout_config_api.public.door import InAudit, InRooms, not_found, refused, require_company
from tieout_config_api.public.editing import IfMatch, matched
from tieout_config_api.public.locations import refuse_shared_locations
from tieout_config_api.public.paging import Cursor, Limit, page_of, read_cursor
from tieout_config_api.public.previews import FieldChange
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import accounts
from tieout_contracts.settings import CompanySettings

router = APIRouter(tags=["settings"])
LARGEST_VERSION = 2**31 - 1
Version = Annotated[int, Field(ge=1, le=LARGEST_VERSION)]


class Saved(BaseModel):
    """One snapshot: who reads on finds its settings under its version."""

    version: int
    comment: str | None
    created_at: datetime


class Snapshot(Saved):
    company_id: str
    settings: CompanySettings


class Planned(BaseModel):
    """What saving would change; `version` is what it was compared with, and what If-Match must then name."""

    version: int
    changes: list[FieldChange]


class RollBack(Body):
    version: Version


@router.get("/tenants/{tenant_id}/companies/{company_id}/settings")
async def list_snapshots(
    tenant_id: str,
    company_id: str,
    rooms: InRooms,
    request: Request,
    response: Response,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_VERSION)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> list[Saved]:
    """The snapshots, newest first; `before` goes on below a version, and `Link` tells of the next page."""
    (below,) = read_cursor(cursor, int) or (before,)
    if below is not None and not 1 <= below <= LARGEST_VERSION:
        raise refused(422, "api.bad_cursor")
    async with rooms.database.transaction() as tx:
        await require_company(tx, tenant_id, company_id)
        found = await accounts.history(tx, company_id, before=below, limit=limit + 1)
    shown_now = page_of(found, limit, request, response, lambda row: (row["version"],))
    return [Saved.model_validate(dict(row)) for row in shown_now]


@router.get("/tenants/{tenant_id}/companies/{company_id}/settings/{version}")
async def read_snapshot(tenant_id: str, company_id: str, version: Version, rooms: InRooms) -> Snapshot:
    """The settings as they were: each posting records the version that planned it."""
    async with rooms.database.transaction() as tx:
        await require_company(tx, tenant_id, company_id)
        row = await accounts.snapshot(tx, company_id, version)
    if row is None:
        raise not_found("version of the settings")
    return Snapshot.model_validate(dict(row))


@router.get("/tenants/{tenant_id}/companies/{company_id}/settings/{version}/difference")
async def read_difference(
    tenant_id: str, company_id: str, version: Version, since: Annotated[Version, Query()], rooms: InRooms
) -> list[FieldChange]:
    """What changed from the snapshot `since` to this one; either may be the older."""
    before = await read_snapshot(tenant_id, company_id, since, rooms)
    after = await read_snapshot(tenant_id, company_id, version, rooms)
    return changes(before.settings, after.settings)


@router.post("/tenants/{tenant_id}/companies/{company_id}/settings/plan")
async def plan_settings(tenant_id: str, company_id: str, body: CompanySettings, rooms: InRooms) -> Planned:
    """What saving these settings would change, and nothing is saved; refused where saving would be."""
    async with rooms.database.transaction() as tx:
        now = await newest(tx, tenant_id, company_id)
        settings = body.model_copy(update={"arming": now.settings.arming})
        refuse_other_ledger(now, settings)
        await refuse_shared_locations(tx, tenant_id, company_id, settings)
        await refuse_other_books(tx, tenant_id, settings)
    return Planned(version=now.version, changes=changes(now.settings, settings))


@router.post("/tenants/{tenant_id}/companies/{company_id}/settings/roll-back")
async def roll_back(
    tenant_id: str,
    company_id: str,
    body: RollBack,
    rooms: InRooms,
    audit: InAudit,
    response: Response,
    if_match: IfMatch = None,
) -> Company:
    """A new snapshot with the settings of an older one. Arming stays as it is now."""
    async with rooms.database.transaction() as tx:
        now = await newest(tx, tenant_id, company_id)
        row = await accounts.snapshot(tx, company_id, body.version)
        if row is None:
            raise not_found("version of the settings")
        older = CompanySettings.model_validate(row["settings"])
        settings = older.model_copy(update={"arming": now.settings.arming})
        refuse_other_ledger(now, settings)
        await refuse_shared_locations(tx, tenant_id, company_id, settings)
        await refuse_other_books(tx, tenant_id, settings)
        await refuse_beyond_limits(tx, tenant_id, settings, now.settings)
        comment = f"rolled back to version {body.version}"
        snapshot = await save(tx, rooms, tenant_id, company_id, settings, matched(if_match, now.version), comment)
        await tell_change(tx, audit, "settings.rolled_back", now, snapshot)
    return shown(snapshot, response)


def changes(before: CompanySettings, after: CompanySettings) -> list[FieldChange]:
    found = settings_difference(before, after)
    return [FieldChange(field=each.field, before=each.before, after=each.after) for each in found]
