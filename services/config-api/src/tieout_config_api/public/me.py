"""Who asks, as Tieout sees them; a person's own sessions and password."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.access.callers import Role, Scope, Standing
from tieout_config_api.people.proofs import check_password, hash_password, prove_password
from tieout_config_api.people.telling import tell_of_person
from tieout_config_api.public.door import InRooms, not_found
from tieout_config_api.public.paging import MOST, Cursor, Limit, moment_place, newest_first, page_of
from tieout_config_api.public.persons import Password, address_of, person_of
from tieout_config_api.public.sign_in import SignInState, state_of
from tieout_config_api.public.sync_all import is_hidden
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import accounts, factors, letters, people, sessions

router = APIRouter(tags=["me"])


class NamedCompany(BaseModel):
    company_id: str
    name: str


class OwnTenant(BaseModel):
    """What one is there. `companies`: those that one sees, by name."""

    tenant_id: str
    name: str
    role: Role | None
    scopes: list[Scope]
    companies: list[NamedCompany]
    sync_all: bool
    """Whether Sync All is to be shown: the account may hide it (F147)."""


class Me(BaseModel):
    """`tenants`: none of a super admin, who sees all of them. `state`: of a person's session."""

    name: str
    super_admin: bool
    person_id: UUID | None
    state: SignInState
    second_factor: bool
    recovery_codes_left: int
    tenants: list[OwnTenant]


class Session(BaseModel):
    session_id: UUID
    begun_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    this: bool
    """The one that asks."""


class NewPassword(Body):
    password: Password
    new_password: Password


@router.get("/me")
async def read_me(rooms: InRooms) -> Me:
    """Open while the second factor is due; it tells of no tenant then."""
    caller = rooms.caller
    async with rooms.database.transaction() as tx:
        person = await people.one(tx, caller.person_id) if caller.person_id is not None else None
        left = await factors.codes_left(tx, caller.person_id) if caller.person_id is not None else 0
        standings = {} if caller.signing_in else caller.standings
        names = await people.tenant_names(tx, standings)
        tenants = [
            await _own_tenant(tx, tenant_id, names[tenant_id], standing)
            for tenant_id, standing in sorted(standings.items())
        ]
    enrolled = person is not None and person["factor_confirmed_at"] is not None
    return Me(
        name=caller.name,
        super_admin=caller.super_admin,
        person_id=caller.person_id,
        state=state_of(signing_in=caller.signing_in, enrolled=enrolled),
        second_factor=enrolled,
        recovery_codes_left=left,
        tenants=tenants,
    )


@router.get("/me/sessions")
async def list_sessions(
    rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[Session]:
    """The person's sessions that still live, the newest first. `Link` tells of the next page."""
    now, idle, after = rooms.clock.now(), rooms.access.session_idle, newest_first(cursor)
    async with rooms.database.transaction() as tx:
        found = await sessions.every(tx, person_of(rooms), now=now, idle=idle, after=after, limit=limit + 1)
    page = page_of(found, limit, request, response, lambda row: moment_place(row["created_at"], row["session_id"]))
    return [
        Session(
            **{name: row[name] for name in ("session_id", "seen_at", "expires_at", "address", "agent")},
            begun_at=row["created_at"],
            this=row["session_id"] == rooms.caller.session_id,
        )
        for row in page
    ]


@router.delete("/me/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, rooms: InRooms) -> None:
    async with rooms.database.transaction() as tx:
        if not await sessions.end(tx, person_of(rooms), session_id):
            raise not_found("session")
        ended = {"session_id": str(session_id)}
        await tell_of_person(tx, rooms.clock, person_of(rooms), rooms.caller.name, "person.session_ended", after=ended)


@router.put("/me/password", status_code=204)
async def change_password(body: NewPassword, request: Request, rooms: InRooms) -> None:
    """Ends every other session, and links that were mailed before open nothing."""
    person_id, email = person_of(rooms), rooms.caller.name
    await prove_password(rooms, email, body.password.get_secret_value(), address_of(request))
    new = body.new_password.get_secret_value()
    check_password(new, email)
    hashed = await hash_password(rooms, new)
    async with rooms.database.transaction() as tx:
        await people.change(tx, person_id, password_hash=hashed)
        await sessions.end_all(tx, person_id, but=rooms.caller.session_id)
        await letters.unlink(tx, person_id)
        await tell_of_person(tx, rooms.clock, person_id, email, "person.password_changed")


async def _own_tenant(tx: AsyncConnection, tenant_id: str, name: str, standing: Standing) -> OwnTenant:
    companies = [
        NamedCompany(company_id=one.company_id, name=one.settings.name)
        for one in await accounts.snapshots(tx, tenant_id)
        if standing.sees(one.company_id)
    ]
    return OwnTenant(
        tenant_id=tenant_id,
        name=name,
        role=standing.role,
        scopes=sorted(standing.scopes),
        companies=companies,
        sync_all=not await is_hidden(tx, tenant_id),
    )
