"""The internal port: settings, credentials and tenants' keys for the other services, each with a key of its own."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import SecretStr

from tieout_chassis import exact_json
from tieout_chassis.config_client import SNAPSHOTS_AT_ONCE
from tieout_config_api.account.limits import as_served, holds
from tieout_config_api.call_log import keep
from tieout_config_api.connections import connectwise_access
from tieout_config_api.public.door import InRooms
from tieout_config_api.refusals import not_found
from tieout_config_api.service_access import Need, require
from tieout_config_api.store import accounts, call_log
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_contracts.base import Contract
from tieout_contracts.calls import LoggedCalls
from tieout_contracts.settings import SettingsSnapshots, SettingsVersions

Companies = Annotated[list[str] | None, Query(max_length=SNAPSHOTS_AT_ONCE)]
Digest = Annotated[str, Query(pattern="^[0-9a-f]{64}$")]


def internal_router(tokens: AccessTokens) -> APIRouter:
    """Routes under `/internal`. `refused` is the digest of a token that met a 401: another one is asked for."""
    router = APIRouter(prefix="/internal")

    @router.get("/settings/versions")
    async def versions(
        rooms: InRooms, request: Request, response: Response, if_none_match: Annotated[str | None, Header()] = None
    ) -> SettingsVersions | None:
        require(request, Need.SETTINGS)
        async with rooms.database.transaction() as tx:
            held = await holds(tx, rooms.clock.now())
            rows = await accounts.versions(tx)
        found = [(row["company_id"], _version(row["tenant_id"], row["version"], held)) for row in rows]
        response.headers["ETag"] = etag = f'"{hashlib.sha256(repr(found).encode()).hexdigest()}"'
        if if_none_match == etag:
            response.status_code = 304
            return None
        return SettingsVersions(versions=dict(found))

    @router.get("/settings")
    async def settings(rooms: InRooms, request: Request, company: Companies = None) -> SettingsSnapshots:
        """Of these companies; of all where none is named, as services of an earlier release ask."""
        require(request, Need.SETTINGS)
        async with rooms.database.transaction() as tx:
            held = await holds(tx, rooms.clock.now())
            found = await accounts.snapshots(tx, seen=company)
        versions = {one.company_id: _version(one.tenant_id, one.version, held) for one in found}
        return SettingsSnapshots(snapshots=tuple(as_served(one, held) for one in found), versions=versions)

    @router.get("/keys")
    async def keys(rooms: InRooms, request: Request) -> Response:
        require(request, Need.TENANT_KEYS)
        async with rooms.database.transaction() as tx:
            found = await rooms.vault.tenant_keys(tx)
        return Response(in_clear(found), media_type="application/json")

    @router.get("/connections/{connection_id}")
    async def connection(
        connection_id: str, rooms: InRooms, request: Request, refused: Digest | None = None
    ) -> Response:
        async with rooms.database.transaction() as tx:
            row = await accounts.connection_by_id(tx, connection_id)
            log_calls = row is not None and (await call_log.switch(tx, row["tenant_id"]))["enabled"]
        if row is None:
            raise not_found("connection")
        require(request, Need(row["kind"]))
        access: Contract
        if row["kind"] == "connectwise":
            access = connectwise_access(rooms.vault, row, log_calls=log_calls)
        else:
            access = await tokens.access(row, refused=refused)
        return Response(in_clear(access), media_type="application/json")

    @router.post("/calls", status_code=204)
    async def log_calls(body: LoggedCalls, rooms: InRooms, request: Request) -> None:
        require(request, Need.CALL_LOG)
        async with rooms.database.transaction() as tx:
            await keep(tx, rooms.sealer, body)

    return router


def _version(tenant_id: str, version: int, held: frozenset[str]) -> str:
    """Changes with whatever is served of the company; its name alone may be another tenant's later on."""
    return f"{tenant_id}:{version}{'-held' if tenant_id in held else ''}"


def in_clear(answer: Contract) -> bytes:
    """The one place that writes secrets in clear: into the answer to an authenticated service."""
    return exact_json.dumps(_opened(answer.model_dump())).encode()


def _opened(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, dict):
        return {name: _opened(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_opened(each) for each in value]
    return value
