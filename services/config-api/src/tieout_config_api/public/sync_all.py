"""Sync All: the four families as one action, with one combined result (F128 to F130)."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.account.limits import hold_of
from tieout_config_api.public.companies import newest
from tieout_config_api.public.door import InAudit, InRooms, not_found, refused, refused_for
from tieout_config_api.public.options import Options
from tieout_config_api.public.runs import NewRun, RunProgress, begun, company_to_run
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import Row, options, runs, sync_all
from tieout_config_api.store.sync_all import Asked
from tieout_contracts.families import KINDS_OF, POSTED, SPOKEN, Family, not_posted
from tieout_contracts.problems import Problem, problem
from tieout_contracts.settings import CompanySettings

router = APIRouter(tags=["runs"])


class NewSyncAll(Body):
    company_id: str | None = None
    """None: the tenant's first company, as companies are listed (F112)."""


class OfFamily(BaseModel):
    """What came of one family: its run, or why it was skipped."""

    family: Family
    run: RunProgress | None
    skipped: Problem | None


class SyncAll(BaseModel):
    """`by_status`: the records of all its runs. `finished`: all of them are at rest."""

    sync_id: UUID
    company_id: str
    requested_at: datetime
    families: list[OfFamily]
    by_status: dict[str, int]
    finished: bool


@router.post("/tenants/{tenant_id}/sync-all", status_code=202)
async def request_sync_all(tenant_id: str, body: NewSyncAll, rooms: InRooms, audit: InAudit) -> SyncAll:
    """Look at everything unposted now: a run of each family that the company's `default_sync` takes, in the order
    invoices, procurement, expenses, payments. The others are skipped, and it says why. A second request joins the one
    that has not been listed yet (F134). Refused while the account hides Sync All."""
    at = rooms.clock.now()
    async with rooms.database.transaction() as tx:
        company_id = await company_to_run(tx, rooms, tenant_id, body.company_id)
        if await is_hidden(tx, tenant_id):
            raise refused(409, "runs.sync_all_hidden", tenant=tenant_id)
        if held := await hold_of(tx, tenant_id, at):
            raise refused_for(409, held)
        sync_id = await sync_all.open_one(tx, tenant_id, company_id)
        if sync_id is None:
            settings = (await newest(tx, tenant_id, company_id)).settings
            asked = []
            for family in KINDS_OF:
                if why := skipped_because(family, settings):
                    asked.append(Asked(family, skipped=why))
                else:
                    one = NewRun(company_id=company_id, family=family)
                    asked.append(Asked(family, await begun(tx, rooms, audit, tenant_id, company_id, one)))
            sync_id = await sync_all.keep(tx, tenant_id, company_id, asked, at)
            told: dict[str, Any] = {each.family: each.skipped.code if each.skipped else each.run_id for each in asked}
            await audit.write(tx, tenant_id, "sync_all.requested", "company", company_id, after=told)
        found = await sync_all.one(tx, tenant_id, sync_id)
        assert found is not None
        return await _shown(tx, found)


@router.get("/tenants/{tenant_id}/sync-all/{sync_id}")
async def read_sync_all(tenant_id: str, sync_id: UUID, rooms: InRooms) -> SyncAll:
    """The combined result, as it stands now."""
    async with rooms.database.transaction() as tx:
        found = await sync_all.one(tx, tenant_id, sync_id)
        if found is None or not rooms.caller.sees(tenant_id, found["company_id"]):
            raise not_found("Sync All")
        return await _shown(tx, found)


async def is_hidden(tx: AsyncConnection, tenant_id: str) -> bool:
    """Whether the account hides Sync All (F147)."""
    return Options.model_validate((await options.of(tx, tenant_id))["options"]).hide_sync_all


def skipped_because(family: Family, settings: CompanySettings) -> Problem | None:
    """Why a Sync All of the company leaves a family out, if so (F129)."""
    if not settings.default_sync.takes(family):
        return problem("runs.family_switched_off", family=SPOKEN[family])
    return None if family in POSTED else not_posted(family)


async def _shown(tx: AsyncConnection, row: Row) -> SyncAll:
    families = []
    for asked in sync_all.asked_in(row):
        found = await runs.progress(tx, row["tenant_id"], asked.run_id) if asked.run_id else None
        progress = RunProgress.model_validate(found) if found else None
        families.append(OfFamily(family=asked.family, run=progress, skipped=asked.skipped))
    begun_runs = [each.run for each in families if each.run]
    counted: Counter[str] = Counter()
    for one in begun_runs:
        counted.update(one.by_status)
    return SyncAll(
        sync_id=row["sync_id"],
        company_id=row["company_id"],
        requested_at=row["requested_at"],
        families=families,
        by_status=dict(counted),
        finished=all(one.finished for one in begun_runs),
    )
