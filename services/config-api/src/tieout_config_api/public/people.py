"""Everybody of the installation: super admins, and who is disabled wherever they belong."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel

from tieout_config_api.inviting import invite
from tieout_config_api.public.door import InRooms, not_found, refused
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
    rooms: InRooms,
    after: Annotated[str | None, Query(max_length=254)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[Person]:
    """By e-mail; `after` goes on behind an e-mail."""
    async with rooms.database.transaction() as tx:
        return [view(row) for row in await people.every(tx, after=after, limit=limit)]


@router.post("/users", status_code=201)
async def invite_super_admin(body: NewSuperAdmin, rooms: InRooms) -> Person:
    """Who is known already is made one by `PUT /users/{person_id}`."""
    async with rooms.database.transaction() as tx:
        person_id = uuid4()
        row = await people.find_or_create(tx, person_id, body.email, body.name, rooms.clock.now(), super_admin=True)
        if row["person_id"] != person_id:
            raise refused(409, "api.exists", what="user", id=body.email)
        await invite(tx, rooms, row)
    return view(row)


@router.put("/users/{person_id}")
async def change_person(person_id: UUID, body: ChangedPerson, rooms: InRooms) -> Person:
    """Disabled: signed out everywhere, and in again nowhere."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        disabled_at = rooms.clock.now() if body.disabled else None
        await people.change(tx, person_id, super_admin=body.super_admin, disabled_at=disabled_at)
        row = await people.one(tx, person_id)
        if row is None:
            raise not_found("user")
        if body.disabled:
            await sessions.end_all(tx, person_id)
    return view(row)


@router.post("/users/{person_id}/second-factor-reset", status_code=204)
async def reset_second_factor(person_id: UUID, rooms: InRooms) -> None:
    """For who has lost the authenticator and the recovery codes."""
    refuse_oneself(rooms, person_id)
    async with rooms.database.transaction() as tx:
        if await people.one(tx, person_id) is None:
            raise not_found("user")
        await factors.remove(tx, person_id)
        await sessions.end_all(tx, person_id)


def view(row: Row) -> Person:
    known = {name: row[name] for name in ("person_id", "email", "name", "super_admin", "created_at")}
    return Person(
        **known,
        status=status_of(row, gone=row["disabled_at"] is not None),
        second_factor=row["factor_confirmed_at"] is not None,
    )
