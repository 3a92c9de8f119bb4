"""A tenant's profile, and what the operator allows it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account.limits import DEFAULT_ZONE, Feature
from tieout_config_api.account.months import ZoneName
from tieout_config_api.auditing import Audit
from tieout_config_api.public.door import InAudit, InRooms, Rooms, not_found, refused
from tieout_config_api.public.editing import ANYTHING, IfMatch, matched, tag
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, account, accounts

router = APIRouter(tags=["account"])
Line = Annotated[str, StringConstraints(max_length=200)]
Email = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Limit = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Profile(Body):
    """Who the tenant is, as its reports say it (F234-F238). All of it may be left empty."""

    contact_name: Line | None = None
    """The person to talk to."""
    legal_name: Line | None = None
    """Used in reports and exports; none means the account name."""
    address: Annotated[tuple[Line, ...], Field(max_length=10)] = ()
    phone: Line | None = None
    report_email: Email | None = None
    """Where the monthly usage report goes."""
    time_zone: ZoneName = DEFAULT_ZONE
    """In which months begin: those of statistics, reports and limits."""


class ShownProfile(Profile):
    tenant_id: str
    name: str
    """The account name as it was given when the tenant was made (F194)."""
    created_at: datetime
    version: int


class Limits(Body):
    """Set by the operator; none means unlimited."""

    max_companies: Limit | None = None
    max_records_per_month: Limit | None = None
    features_off: tuple[Feature, ...] = ()
    """What the tenant may not begin to use. What uses it already goes on."""


class ShownLimits(Limits):
    tenant_id: str
    suspended_at: datetime | None
    """Since when nothing new is taken or posted; none: it is not suspended."""
    version: int


@router.get("/tenants/{tenant_id}/profile")
async def read_profile(tenant_id: str, rooms: InRooms, response: Response) -> ShownProfile:
    async with rooms.database.transaction() as tx:
        return _profile(await _tenant(tx, tenant_id), *await account.profile(tx, tenant_id), response)


@router.put("/tenants/{tenant_id}/profile")
async def put_profile(
    tenant_id: str, body: Profile, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> ShownProfile:
    async with rooms.database.transaction() as tx:
        tenant = await _tenant(tx, tenant_id)
        version, before = await account.profile(tx, tenant_id)
        content = body.model_dump(mode="json")
        try:
            at = rooms.clock.now()
            await account.save_profile(tx, tenant_id, content, expected=matched(if_match, version), at=at)
        except accounts.VersionConflict as conflict:
            raise refused(412, "api.version_conflict", version=conflict) from None
        await audit.write(tx, tenant_id, "profile.saved", "tenant", tenant_id, before=before, after=content)
        return _profile(tenant, version + 1, content, response)


@router.get("/tenants/{tenant_id}/limits")
async def read_limits(tenant_id: str, rooms: InRooms, response: Response) -> ShownLimits:
    async with rooms.database.transaction() as tx:
        await _tenant(tx, tenant_id)
        return _limits(await account.limits(tx, tenant_id), response)


@router.put("/tenants/{tenant_id}/limits")
async def put_limits(
    tenant_id: str, body: Limits, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> ShownLimits:
    """What is beyond a new limit already stays; only what would be new is refused."""
    changes = body.model_dump(mode="json")
    return await _change(tenant_id, "limits.saved", changes, rooms, audit, response, if_match=if_match)


@router.post("/tenants/{tenant_id}/suspend")
async def suspend(tenant_id: str, rooms: InRooms, audit: InAudit, response: Response) -> ShownLimits:
    """From now on nothing new is taken or posted; what is on its way is finished (F251)."""
    changes = {"suspended_at": rooms.clock.now()}
    return await _change(tenant_id, "tenant.suspended", changes, rooms, audit, response)


@router.post("/tenants/{tenant_id}/resume")
async def resume(tenant_id: str, rooms: InRooms, audit: InAudit, response: Response) -> ShownLimits:
    """Everything goes on from where it stood: without a gap, and nothing twice (F252)."""
    return await _change(tenant_id, "tenant.resumed", {"suspended_at": None}, rooms, audit, response)


async def _change(
    tenant_id: str,
    action: str,
    changes: dict[str, Any],
    rooms: Rooms,
    audit: Audit,
    response: Response,
    *,
    if_match: str | None = ANYTHING,
) -> ShownLimits:
    async with rooms.database.transaction() as tx:
        await _tenant(tx, tenant_id)
        await accounts.hold_tenant(tx, tenant_id)
        before = await account.limits(tx, tenant_id)
        expected = matched(if_match, before["version"])
        try:
            await account.save_limits(tx, tenant_id, changes, expected=expected, at=rooms.clock.now())
        except accounts.VersionConflict as conflict:
            raise refused(412, "api.version_conflict", version=conflict) from None
        was = {name: before[name] for name in changes}
        await audit.write(tx, tenant_id, action, "tenant", tenant_id, before=was, after=changes)
        return _limits(await account.limits(tx, tenant_id), response)


async def _tenant(tx: AsyncConnection, tenant_id: str) -> Row:
    row = await account.tenant_row(tx, tenant_id)
    if row is None:
        raise not_found("tenant")
    return row


def _profile(tenant: Row, version: int, content: Any, response: Response) -> ShownProfile:
    tag(response, version)
    return ShownProfile.model_validate({**tenant, **content, "version": version})


def _limits(row: Row, response: Response) -> ShownLimits:
    tag(response, row["version"])
    return ShownLimits.model_validate({name: row[name] for name in ShownLimits.model_fields})
