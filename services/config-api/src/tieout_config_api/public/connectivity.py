"""The test of a connection (F205)."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from tieout_chassis.call_log import CallLog
from tieout_config_api.call_log import keep_told
from tieout_config_api.connections import connectwise_access
from tieout_config_api.connectwise.connectivity import check_connectivity
from tieout_config_api.public.door import InRooms, not_found, refuse_internal, refused
from tieout_config_api.store import accounts, call_log
from tieout_contracts.problems import Problem
from tieout_providers.connectwise.rights import WRITES

router = APIRouter(tags=["tenants"])


class ConnectivityResult(BaseModel):
    connection_id: str
    tested_at: datetime
    ok: bool
    """Records can be posted over it; what `problems` warns of does not stand in the way."""
    version: str | None
    """ConnectWise's own, such as "v2025.1.10333"; none if the test did not come so far."""
    api_version: str | None
    is_cloud: bool | None
    time_zone: str | None
    problems: Sequence[Problem]
    untested: Sequence[str]
    """Rights that only a write would show."""


@router.post("/tenants/{tenant_id}/connections/{connection_id}/test")
async def test_connection(tenant_id: str, connection_id: str, rooms: InRooms) -> ConnectivityResult:
    """Ask the site, now: its version if all is well, else the cause by name. Writes nothing there."""
    async with rooms.database.transaction() as tx:
        row = await accounts.connection_by_id(tx, connection_id)
        log_calls = (await call_log.switch(tx, tenant_id))["enabled"]
    if row is None or row["tenant_id"] != tenant_id:
        raise not_found("connection")
    if row["kind"] != "connectwise":
        raise refused(409, "api.no_test", kind=row["kind"])
    await refuse_internal(rooms, "site", row["details"]["site"])
    access = connectwise_access(rooms.vault, row, log_calls=log_calls)
    log = CallLog(rooms.clock, lambda told: keep_told(rooms.database, rooms.sealer, told))
    found = await check_connectivity(access, rooms.http, log.witness_of(access))
    await log.step()
    return ConnectivityResult(
        connection_id=connection_id,
        tested_at=rooms.clock.now(),
        ok=found.ok,
        version=found.version,
        api_version=found.api_version,
        is_cloud=found.is_cloud,
        time_zone=found.time_zone,
        problems=found.problems,
        untested=(WRITES,),
    )
