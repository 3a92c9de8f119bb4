"""Evidence of records: whether a tenant keeps it and for how long, and reading a record's, which the audit tells."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StrictBool

from tieout_config_api.evidence import opened
from tieout_config_api.public.door import LARGEST_ID, InAudit, InRooms, RecordId, not_found, refused, require_tenant
from tieout_config_api.public.editing import IfMatch, matched, tag
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, accounts, evidence, records
from tieout_contracts.records import RecordKind

router = APIRouter(tags=["evidence"])
PIECES_MAX = 50
DAYS_MAX = 366


class EvidenceSetting(Body):
    """Off by default. `days`: how long each piece is kept once it is there."""

    enabled: StrictBool
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = evidence.DEFAULT_DAYS


class ShownEvidenceSetting(EvidenceSetting):
    tenant_id: str
    version: int


class Piece(BaseModel):
    """captured: what ConnectWise gave. planned: what was to be posted, or shown. called: a call to the ledger with its
    answer, which may be of many records."""

    number: int
    part: Literal["captured", "planned", "called"]
    at: datetime
    content: dict[str, Any]


class EvidencePage(BaseModel):
    """`enabled`: whether evidence is kept now; where it is not, there is none."""

    enabled: bool
    pieces: list[Piece]
    next_cursor: str | None = None


@router.get("/tenants/{tenant_id}/evidence")
async def read_evidence_setting(tenant_id: str, rooms: InRooms, response: Response) -> ShownEvidenceSetting:
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        return _setting(await evidence.setting(tx, tenant_id), response)


@router.put("/tenants/{tenant_id}/evidence")
async def put_evidence_setting(
    tenant_id: str, body: EvidenceSetting, rooms: InRooms, audit: InAudit, response: Response, if_match: IfMatch = None
) -> ShownEvidenceSetting:
    """On: within a minute, what is captured, planned and sent from then on is kept, sealed. Off: what was kept is
    destroyed, within a few minutes."""
    async with rooms.database.transaction() as tx:
        await require_tenant(tx, tenant_id)
        before = await evidence.setting(tx, tenant_id)
        try:
            expected = matched(if_match, before["version"])
            await evidence.save_setting(tx, tenant_id, body.model_dump(), expected=expected, at=rooms.clock.now())
        except accounts.VersionConflict as conflict:
            raise refused(412, "api.version_conflict", version=conflict) from None
        was = {name: before[name] for name in ("enabled", "days")}
        await audit.write(tx, tenant_id, "evidence.saved", "tenant", tenant_id, before=was, after=body)
        return _setting(await evidence.setting(tx, tenant_id), response)


@router.get("/tenants/{tenant_id}/companies/{company_id}/records/{kind}/{record_id}/evidence")
async def read_evidence(
    tenant_id: str,
    company_id: str,
    kind: RecordKind,
    record_id: RecordId,
    rooms: InRooms,
    audit: InAudit,
    cursor: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    limit: Annotated[int, Query(ge=1, le=PIECES_MAX)] = 10,
) -> EvidencePage:
    """What ConnectWise gave, what was planned, and each request to the ledger with its answer, in that order. Names,
    texts and amounts stand in it: every reading is an entry of the audit."""
    async with rooms.database.transaction() as tx:
        if await records.one(tx, tenant_id, company_id, kind, record_id) is None:
            raise not_found("record")
        enabled = (await evidence.setting(tx, tenant_id))["enabled"]
        record = f"{kind}:{record_id}"
        found: list[Row] = []
        if enabled:
            found += await evidence.of_record(tx, tenant_id, company_id, record, after=cursor, limit=limit + 1)
        shown = [_piece(row, opened(rooms.sealer, row)) for row in found[:limit]]
        read = {"pieces": [piece.number for piece in shown]}
        await audit.write(tx, tenant_id, "evidence.read", "record", f"{company_id}/{record}", after=read)
    return EvidencePage(
        enabled=enabled, pieces=shown, next_cursor=str(shown[-1].number) if len(found) > limit else None
    )


def _piece(row: Row, content: dict[str, Any]) -> Piece:
    return Piece(number=row["number"], part=row["part"], at=row["at"], content=content)


def _setting(row: Row, response: Response) -> ShownEvidenceSetting:
    tag(response, row["version"])
    return ShownEvidenceSetting.model_validate({name: row[name] for name in ShownEvidenceSetting.model_fields})
