"""Everybody of the installation: super admins, and who is disabled wherever they belong."""

from datetime import datetime
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people.inviting import invite
from tieout_config_api.people.telling import tell_about_person
from tieout_config_api.public.door import InAudit, InRooms, not_found, refused
from tieout_config_api.public.editing import IfMatch, digest_of, require_match, tag
from tieout_config_api.public.paging import Cursor, Limit, page_of, read_cursor
from tieout_config_api.public.persons import Email
from tieout_config_api.public.tenants import Body, Text
from tieout_config_api.public.users import PersonStatus, refuse_oneself, status_of
from tieout_config_api.store import Row, factors, people, sessions

router = APIRouter(tags=["people"])


class NewSuperAdmin(Body):
    email: Email
    name: Text


class ChangedPerson(Body):
    super_admin: bool
    disabled: bool


class Person(BaseModel):
    person_id: UUID
    email: str
    name: str
    super_admin: bool
    status: PersonStatus
    second_factor: bool
    created_at: datetime


@router.get("/users")
async def list_people(
    rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = 100
) -> list[Person]:
    """By e-mail; `Link` tells of the next page."""
    (after,) = read_cursor(cursor, str) or (None,)
    async with rooms.database.transaction() as tx:
        found = await people.every(tx, after=after, limit=limit + 1)
    return [view(row) for row in page_of(found, limit, request, response, lambda row: (row["email"],))]


@router.get("/users/{person_id}")
async def read_person(person_id: UUID, rooms: InRooms, response: Response) -> Person:
    """One; the ETag is what changing the person must name."""
    async with rooms.database.transaction() as tx:
        return shown(await require_person(tx, person_id), response)


@router.post("/users", status_code=201)
async def invite_super_admin(body: NewSuperAdmin, rooms: InRooms, audit: InAudit) -> Person:
    """Who is known already is made one by `PUT /users/{person_id}`."""
    async with rooms.database.transaction() as tx:
        person_id = uuid4()
        row = await people.find_or_create(tx, person_id, body.email, body.name, rooms.clock.now(), super_admin=True)
        if row["person_id"] != person_id:
            raise refused(409, "api.exists", what="user", id=body.email)
        await invite(tx, rooms, row)
        await tell_about_person(tx, audit, person_id, "person.invited", after=body)
    return view(row)


@router.put("/users/{person_id}")
async def change_person(
    person_id: UUID, body: ChangedPerson, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> Person:
    """Disabled: signed out everywhere, and in again nowhere."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        disabled_at = rooms.clock.now() if body.disabled else None
        await people.hold(tx, person_id)
        was = await require_person(tx, person_id)
        require_match(if_match, _etag(was))
        await people.change(tx, person_id, super_admin=body.super_admin, disabled_at=disabled_at)
        if body.disabled:
            await sessions.end_all(tx, person_id)
        row = await require_person(tx, person_id)
        before = {"super_admin": was["super_admin"], "disabled": was["disabled_at"] is not None}
        await tell_about_person(tx, audit, person_id, "person.changed", before=before, after=body)
    return shown(row, response)


@router.post("/users/{person_id}/second-factor-reset", status_code=204)
async def reset_second_factor(person_id: UUID, rooms: InRooms, audit: InAudit) -> None:
    """For who has lost the authenticator and the recovery codes."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        await require_person(tx, person_id)
        await factors.remove(tx, person_id)
        await sessions.end_all(tx, person_id)
        await tell_about_person(tx, audit, person_id, "person.second_factor_reset", after={})


async def require_person(tx: AsyncConnection, person_id: UUID) -> Row:
    row = await people.one(tx, person_id)
    if row is None:
        raise not_found("user")
    return row


def shown(row: Row, response: Response) -> Person:
    tag(response, _etag(row))
    return view(row)


def _etag(row: Row) -> str:
    """Of what a super admin edits."""
    return digest_of(row["super_admin"], row["disabled_at"])


def view(row: Row) -> Person:
    known = {name: row[name] for name in ("person_id", "email", "name", "super_admin", "created_at")}
    return Person(
        **known,
        status=status_of(row, gone=row["disabled_at"] is not None),
        second_factor=row["factor_confirmed_at"] is not None,
    )
