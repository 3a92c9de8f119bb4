"""What every request passes through: whose it is, and the rooms for it.

Routes also take from here how they refuse, and what must be there; the rooms below take that where it is.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.access.callers import NOBODY, Caller
from tieout_config_api.auditing import Actor, Audit
from tieout_config_api.presence import require_company, require_tenant
from tieout_config_api.refusals import ApiError, not_found, refused, refused_for
from tieout_config_api.rooms import Rooms
from tieout_config_api.store.walls import within
from tieout_contracts.records import RecordRef

__all__ = ["ApiError", "Rooms", "not_found", "refused", "refused_for", "require_company", "require_tenant"]
"""Of the rooms below, for routes; beside what is here."""
LARGEST_ID = 2**63 - 1
"""What PostgreSQL's bigint holds."""
RecordId = Annotated[int, Path(ge=0, le=LARGEST_ID)]


def _is_storable(ref: RecordRef) -> RecordRef:
    if not 0 <= ref.record_id <= LARGEST_ID:
        raise ValueError(f"record_id is a number from 0 to {LARGEST_ID}")
    return ref


NamedRecord = Annotated[RecordRef, AfterValidator(_is_storable)]
"""A record that a request's body names."""


Decider = Annotated[
    str | None,
    Field(min_length=1, max_length=200, description="Who decides, where a key asks; of a person it is known."),
]


def named(refs: Iterable[RecordRef]) -> list[str]:
    """Records as the audit names them."""
    return [f"{ref.kind}/{ref.record_id}" for ref in refs]


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC it is beyond the years 1 to 9999") from None


UtcMoment = Annotated[datetime, AfterValidator(_in_utc)]
"""A moment that a request names; without a zone it is UTC."""


def number_in(cursor: str | None) -> int | None:
    """The cursor of a list that is ordered by falling numbers."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal()) or int(cursor) > LARGEST_ID:
        raise refused(422, "api.bad_cursor")
    return int(cursor)


async def refuse_internal(rooms: Rooms, field_name: str, address: str) -> None:
    """422 where an address leads into the network that this service stands in."""
    if (host := await rooms.internal_hosts.named_by(address)) is not None:
        raise refused(422, "access.internal_host", field=field_name, host=host)


async def rooms(request: Request) -> Rooms:
    """The rooms for this request's caller; where its path names a tenant, the database shows no other one's rows, and
    its keys are at hand."""
    found: Rooms = request.app.state.rooms
    tenant_id = request.path_params.get("tenant_id")
    if tenant_id is not None:
        await found.sealer.ready([tenant_id])
    database = found.database if tenant_id is None else within(found.database, tenant_id)
    return replace(found, database=database, caller=getattr(request.state, "caller", None) or NOBODY)


InRooms = Annotated[Rooms, Depends(rooms)]


def audit(rooms: InRooms) -> Audit:
    """The audit in the name of whoever asks."""
    return Audit(rooms.clock, actor_of(rooms.caller))


def actor_of(caller: Caller) -> Actor:
    if caller.person_id is not None:
        return Actor("person", str(caller.person_id), caller.name)
    return Actor("key", "installation" if caller.key_id is None else str(caller.key_id), caller.name)


InAudit = Annotated[Audit, Depends(audit)]


def said_by(rooms: Rooms, person: str | None) -> str:
    """Who decides: whoever is signed in, whatever the request says; of a key the person that it names, else the key."""
    return rooms.caller.name if rooms.caller.person_id is not None or person is None else person


async def require_seen_company(tx: AsyncConnection, rooms: Rooms, tenant_id: str, company_id: str) -> int:
    """As `require_company`, for a company that the path does not name: 404 where the caller does not see it, too."""
    if not rooms.caller.sees(tenant_id, company_id):
        raise not_found("company")
    return await require_company(tx, tenant_id, company_id)
