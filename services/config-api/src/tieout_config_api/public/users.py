"""A tenant's people: invited by e-mail, with a role, and disabled when they leave; whether a second factor is asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StrictBool, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people.inviting import invite, invite_to_tenant, require_companies
from tieout_config_api.public.door import InAudit, InRooms, Rooms, not_found, refused, require_tenant
from tieout_config_api.public.editing import IfMatch, digest_of, require_match, tag
from tieout_config_api.public.paging import MOST, Cursor, Limit, page_of, read_cursor
from tieout_config_api.public.persons import Email
from tieout_config_api.public.tenants import Body, Text
from tieout_config_api.store import Row, accounts, factors, people, sessions
from tieout_contracts.settings import Identifier

router = APIRouter(tags=["users"])
TenantRole = Literal["user", "account_admin"]
PersonStatus = Literal["invited", "active", "disabled"]


class Standing(Body):
    """A user has chosen companies; an account admin has all of the tenant's."""

    role: TenantRole
    companies: Annotated[frozenset[Identifier], Field(max_length=1_000)] | None = None

    @model_validator(mode="after")
    def _chosen(self) -> Self:
        if (self.role == "user") != (self.companies is not None):
            raise ValueError("name companies for a user, and none for an account admin")
        return self


class NewUser(Standing):
    email: Email
    name: Text


class ChangedUser(Standing):
    disabled: bool = False


class User(BaseModel):
    person_id: UUID
    email: str
    name: str
    role: TenantRole
    companies: list[str] | None
    status: PersonStatus
    second_factor: bool
    """Whether one is set up."""
    created_at: datetime


class TenantAccess(Body):
    """`required`: whoever belongs to the tenant reaches nothing without a second factor (F208)."""

    second_factor: Literal["required", "optional"]
    email_codes: StrictBool = False
    """Who has no authenticator may ask for a code by mail instead: weaker, and never for super admins (K32)."""


@router.get("/tenants/{tenant_id}/users")
async def list_users(
    tenant_id: str, rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[User]:
    """By e-mail; the disabled ones, too. `Link` tells of the next page."""
    (after,) = read_cursor(cursor, str) or (None,)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await people.members(tx, tenant_id, after=after, limit=limit + 1)
    return [view(row) for row in page_of(found, limit, request, response, lambda row: (row["email"],))]


@router.get("/tenants/{tenant_id}/users/{person_id}")
async def read_user(tenant_id: str, person_id: UUID, rooms: InRooms, response: Response) -> User:
    """One; the ETag is what changing the user must name."""
    async with rooms.database.transaction() as tx:
        return shown(await member(tx, tenant_id, person_id), response)


@router.post("/tenants/{tenant_id}/users", status_code=201)
async def invite_user(tenant_id: str, body: NewUser, rooms: InRooms, audit: InAudit) -> User:
    """The e-mail is the login, and one in the whole installation: somebody who is known already is added (F239)."""
    async with rooms.database.transaction() as tx:
        row = await invite_to_tenant(
            tx, rooms, tenant_id, email=body.email, name=body.name, role=body.role, companies=body.companies
        )
        await audit.write(tx, tenant_id, "user.invited", "user", row["person_id"], after=body)
    return view(row)


@router.put("/tenants/{tenant_id}/users/{person_id}")
async def change_user(
    tenant_id: str,
    person_id: UUID,
    body: ChangedUser,
    rooms: InRooms,
    audit: InAudit,
    response: Response,
    if_match: IfMatch = None,
) -> User:
    """From the next request on the person is what this says; disabled, nothing in this tenant."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        await accounts.hold_tenant(tx, tenant_id)
        row = await member(tx, tenant_id, person_id)
        require_match(if_match, _etag(row))
        before = view(row)
        await require_companies(tx, tenant_id, body.companies or ())
        left_at = rooms.clock.now() if body.disabled else None
        chosen = None if body.companies is None else sorted(body.companies)
        values = {"role": body.role, "companies": chosen, "disabled_at": left_at}
        await people.change_membership(tx, person_id, tenant_id, **values)
        after = shown(await member(tx, tenant_id, person_id), response)
        told = [each.model_dump(include={"role", "companies", "status"}) for each in (before, after)]
        await audit.write(tx, tenant_id, "user.changed", "user", person_id, before=told[0], after=told[1])
    return after


@router.post("/tenants/{tenant_id}/users/{person_id}/invitation", status_code=202)
async def invite_user_again(tenant_id: str, person_id: UUID, rooms: InRooms, audit: InAudit) -> None:
    """A new link, for who has not accepted yet; the one of before opens nothing any more."""
    async with rooms.database.transaction() as tx:
        row = await member(tx, tenant_id, person_id)
        if row["password_hash"] is not None or row["disabled_at"] is not None:
            raise refused(409, "people.not_invited", status=view(row).status)
        await invite(tx, rooms, row)
        await audit.write(tx, tenant_id, "user.invited_again", "user", person_id)


@router.post("/tenants/{tenant_id}/users/{person_id}/second-factor-reset", status_code=204)
async def reset_user_second_factor(tenant_id: str, person_id: UUID, rooms: InRooms, audit: InAudit) -> None:
    """For who has lost the authenticator and the recovery codes: at the next sign-in a new one is set up."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        row = await member(tx, tenant_id, person_id)
        elsewhere = row["super_admin"] or await people.tenants_of(tx, person_id) != {tenant_id}
        if elsewhere and not rooms.caller.super_admin:
            raise refused(403, "people.elsewhere_too")
        await factors.remove(tx, person_id)
        await sessions.end_all(tx, person_id)
        await audit.write(tx, tenant_id, "user.second_factor_reset", "user", person_id)


@router.get("/tenants/{tenant_id}/access")
async def read_tenant_access(tenant_id: str, rooms: InRooms, response: Response) -> TenantAccess:
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        return _access(await people.access(tx, tenant_id), response)


@router.put("/tenants/{tenant_id}/access")
async def put_tenant_access(
    tenant_id: str,
    body: TenantAccess,
    rooms: InRooms,
    audit: InAudit,
    response: Response,
    if_match: IfMatch = None,
) -> TenantAccess:
    """Once it is required, sessions without a second factor are closed to everything until one was set up."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        await accounts.hold_tenant(tx, tenant_id)
        before = await people.access(tx, tenant_id)
        require_match(if_match, digest_of(before))
        await people.set_access(tx, tenant_id, body.model_dump())
        await audit.write(tx, tenant_id, "access.changed", "tenant", tenant_id, before=before, after=body)
        return _access(await people.access(tx, tenant_id), response)


def _access(found: Mapping[str, Any], response: Response) -> TenantAccess:
    tag(response, digest_of(found))
    return TenantAccess.model_validate(found)


async def member(tx: AsyncConnection, tenant_id: str, person_id: UUID) -> Row:
    found = await people.members(tx, tenant_id, person_id=person_id)
    if not found:
        raise not_found("user")
    return found[0]


def refuse_oneself(rooms: Rooms, person_id: UUID) -> None:
    if rooms.caller.person_id == person_id:
        raise refused(409, "people.not_yourself")


def shown(row: Row, response: Response) -> User:
    tag(response, _etag(row))
    return view(row)


def view(row: Row) -> User:
    known = {name: row[name] for name in ("person_id", "email", "name", "role", "companies", "created_at")}
    gone = row["disabled_at"] is not None or row["left_at"] is not None
    return User(**known, status=status_of(row, gone=gone), second_factor=row["factor_confirmed_at"] is not None)


def _etag(row: Row) -> str:
    """Of what an account admin edits: what the person is in this tenant."""
    return digest_of(row["role"], row["companies"], row["left_at"])


def status_of(person: Row, *, gone: bool) -> PersonStatus:
    if gone:
        return "disabled"
    return "invited" if person["password_hash"] is None else "active"
