"""A tenant's API keys: what each may, shown once, and revoked when it is not needed any more."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from tieout_config_api.access.callers import Scope
from tieout_config_api.people.inviting import require_companies
from tieout_config_api.people.opaque import digest, new_key
from tieout_config_api.public.door import InAudit, InRooms, UtcMoment, not_found, refused, require_tenant
from tieout_config_api.public.paging import MOST, Cursor, Limit, moment_place, newest_first, page_of
from tieout_config_api.public.tenants import Body, Text
from tieout_config_api.store import Row, api_keys
from tieout_contracts.settings import Identifier

router = APIRouter(tags=["API keys"])
MOST_KEYS_OF_A_TENANT = 100


class NewApiKey(Body):
    """`companies`: none means all, also later ones. `expires_at`: none means never."""

    name: Text
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    companies: Annotated[frozenset[Identifier], Field(min_length=1, max_length=1_000)] | None = None
    expires_at: UtcMoment | None = None


class ApiKey(BaseModel):
    """`last_used_at`: to the minute."""

    key_id: UUID
    name: str
    scopes: list[Scope]
    companies: list[str] | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class ShownApiKey(ApiKey):
    key: str
    """Shown here and never again: only a hash of it is kept."""


@router.post("/tenants/{tenant_id}/api-keys", status_code=201)
async def create_api_key(tenant_id: str, body: NewApiKey, rooms: InRooms, audit: InAudit) -> ShownApiKey:
    key, key_id, now = new_key(), uuid4(), rooms.clock.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise refused(422, "people.key_expired", expires_at=f"{body.expires_at:%Y-%m-%d %H:%M}")
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        await require_companies(tx, tenant_id, body.companies or ())
        if await api_keys.number(tx, tenant_id) >= MOST_KEYS_OF_A_TENANT:
            raise refused(409, "people.too_many", what="API keys", most=MOST_KEYS_OF_A_TENANT)
        await api_keys.create(
            tx,
            key_id=key_id,
            tenant_id=tenant_id,
            key_hash=digest(key),
            name=body.name,
            scopes=body.scopes,
            companies=body.companies,
            at=now,
            by=rooms.caller.name,
            expires_at=body.expires_at,
        )
        await audit.write(tx, tenant_id, "api_key.created", "api_key", key_id, after=body)
        row = await api_keys.one(tx, key_id)
    return ShownApiKey(**view(row).model_dump(), key=key)


@router.get("/tenants/{tenant_id}/api-keys")
async def list_api_keys(
    tenant_id: str, rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[ApiKey]:
    """The newest first; those that were revoked or have expired, too, for as long as the tenant is. `Link` tells of the
    next page."""
    after = newest_first(cursor)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await api_keys.every(tx, tenant_id, after=after, limit=limit + 1)
    page = page_of(found, limit, request, response, lambda row: moment_place(row["created_at"], row["key_id"]))
    return [view(row) for row in page]


@router.delete("/tenants/{tenant_id}/api-keys/{key_id}", status_code=204)
async def revoke_api_key(tenant_id: str, key_id: UUID, rooms: InRooms, audit: InAudit) -> None:
    """From the next request on it opens nothing."""
    async with rooms.database.transaction() as tx:
        if not await api_keys.revoke(tx, tenant_id, key_id, rooms.clock.now()):
            raise not_found("API key")
        await audit.write(tx, tenant_id, "api_key.revoked", "api_key", key_id)


def view(row: Row) -> ApiKey:
    return ApiKey.model_validate({name: row[name] for name in ApiKey.model_fields})
