"""Tenants and their connections. Secrets go in and never come out."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from tieout_config_api.connections import check_address, in_two, sealed
from tieout_config_api.connectwise.sites import LATEST_VERSION, REGIONS, address_of, found_codebase, is_legacy
from tieout_config_api.public.door import InAudit, InRooms, Rooms, not_found, refuse_internal, refused, require_tenant
from tieout_config_api.public.editing import IfMatch, digest_of, require_match, tag
from tieout_config_api.public.locations import refuse_joined_connections
from tieout_config_api.public.paging import MOST, Cursor, Limit, page_of, read_cursor
from tieout_config_api.store import Row, accounts, consents
from tieout_contracts.settings import Identifier

router = APIRouter(tags=["tenants"])
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Secret = Annotated[SecretStr, Field(max_length=500)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewTenant(Body):
    tenant_id: Identifier
    name: Text


class Tenant(BaseModel):
    tenant_id: str
    name: str
    created_at: datetime


Region = Literal["na", "eu", "au", "staging"]
Version = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}\.[0-9]{1,2}$")]
Codebase = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.]{1,40}/?$")]


class ConnectWiseConnection(Body):
    """An API member's keys. `site` may be left out where `region` says it; given, it wins (a server of your own)."""

    kind: Literal["connectwise"]
    region: Region | None = None
    site: Text | None = None
    login_company: Text
    """What people type as company when they sign in."""
    codebase: Codebase | None = None
    """Of the site's address, such as `v4_6_release`. Left out: the site is asked, now and whenever it moves."""
    public_key: Secret
    private_key: Secret
    client_id: Text
    version: Version = LATEST_VERSION
    """Of the API, sent with every call: the newest that Tieout knows, or the one of your server."""
    integrator_username: Text | None = None
    integrator_password: Secret | None = None
    """Legacy: of the log-in that versions before 2016.1 had. Refused with any later one; the REST API takes keys."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.site is None and self.region is None:
            raise ValueError("name a region or a site")
        return self

    @model_validator(mode="after")
    def _integrators_are_legacy(self) -> Self:
        if (self.integrator_username or self.integrator_password) and not is_legacy(self.version):
            raise ValueError("integrator_username and integrator_password go with a version before 2016.1 only")
        return self

    def at_its_address(self) -> Self:
        """With the site's whole address."""
        site = address_of(self.site) if self.site is not None else REGIONS[self.region or "na"]
        return self.model_copy(update={"site": site})


class XeroConnection(Body):
    """A Xero custom connection: client credentials, one organisation."""

    kind: Literal["xero"]
    api_url: Text = "https://api.xero.com"
    identity_url: Text = "https://identity.xero.com"
    client_id: Text
    client_secret: Secret
    day_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class QboConnection(Body):
    """A consent to a company in QuickBooks Online, as a refresh token that nobody else uses: it rotates.

    Which company (`realmId`) it is for stands in the settings of ours, as `organisation_id`.
    """

    kind: Literal["qbo"]
    api_url: Text = "https://quickbooks.api.intuit.com"
    identity_url: Text = "https://oauth.platform.intuit.com"
    client_id: Text
    client_secret: Secret
    refresh_token: Secret
    minute_limit: Annotated[int, Field(ge=1, le=100_000)] = 500
    second_limit: Annotated[int, Field(ge=1, le=1_000)] = 10
    batch_minute_limit: Annotated[int, Field(ge=1, le=10_000)] = 40


NewConnection = Annotated[ConnectWiseConnection | XeroConnection | QboConnection, Field(discriminator="kind")]


class Connection(BaseModel):
    connection_id: str
    kind: str
    details: dict[str, Any]
    updated_at: datetime
    problem: dict[str, Any] | None
    """Why the last renewal of its token failed; none once one succeeded."""
    reconnect_since: datetime | None
    """Since when the consent is known to be gone: nothing passes until the connection is put again."""
    reconnect_by: datetime | None
    """The day on which the provider ends the consent, however often the token is renewed."""


@router.post("/tenants", status_code=201)
async def create_tenant(body: NewTenant, rooms: InRooms, audit: InAudit) -> Tenant:
    at = rooms.clock.now()
    async with rooms.database.transaction() as tx:
        if not await accounts.create_tenant(tx, body.tenant_id, body.name, at):
            raise refused(409, "api.exists", what="tenant", id=body.tenant_id)
        await audit.write(tx, body.tenant_id, "tenant.created", "tenant", body.tenant_id, after=body)
        await rooms.vault.make_tenant_key(tx, body.tenant_id)
    return Tenant(tenant_id=body.tenant_id, name=body.name, created_at=at)


@router.get("/tenants")
async def list_tenants(
    rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[Tenant]:
    """Those that the caller belongs to; a super admin's are all. `Link` tells of the next page."""
    (after,) = read_cursor(cursor, str) or (None,)
    async with rooms.database.transaction() as tx:
        found = await accounts.tenants(tx, own=rooms.caller.tenants(), after=after, limit=limit + 1)
    shown = page_of(found, limit, request, response, lambda row: (row["tenant_id"],))
    return [Tenant.model_validate(dict(row)) for row in shown]


@router.put("/tenants/{tenant_id}/connections/{connection_id}", status_code=204)
async def put_connection(
    tenant_id: str,
    connection_id: Identifier,
    body: NewConnection,
    rooms: InRooms,
    audit: InAudit,
    if_match: IfMatch = None,
) -> Response:
    """A new one needs no If-Match. One that is there is replaced with its keys by whoever names its ETag."""
    if isinstance(body, ConnectWiseConnection):
        body = body.at_its_address()
    for field in ("site", "api_url", "identity_url"):
        if address := getattr(body, field, None):
            check_address(field, address)
            await refuse_internal(rooms, field, address)
    details, secrets = in_two(body)
    if body.kind == "connectwise":
        details |= await _codebase(body, rooms)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        known = await consents.connection_for_update(tx, connection_id)
        if known is not None and known["tenant_id"] != tenant_id:
            raise refused(409, "api.exists", what="connection", id=connection_id)
        if known is not None or if_match is not None:
            require_match(if_match, _etag(known) if known is not None else None)
        secret = await sealed(rooms.vault, tx, tenant_id, connection_id, secrets)
        saved = await accounts.put_connection(
            tx,
            connection_id=connection_id,
            tenant_id=tenant_id,
            kind=body.kind,
            details=details,
            secret=secret,
            at=rooms.clock.now(),
        )
        if saved and body.kind == "connectwise":
            await refuse_joined_connections(tx, tenant_id)
        if not saved:
            raise refused(409, "api.exists", what="connection", id=connection_id)
        before = known["details"] if known else None
        row = await accounts.connection_by_id(tx, connection_id)
        assert row is not None
        await audit.write(tx, tenant_id, "connection.put", "connection", connection_id, before=before, after=body)
    response = Response(status_code=204)
    tag(response, _etag(row))
    return response


async def _codebase(body: ConnectWiseConnection, rooms: Rooms) -> dict[str, Any]:
    """The one that was given; else the site's own, if it answers now (F197)."""
    if body.codebase is not None:
        return {"codebase": body.codebase.rstrip("/"), "codebase_found": False}
    found = await found_codebase(body.site or "", body.login_company, rooms.http)
    return {"codebase": found, "codebase_found": True}


@router.get("/tenants/{tenant_id}/connections")
async def list_connections(
    tenant_id: str, rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[Connection]:
    """In the order of their ids; `Link` tells of the next page."""
    (after,) = read_cursor(cursor, str) or (None,)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await accounts.connections(tx, tenant_id, after=after, limit=limit + 1)
    shown = page_of(found, limit, request, response, lambda row: (row["connection_id"],))
    return [Connection.model_validate(dict(row)) for row in shown]


@router.get("/tenants/{tenant_id}/connections/{connection_id}")
async def read_connection(tenant_id: str, connection_id: str, rooms: InRooms, response: Response) -> Connection:
    """One, without its keys; its ETag is what replacing it must name."""
    async with rooms.database.transaction() as tx:
        found = await accounts.connections(tx, tenant_id, connection_id=connection_id)
    if not found:
        raise not_found("connection")
    tag(response, _etag(found[0]))
    return Connection.model_validate(dict(found[0]))


def _etag(row: Row) -> str:
    """Keys are replaced with `updated_at`. A renewal of tokens changes none of this: nobody edited it."""
    return digest_of(row["details"], row["updated_at"], row["consent_id"])
