"""The audit: what was done in a tenant, by whom; and whether the chain still holds."""

from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Query
from pydantic import BaseModel

from tieout_chassis import exact_json
from tieout_config_api.auditing import FIRST_HASH, LARGEST_NUMBER, check
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


@router.get("/tenants/{tenant_id}/audit")
async def list_audit(
    tenant_id: str,
    rooms: InRooms,
    actor: Filter = None,
    action: Filter = None,
    subject: Filter = None,
    subject_id: Filter = None,
    since: UtcMoment | None = None,
    until: UtcMoment | None = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> EntryPage:
    """Newest first. `since` is included, `until` is not."""
    exact = {"actor": actor, "action": action, "subject": subject, "subject_id": subject_id}
    where: list[sa.ColumnElement[bool]] = [t.audit.c[name] == value for name, value in exact.items() if value]
    where += [t.audit.c.at >= since] if since else []
    where += [t.audit.c.at < until] if until else []
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await audit.page(tx, tenant_id, where, before=number_in(cursor), limit=limit + 1)
    following = str(found[limit - 1]["number"]) if len(found) > limit else None
    return EntryPage(entries=[_shown(row) for row in found[:limit]], next_cursor=following)


@router.get("/tenants/{tenant_id}/audit/verification")
async def verify_audit(
    tenant_id: str,
    rooms: InRooms,
    after: Annotated[int, Query(ge=0, le=LARGEST_NUMBER)] = 0,
    follows: Annotated[str, Query(pattern="^[0-9a-f]{64}$")] = FIRST_HASH,
) -> Verification:
    """Follow the chain, up to 5,000 entries at a time, and name the first broken link."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await check(tx, tenant_id, after=after, follows=follows, limit=CHECKED_AT_ONCE)
    broken = BrokenLink(number=found.broken.number, why=found.broken.why) if found.broken else None
    return Verification(number=found.number, hash=found.hash, head=found.head, complete=found.complete, broken=broken)


def _shown(row: Row) -> Entry:
    told = {name: exact_json.loads(row[name]) if row[name] else None for name in ("before", "after")}
    return Entry.model_validate({**row, **told})
