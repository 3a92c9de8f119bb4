"""Inviting: the person, what they are, and the letter, all in one transaction."""

from collections.abc import Collection
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people import letters as writing
from tieout_config_api.people.opaque import digest, new_token
from tieout_config_api.refusals import not_found, refused
from tieout_config_api.rooms import Rooms
from tieout_config_api.store import Row, letters, people

MOST_PEOPLE_OF_A_TENANT = 1_000


async def invite_to_tenant(
    tx: AsyncConnection,
    rooms: Rooms,
    tenant_id: str,
    *,
    email: str,
    name: str,
    role: str,
    companies: Collection[str] | None,
) -> Row:
    """The person as the tenant sees them. Who has a password already is told; everybody else is invited (F239)."""
    now = rooms.clock.now()
    names = await people.tenant_names(tx, [tenant_id])
    if not names:
        raise not_found("tenant")
    await require_companies(tx, tenant_id, companies or ())
    person = await people.find_or_create(tx, uuid4(), email, name, now)
    if await people.number(tx, tenant_id) >= MOST_PEOPLE_OF_A_TENANT:
        raise refused(409, "people.too_many", what="users", most=MOST_PEOPLE_OF_A_TENANT)
    if not await people.join(tx, person["person_id"], tenant_id, role, companies, now):
        raise refused(409, "api.exists", what="user", id=email)
    if person["password_hash"] is None:
        await invite(tx, rooms, person)
    else:
        letter = writing.joined(email, rooms.access.public_url, names[tenant_id], _inviter(rooms))
        await writing.post(tx, rooms.vault, letter, at=now, expires_at=now + rooms.access.invitation)
    (row,) = await people.members(tx, tenant_id, person_id=person["person_id"])
    return row


async def invite(tx: AsyncConnection, rooms: Rooms, person: Row) -> None:
    """A letter with a new link; the link of an older invitation opens nothing any more."""
    now, token = rooms.clock.now(), new_token()
    until = now + rooms.access.invitation
    await letters.link(tx, person["person_id"], "invitation", digest(token), until)
    letter = writing.invitation(person["email"], rooms.access.public_url, token, _inviter(rooms), until)
    await writing.post(tx, rooms.vault, letter, at=now, expires_at=until)


def _inviter(rooms: Rooms) -> str:
    return rooms.caller.name if rooms.caller.person_id is not None else "An administrator"


async def require_companies(tx: AsyncConnection, tenant_id: str, companies: Collection[str]) -> None:
    """404 unless all of them are the tenant's."""
    if set(companies) - await people.companies_of(tx, tenant_id, companies):
        raise not_found("company")
