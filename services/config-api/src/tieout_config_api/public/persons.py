"""What routes about people share: how they are named, what they prove themselves with, whose session it is."""

from collections.abc import Mapping
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field, SecretStr, StringConstraints, model_validator

from tieout_config_api.people.opaque import digest, new_token
from tieout_config_api.people.passwords import MAX_LENGTH
from tieout_config_api.people.telling import tell_of_person
from tieout_config_api.public.cookies import set_session
from tieout_config_api.public.door import Rooms, refused
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import sessions

Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[!#-'*+\-/-9=?A-Z^-~.]+@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+$",
    ),
]
"""The login, in small letters; letters beyond ASCII are not taken, as few mail servers do."""
Password = Annotated[SecretStr, Field(max_length=MAX_LENGTH)]
Code = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{6}$")]
RecoveryCode = Annotated[str, StringConstraints(max_length=40)]


class Factor(Body):
    """Either the code of the authenticator, or a recovery code."""

    code: Code | None = None
    recovery_code: RecoveryCode | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.code is None) == (self.recovery_code is None):
            raise ValueError("give either code or recovery_code")
        return self


def person_of(rooms: Rooms) -> UUID:
    """Who asks; 403 where it is a key."""
    if rooms.caller.person_id is None:
        raise refused(403, "people.not_a_person")
    return rooms.caller.person_id


def session_of(rooms: Rooms) -> UUID:
    """The session by which the person asks; 403 where it is a key."""
    if rooms.caller.session_id is None:
        raise refused(403, "people.not_a_person")
    return rooms.caller.session_id


def address_of(request: Request) -> str:
    return request.client.host if request.client is not None else ""


async def complete_session(rooms: Rooms, response: Response, action: str, told: Mapping[str, Any]) -> None:
    """The second factor was given: the session is whole, and goes on under a new token; `action` tells the audit."""
    token, now = new_token(), rooms.clock.now()
    async with rooms.database.transaction() as tx:
        expires_at = await sessions.factor_given(tx, session_of(rooms), digest(token), now)
        if expires_at is None:
            raise refused(401, "api.unauthorised")
        await tell_of_person(tx, rooms.clock, person_of(rooms), rooms.caller.name, action, after=told)
    set_session(response, token, int((expires_at - now).total_seconds()))
