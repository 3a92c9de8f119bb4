"""What a tenant's owner should know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from tieout_config_api.public.door import InRooms, require_tenant
from tieout_config_api.public.paging import MOST, Cursor, Limit, moment_place, newest_first, page_of
from tieout_config_api.store import notices

router = APIRouter(tags=["connecting"])


class Notice(BaseModel):
    notice_id: UUID
    about: str
    problem: dict[str, Any]
    noticed_at: datetime


@router.get("/tenants/{tenant_id}/notices")
async def list_notices(
    tenant_id: str, rooms: InRooms, request: Request, response: Response, cursor: Cursor = None, limit: Limit = MOST
) -> list[Notice]:
    """What the tenant's owner should know, such as a connection that broke; newest first. `Link` tells of the next
    page."""
    after = newest_first(cursor)
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        found = await notices.newest(tx, tenant_id, after=after, limit=limit + 1)
    page = page_of(found, limit, request, response, lambda row: moment_place(row["noticed_at"], row["notice_id"]))
    return [Notice.model_validate(dict(row)) for row in page]
