"""The detailed log of calls to ConnectWise: its switch, what it holds, and Clear."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, StrictBool

from tieout_config_api.account.limits import feature_off
from tieout_config_api.call_log import address_in, bodies_in
from tieout_config_api.public.door import (
    InAudit,
    InRooms,
    RecordId,
    Rooms,
    not_found,
    number_in,
    refused_for,
    require_tenant,
)
from tieout_config_api.public.editing import IfMatch, digest_of, require_match, tag
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, account, accounts, call_log

router = APIRouter(tags=["call log"])


class Switch(Body):
    enabled: StrictBool


class CallLog(BaseModel):
    """`dropped`: how many calls were not kept, because config-api was away for too long."""

    enabled: bool
    calls: int
    cleared_at: datetime | None
    dropped: int


class Cleared(BaseModel):
    cleared: int


class CallSummary(BaseModel):
    """`status`: none where no whole answer came."""

    number: int
    connection_id: str
    at: datetime
    method: str
    url: str
    status: int | None


class Call(CallSummary):
    request_body: str
    answer_body: str


class CallPage(BaseModel):
    calls: list[CallSummary]
    next_cursor: str | None = None


@router.get("/tenants/{tenant_id}/call-log")
async def read_call_log(tenant_id: str, rooms: InRooms, response: Response) -> CallLog:
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        switch = await call_log.switch(tx, tenant_id)
        return _state(switch, await call_log.count(tx, tenant_id), response)


@router.put("/tenants/{tenant_id}/call-log")
async def switch_call_log(
    tenant_id: str, body: Switch, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> CallLog:
    """On: every request to ConnectWise and its answer are kept, within five minutes from now, without any key, password
    or token. Off: none is, from now on; what there is stays until it is cleared or too old."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        await accounts.hold_tenant(tx, tenant_id)
        if body.enabled and "call_log" in (await account.limits(tx, tenant_id))["features_off"]:
            raise refused_for(409, feature_off(tenant_id, "call_log"))
        before = await call_log.switch(tx, tenant_id)
        require_match(if_match, _etag(before))
        await call_log.set_switch(tx, tenant_id, enabled=body.enabled)
        was = {"enabled": before["enabled"]}
        await audit.write(tx, tenant_id, "call_log.switched", "tenant", tenant_id, before=was, after=body)
        return _state({**before, "enabled": body.enabled}, await call_log.count(tx, tenant_id), response)


@router.delete("/tenants/{tenant_id}/call-log")
async def clear_call_log(tenant_id: str, rooms: InRooms, audit: InAudit) -> Cleared:
    """Empties the log; the audit keeps who did it and when (F217)."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        await accounts.hold_tenant(tx, tenant_id)
        enabled = (await call_log.switch(tx, tenant_id))["enabled"]
        await call_log.set_switch(tx, tenant_id, enabled=enabled, cleared_at=rooms.clock.now(), dropped=0)
        cleared = await call_log.clear(tx, tenant_id)
        await audit.write(tx, tenant_id, "call_log.cleared", "tenant", tenant_id, before={"calls": cleared})
    return Cleared(cleared=cleared)


@router.get("/tenants/{tenant_id}/call-log/calls")
async def list_calls(
    tenant_id: str,
    rooms: InRooms,
    connection_id: Annotated[str | None, Query(max_length=63)] = None,
    status: Annotated[int | None, Query(ge=100, le=599)] = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> CallPage:
    """Newest first, without bodies."""
    given = {"connection_id": connection_id, "status": status}
    filters = {name: value for name, value in given.items() if value is not None}
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await call_log.page(tx, tenant_id, filters, before=number_in(cursor), limit=limit + 1)
    following = str(found[limit - 1]["number"]) if len(found) > limit else None
    return CallPage(calls=[CallSummary(**_summary(rooms, row)) for row in found[:limit]], next_cursor=following)


@router.get("/tenants/{tenant_id}/call-log/calls/{number}")
async def read_call(tenant_id: str, number: RecordId, rooms: InRooms) -> Call:
    """One call with its bodies, each up to 65,536 characters."""
    async with rooms.database.transaction() as tx:
        row = await call_log.one(tx, tenant_id, number)
    if row is None:
        raise not_found("call")
    request, answer = bodies_in(rooms.sealer, row)
    return Call(**_summary(rooms, row), request_body=request, answer_body=answer)


def _etag(switch: Row) -> str:
    """Of what is edited: how many calls there are changes by itself."""
    return digest_of(switch["enabled"])


def _state(switch: Row, calls: int, response: Response) -> CallLog:
    tag(response, _etag(switch))
    shown = {name: switch[name] for name in ("enabled", "cleared_at", "dropped")}
    return CallLog(calls=calls, **shown)


def _summary(rooms: Rooms, row: Row) -> dict[str, object]:
    shown = {name: row[name] for name in ("number", "connection_id", "at", "method", "status")}
    return {**shown, "url": address_in(rooms.sealer, row)}
