"""Links that were mailed: an invitation, a new password. Each opens once, and only what it was mailed for."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field, SecretStr

from tieout_config_api.auditing import Audit
from tieout_config_api.people import attempts
from tieout_config_api.people import letters as writing
from tieout_config_api.people.failures import ANYBODY
from tieout_config_api.people.opaque import digest, new_token
from tieout_config_api.people.proofs import check_password, hash_password
from tieout_config_api.people.rules import RESETS_FROM_AN_ADDRESS, RESETS_OF_AN_EMAIL
from tieout_config_api.people.telling import tell_about_person, tell_of_person
from tieout_config_api.public.door import InRooms, Rooms, refused
from tieout_config_api.public.persons import Email, Password, address_of
from tieout_config_api.public.tenants import Body, Text
from tieout_config_api.store import letters, people, sessions

router = APIRouter(tags=["sign-in"])
Token = Annotated[SecretStr, Field(max_length=200)]
Purpose = Literal["invitation", "password_reset"]
_DONE: Mapping[Purpose, str] = {
    "invitation": "person.invitation_accepted",
    "password_reset": "person.password_reset",
}


class Acceptance(Body):
    """`token`: what stands behind # in the link. `name`: where it is not given, as the invitation had it."""

    token: Token
    password: Password
    name: Text | None = None


class Forgotten(Body):
    email: Email


class Reset(Body):
    token: Token
    password: Password


@router.post("/invitations/acceptance", status_code=204)
async def accept_invitation(body: Acceptance, rooms: InRooms) -> None:
    """Chooses the password; sign in with it next."""
    await _choose_password(rooms, "invitation", body.token, body.password, body.name)


@router.post("/password-resets", status_code=202)
async def ask_password_reset(body: Forgotten, request: Request, rooms: InRooms) -> None:
    """A mail with a link, where the e-mail is somebody's; the answer does not tell."""
    now, until = rooms.clock.now(), rooms.clock.now() + rooms.access.password_reset
    take = (rooms.database, rooms.clock)
    await attempts.take(*take, RESETS_FROM_AN_ADDRESS, "password reset from", address_of(request))
    await attempts.take(*take, RESETS_OF_AN_EMAIL, "password reset of", body.email)
    token = new_token()
    letter = writing.password_reset(body.email, rooms.access.public_url, token, until)
    async with rooms.database.transaction() as tx:
        person = await people.by_email(tx, body.email)
        if person is not None and person["disabled_at"] is None:
            await letters.link(tx, person["person_id"], "password_reset", digest(token), until)
            await writing.post(tx, rooms.vault, letter, at=now, expires_at=until)
            anybody = Audit(rooms.clock, ANYBODY)
            await tell_about_person(tx, anybody, person["person_id"], "person.password_reset_asked", after={})


@router.post("/password-resets/acceptance", status_code=204)
async def reset_password(body: Reset, rooms: InRooms) -> None:
    """Ends every session of the person. The second factor stays as it is."""
    await _choose_password(rooms, "password_reset", body.token, body.password)


async def _choose_password(
    rooms: Rooms,
    purpose: Purpose,
    token: SecretStr,
    password: SecretStr,
    name: str | None = None,
) -> None:
    """The link is looked at first, and used up only together with the password that it opened the way for."""
    now, token_hash, chosen = rooms.clock.now(), digest(token.get_secret_value()), password.get_secret_value()
    async with rooms.database.transaction() as tx:
        email = await letters.whose(tx, purpose, token_hash, now)
    if email is None:
        raise refused(410, "people.link_gone")
    check_password(chosen, email)
    hashed = await hash_password(rooms, chosen)
    async with rooms.database.transaction() as tx:
        person_id = await letters.use(tx, purpose, token_hash, now)
        if person_id is None:
            raise refused(410, "people.link_gone")
        await people.change(tx, person_id, password_hash=hashed, **({"name": name} if name is not None else {}))
        await letters.unlink(tx, person_id)
        await sessions.end_all(tx, person_id)
        await tell_of_person(tx, rooms.clock, person_id, email, _DONE[purpose])
