"""The audit: what was done in a tenant, by whom; and whether the chain still holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_config_api.auditing import FIRST_HASH, INSTALLATION, LARGEST_NUMBER, check
from tieout_config_api.public.door import InRooms, UtcMoment, number_in, require_tenant
from tieout_config_api.store import Row, audit
from tieout_config_api.store import tables as t

router = APIRouter(tags=["audit"])
CHECKED_AT_ONCE = 5_000
Filter = Annotated[str | None, Query(max_length=200)]


class Entry(BaseModel):
    """One act. `before` and `after` hold no secret: where there was one it says `set`."""

    number: int
    at: datetime
    actor_kind: Literal["person", "key", "service"]
    actor: str
    actor_name: str | None
    action: str
    subject: str
    subject_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    hash: str


class EntryPage(BaseModel):
    entries: list[Entry]
    next_cursor: str | None = None


class BrokenLink(BaseModel):
    number: int
    why: str


class Verification(BaseModel):
    """Up to `number` the chain is sound. Not `complete`: ask again, its `number` as `after`, its `hash` as `follows`.

    Keep `number` and `hash` somewhere else, and a chain that was written anew from the beginning shows, too.
    """

    number: int
    hash: str
    head: int
    complete: bool
    broken: BrokenLink | None


@dataclass(frozen=True)
class Asked:
    """Which entries: `since` is included, `until` is not."""

    actor: Filter = None
    action: Filter = None
    subject: Filter = None
    subject_id: Filter = None
    since: UtcMoment | None = None
    until: UtcMoment | None = None
    cursor: Annotated[str | None, Query(max_length=20)] = None
    limit: Annotated[int, Query(ge=1, le=200)] = 100


InAsked = Annotated[Asked, Depends()]
After = Annotated[int, Query(ge=0, le=LARGEST_NUMBER)]
Follows = Annotated[str, Query(pattern="^[0-9a-f]{64}$")]


@router.get("/tenants/{tenant_id}/audit")
async def list_audit(tenant_id: str, rooms: InRooms, asked: InAsked) -> EntryPage:
    """What was done in the tenant, newest first."""
    async with rooms.database.transaction() as tx:
        await _require_chain(tx, tenant_id)
        return await _page(tx, tenant_id, asked)


@router.get("/tenants/{tenant_id}/audit/verification")
async def verify_audit(tenant_id: str, rooms: InRooms, after: After = 0, follows: Follows = FIRST_HASH) -> Verification:
    """Follow the chain, up to 5,000 entries at a time, and name the first broken link."""
    async with rooms.database.transaction() as tx:
        await _require_chain(tx, tenant_id)
        return await _checked(tx, tenant_id, after, follows)


@router.get("/audit")
async def list_installation_audit(rooms: InRooms, asked: InAsked) -> EntryPage:
    """What was done that belongs to no tenant, newest first."""
    async with rooms.database.transaction() as tx:
        return await _page(tx, INSTALLATION, asked)


@router.get("/audit/verification")
async def verify_installation_audit(rooms: InRooms, after: After = 0, follows: Follows = FIRST_HASH) -> Verification:
    """The same of the chain of what belongs to no tenant."""
    async with rooms.database.transaction() as tx:
        return await _checked(tx, INSTALLATION, after, follows)


async def _require_chain(tx: AsyncConnection, tenant_id: str) -> None:
    """Of a tenant that was deleted the chain is still there, for super admins."""
    if await audit.head(tx, tenant_id) is None:
        await require_tenant(tx, tenant_id)


async def _page(tx: AsyncConnection, chain: str, asked: Asked) -> EntryPage:
    exact = {name: getattr(asked, name) for name in ("actor", "action", "subject", "subject_id")}
    where: list[sa.ColumnElement[bool]] = [t.audit.c[name] == value for name, value in exact.items() if value]
    where += [t.audit.c.at >= asked.since] if asked.since else []
    where += [t.audit.c.at < asked.until] if asked.until else []
    found = await audit.page(tx, chain, where, before=number_in(asked.cursor), limit=asked.limit + 1)
    following = str(found[asked.limit - 1]["number"]) if len(found) > asked.limit else None
    return EntryPage(entries=[_shown(row) for row in found[: asked.limit]], next_cursor=following)


async def _checked(tx: AsyncConnection, chain: str, after: int, follows: str) -> Verification:
    found = await check(tx, chain, after=after, follows=follows, limit=CHECKED_AT_ONCE)
    broken = BrokenLink(number=found.broken.number, why=found.broken.why) if found.broken else None
    return Verification(number=found.number, hash=found.hash, head=found.head, complete=found.complete, broken=broken)


def _shown(row: Row) -> Entry:
    told = {name: exact_json.loads(row[name]) if row[name] else None for name in ("before", "after")}
    return Entry.model_validate({**row, **told})
