"""Companies: settings snapshots, arming with a go-live date, the ledger's reference data."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_config_api.account import limits
from tieout_config_api.auditing import Audit
from tieout_config_api.consents.joining import refuse_other_books
from tieout_config_api.previews.difference import settings_difference
from tieout_config_api.public.door import (
    InAudit,
    InRooms,
    Rooms,
    not_found,
    refused,
    refused_for,
    require_company,
    require_tenant,
)
from tieout_config_api.public.editing import IfMatch, matched, tag
from tieout_config_api.public.locations import refuse_shared_locations
from tieout_config_api.public.paging import MOST, Cursor, Limit, page_of, read_cursor
from tieout_config_api.public.tenants import Body
from tieout_config_api.setup.ledger_steps import PROVIDERS
from tieout_config_api.store import accounts
from tieout_contracts.events import SettingsChanged
from tieout_contracts.settings import Arming, CompanySettings, Identifier, KindsArmed, OlderRecords, SettingsSnapshot

router = APIRouter(tags=["companies"])


class NewCompany(Body):
    company_id: Identifier
    settings: CompanySettings


class Company(BaseModel):
    company_id: str
    version: int
    settings: CompanySettings


class Arm(Body):
    """`older_records`: what becomes of unposted records from before `go_live`; `kinds`: what goes live otherwise."""

    go_live: date
    older_records: OlderRecords = "list"
    kinds: KindsArmed = ()


@router.post("/tenants/{tenant_id}/companies", status_code=201)
async def create_company(
    tenant_id: str, body: NewCompany, rooms: InRooms, audit: InAudit, response: Response
) -> Company:
    """A company begins unarmed: it captures and previews, and posts nothing."""
    settings = body.settings.model_copy(update={"arming": Arming()})
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        await refuse_shared_locations(tx, tenant_id, body.company_id, settings)
        await refuse_other_books(tx, tenant_id, settings)
        await refuse_beyond_limits(tx, tenant_id, settings)
        if not await accounts.create_company(tx, tenant_id, body.company_id, rooms.clock.now()):
            raise refused(409, "api.exists", what="company", id=body.company_id)
        snapshot = await save(tx, rooms, tenant_id, body.company_id, settings, 0, "created")
        await audit.write(tx, tenant_id, "company.created", "company", body.company_id, after=settings)
    return shown(snapshot, response)


@router.get("/tenants/{tenant_id}/companies")
async def list_companies(
    tenant_id: str, rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[Company]:
    """Those that the caller sees, in the order of their ids; `Link` tells of the next page."""
    (after,) = read_cursor(cursor, str) or (None,)
    seen = rooms.caller.companies(tenant_id)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await accounts.snapshots(tx, tenant_id, seen=seen, after=after, limit=limit + 1)
    shown = page_of(found, limit, request, response, lambda one: (one.company_id,))
    return [Company(company_id=one.company_id, version=one.version, settings=one.settings) for one in shown]


@router.get("/tenants/{tenant_id}/companies/{company_id}")
async def read_company(tenant_id: str, company_id: str, rooms: InRooms, response: Response) -> Company:
    async with rooms.database.transaction() as tx:
        return shown(await newest(tx, tenant_id, company_id), response)


@router.put("/tenants/{tenant_id}/companies/{company_id}/settings")
async def put_settings(
    tenant_id: str,
    company_id: str,
    body: CompanySettings,
    rooms: InRooms,
    audit: InAudit,
    response: Response,
    if_match: IfMatch = None,
    comment: Annotated[str | None, Query(max_length=500)] = None,
) -> Company:
    """A new snapshot. Arming is kept as it was: it is changed by its own call only."""
    async with rooms.database.transaction() as tx:
        before = await newest(tx, tenant_id, company_id)
        settings = body.model_copy(update={"arming": before.settings.arming})
        refuse_other_ledger(before, settings)
        await refuse_shared_locations(tx, tenant_id, company_id, settings)
        await refuse_other_books(tx, tenant_id, settings)
        await refuse_beyond_limits(tx, tenant_id, settings, before.settings)
        snapshot = await save(tx, rooms, tenant_id, company_id, settings, matched(if_match, before.version), comment)
        await tell_change(tx, audit, "settings.saved", before, snapshot)
    return shown(snapshot, response)


@router.post("/tenants/{tenant_id}/companies/{company_id}/arm")
async def arm(
    tenant_id: str, company_id: str, body: Arm, rooms: InRooms, audit: InAudit, response: Response
) -> Company:
    """From here on records dated on or after `go_live` are posted."""
    arming = Arming(armed=True, go_live=body.go_live, older_records=body.older_records, kinds=body.kinds)
    return await change_arming(tenant_id, company_id, arming, f"armed from {body.go_live}", rooms, audit, response)


@router.post("/tenants/{tenant_id}/companies/{company_id}/disarm")
async def disarm(tenant_id: str, company_id: str, rooms: InRooms, audit: InAudit, response: Response) -> Company:
    """Nothing new is posted; what was sent already is finished."""
    return await change_arming(tenant_id, company_id, Arming(), "disarmed", rooms, audit, response)


@router.get("/tenants/{tenant_id}/companies/{company_id}/reference")
async def read_reference(tenant_id: str, company_id: str, rooms: InRooms) -> dict[str, Any]:
    """The ledger's accounts, tax rates, tracking, items and lock dates as the writer last read them."""
    async with rooms.database.transaction() as tx:
        await require_company(tx, tenant_id, company_id)
        content = await accounts.reference_of(tx, company_id)
    if content is None:
        raise not_found("reference data yet")
    return dict(content)


async def change_arming(
    tenant_id: str, company_id: str, arming: Arming, comment: str, rooms: Rooms, audit: Audit, response: Response
) -> Company:
    async with rooms.database.transaction() as tx:
        before = await newest(tx, tenant_id, company_id)
        settings = before.settings.model_copy(update={"arming": arming})
        snapshot = await save(tx, rooms, tenant_id, company_id, settings, before.version, comment)
        action = "company.armed" if arming.armed else "company.disarmed"
        await tell_change(tx, audit, action, before, snapshot)
    return shown(snapshot, response)


async def refuse_beyond_limits(
    tx: AsyncConnection, tenant_id: str, settings: CompanySettings, before: CompanySettings | None = None
) -> None:
    """Raise for a company, or settings of one, that the operator's limits do not allow (F242, F243)."""
    beyond = await limits.beyond_companies(tx, tenant_id) if before is None else None
    if told := beyond or await limits.switched_off(tx, tenant_id, settings, before):
        raise refused_for(409, told)


def refuse_other_ledger(before: SettingsSnapshot, settings: CompanySettings) -> None:
    """409: a company is one kind of ledger for life, as its locale, which comes with the ledger (K5)."""
    ours = before.settings.ledger
    if settings.ledger != ours:
        raise refused(409, "account.ledger_fixed", company=before.company_id, ledger=PROVIDERS[ours])


async def tell_change(
    tx: AsyncConnection, audit: Audit, action: str, before: SettingsSnapshot, after: SettingsSnapshot
) -> None:
    """The audit of a new snapshot: both versions, and each setting that differs."""
    changes = settings_difference(before.settings, after.settings)
    await audit.write(
        tx,
        after.tenant_id,
        action,
        "company",
        after.company_id,
        before={"version": before.version, "settings": {each.field: each.before for each in changes}},
        after={"version": after.version, "settings": {each.field: each.after for each in changes}},
    )


async def newest(tx: AsyncConnection, tenant_id: str, company_id: str) -> SettingsSnapshot:
    await require_company(tx, tenant_id, company_id)
    found = [one for one in await accounts.snapshots(tx, tenant_id) if one.company_id == company_id]
    if not found:
        raise not_found("company")
    return found[0]


async def save(
    tx: AsyncConnection,
    rooms: Rooms,
    tenant_id: str,
    company_id: str,
    settings: CompanySettings,
    expected_version: int,
    comment: str | None,
) -> SettingsSnapshot:
    try:
        snapshot = await accounts.save_settings(
            tx,
            tenant_id,
            company_id,
            settings,
            expected_version=expected_version,
            comment=comment,
            at=rooms.clock.now(),
        )
    except accounts.VersionConflict as conflict:
        raise refused(412, "api.version_conflict", version=conflict) from None
    await publish(tx, SettingsChanged(tenant_id=tenant_id, company_id=company_id, version=snapshot.version))
    return snapshot


def shown(snapshot: SettingsSnapshot, response: Response) -> Company:
    tag(response, snapshot.version)
    return Company(company_id=snapshot.company_id, version=snapshot.version, settings=snapshot.settings)
