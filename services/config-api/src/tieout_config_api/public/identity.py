"""Who asks: the bearer of the installation's key, of an API key, or a person by the cookie of a session."""

import hmac
from collections.abc import Sequence
from typing import cast

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.access.callers import INSTALLATION, Caller, Role, Scope, Standing
from tieout_config_api.people.opaque import digest
from tieout_config_api.public.cookies import session_token
from tieout_config_api.public.door import Rooms
from tieout_config_api.store import Row, api_keys, people, sessions


class Identity:
    """Asked before every route. A key in the header goes before a cookie; one that is wrong is nobody's."""

    def __init__(self, installation_key: str) -> None:
        self._installation_key = installation_key.encode()

    async def __call__(self, request: Request) -> Caller | None:
        rooms: Rooms = request.app.state.rooms
        if request.headers.get("authorization") is not None:
            return await self._of_key(rooms, bearer(request))
        token = session_token(request)
        return None if token is None else await _of_session(rooms, token)

    async def _of_key(self, rooms: Rooms, given: str | None) -> Caller | None:
        if given is None:
            return None
        if hmac.compare_digest(given.encode(), self._installation_key):
            return INSTALLATION
        now = rooms.clock.now()
        async with rooms.database.transaction() as tx:
            row = await api_keys.of_hash(tx, digest(given), now)
            if row is None:
                return None
            await api_keys.touch(tx, row, now)
        return Caller(
            name=f"API key {row['name']}", key_id=row["key_id"], standings={row["tenant_id"]: standing_of_key(row)}
        )


async def _of_session(rooms: Rooms, token: str) -> Caller | None:
    now = rooms.clock.now()
    async with rooms.database.transaction() as tx:
        row = await sessions.of_token(tx, digest(token), now=now, idle=rooms.access.session_idle)
        if row is None:
            return None
        await sessions.touch(tx, row, now)
        return await caller_of(tx, row)


async def caller_of(tx: AsyncConnection, row: Row) -> Caller:
    """The person of a session, as what she is in each of her tenants now."""
    found = await people.memberships(tx, row["person_id"])
    return Caller(
        name=row["email"],
        super_admin=row["super_admin"],
        standings={each["tenant_id"]: standing_of_person(each) for each in found},
        person_id=row["person_id"],
        session_id=row["session_id"],
        signing_in=row["second_factor_at"] is None and (row["factor_confirmed_at"] is not None or requires(row, found)),
    )


def requires(person: Row, memberships: Sequence[Row]) -> bool:
    """Whether the person needs a second factor: a super admin always does, others where one of their tenants asks."""
    return person["super_admin"] or not memberships or any(one["second_factor"] == "required" for one in memberships)


def standing_of_person(membership: Row) -> Standing:
    chosen = membership["companies"]
    return Standing(
        role=cast(Role, membership["role"]), companies=None if chosen is None else frozenset(cast(list[str], chosen))
    )


def standing_of_key(row: Row) -> Standing:
    scopes = frozenset(cast(list[Scope], row["scopes"]))
    return Standing(scopes=scopes, companies=None if row["companies"] is None else frozenset(row["companies"]))


def bearer(request: Request) -> str | None:
    """The token of `Authorization: Bearer`."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given if scheme.lower() == "bearer" else None
