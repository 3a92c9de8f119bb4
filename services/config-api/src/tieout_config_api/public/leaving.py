"""A tenant leaves: its data as a file first, then it is deleted, its key with it (F251)."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from tieout_chassis import exact_json
from tieout_config_api.public.door import InAudit, InRooms, not_found, refused
from tieout_config_api.store import account, accounts, leaving

router = APIRouter(tags=["account"])
NDJSON = "application/x-ndjson"


class Left(BaseModel):
    """How many rows of each table are gone."""

    tenant_id: str
    deleted: dict[str, int]


@router.get(
    "/tenants/{tenant_id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
)
async def export_tenant(tenant_id: str, rooms: InRooms) -> StreamingResponse:
    """What is kept of the tenant, one JSON object a line, each with the `table` that it is from: settings in all their
    versions, records with what became of them, runs, decisions, audit. No secret, and nothing that rests sealed."""
    async with rooms.database.transaction() as tx:
        if await account.tenant_row(tx, tenant_id) is None:
            raise not_found("tenant")

    async def lines() -> AsyncIterator[str]:
        async with rooms.database.transaction() as tx:
            async for row in leaving.rows(tx, tenant_id):
                yield exact_json.dumps(row) + "\n"

    headers = {"Content-Disposition": f'attachment; filename="tieout-{tenant_id}.ndjson"'}
    return StreamingResponse(lines(), media_type=NDJSON, headers=headers)


@router.delete("/tenants/{tenant_id}")
async def delete_tenant(
    tenant_id: str,
    rooms: InRooms,
    audit: InAudit,
    confirm: Annotated[str, Query(max_length=63, description="The tenant's id once more.")],
    abandon: Annotated[bool, Query(description="Also while records are on their way.")] = False,
) -> Left:
    """Delete a suspended tenant of which nothing is on its way, with its key: what other services still have of it
    sealed can never be opened again. Its documents in ledgers stay, and so does its audit; its id is not used again.
    With `abandon` nobody waits for what is on its way: a document of it may stand in a ledger, perhaps as a draft, and
    its record without a batch in ConnectWise."""
    async with rooms.database.transaction() as tx:
        if await account.tenant_row(tx, tenant_id) is None:
            raise not_found("tenant")
        await accounts.hold_tenant(tx, tenant_id)
        if confirm != tenant_id:
            raise refused(422, "account.not_confirmed", tenant=tenant_id)
        if (await account.limits(tx, tenant_id))["suspended_at"] is None:
            raise refused(409, "account.not_suspended", tenant=tenant_id)
        moving = await leaving.moving(tx, tenant_id)
        if moving and not abandon:
            raise refused(409, "account.still_moving", tenant=tenant_id, records=moving)
        deleted = await leaving.delete(tx, tenant_id)
        told = {**deleted, "abandoned_on_their_way": moving} if moving else deleted
        await audit.write(tx, tenant_id, "tenant.deleted", "tenant", tenant_id, before=told)
    return Left(tenant_id=tenant_id, deleted=deleted)
