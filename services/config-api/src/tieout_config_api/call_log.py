"""The log of ConnectWise calls: kept sealed for tenants that switched it on, bounded in age and number (F215)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.store import Row, call_log
from tieout_contracts.calls import LoggedCall, LoggedCalls

UPKEEP_EVERY_S = 60.0


async def keep(tx: AsyncConnection, sealer: Sealer, told: LoggedCalls) -> None:
    """Those of tenants whose log is on. What was called before the log was last cleared is not kept any more: it was
    on its way while somebody cleared."""
    switches = {row["connection_id"]: row for row in await call_log.switches_of(tx, _connections(told.calls))}
    rows = []
    for call in told.calls:
        switch = switches.get(call.connection_id)
        if switch is not None and (switch["cleared_at"] is None or call.at > switch["cleared_at"]):
            rows.append(_row(sealer, switch["tenant_id"], call))
    await call_log.keep(tx, rows)
    if told.dropped and switches:
        await call_log.count_dropped(tx, sorted({row["tenant_id"] for row in switches.values()}), told.dropped)


async def keep_told(database: Database, sealer: Sealer, told: LoggedCalls) -> None:
    """What this service itself called."""
    async with database.transaction() as tx:
        await keep(tx, sealer, told)


def address_in(sealer: Sealer, row: Row) -> str:
    return sealer.open(row["address"], _aad(row["tenant_id"], row["connection_id"], "address")).decode()


def bodies_in(sealer: Sealer, row: Row) -> tuple[str, str]:
    """The request's and the answer's."""
    opened = exact_json.loads(sealer.open(row["bodies"], _aad(row["tenant_id"], row["connection_id"], "bodies")))
    return opened["request"], opened["answer"]


class Upkeep:
    """Forgets what is too old, and of each tenant what is too much."""

    def __init__(self, database: Database, clock: Clock, *, days: int, calls: int) -> None:
        self._database = database
        self._clock = clock
        self._days = days
        self._calls = calls

    async def step(self) -> bool:
        async with self._database.transaction() as tx:
            await call_log.forget_older(tx, self._clock.now() - timedelta(days=self._days))
            await call_log.forget_beyond(tx, self._calls)
        return False


def _row(sealer: Sealer, tenant_id: str, call: LoggedCall) -> dict[str, Any]:
    bodies = exact_json.dumps({"request": call.request_body, "answer": call.answer_body})
    return {
        "tenant_id": tenant_id,
        "connection_id": call.connection_id,
        "at": call.at,
        "method": call.method,
        "status": call.status,
        "address": sealer.seal(call.url.encode(), _aad(tenant_id, call.connection_id, "address"), tenant_id),
        "bodies": sealer.seal(bodies.encode(), _aad(tenant_id, call.connection_id, "bodies"), tenant_id),
    }


def _connections(calls: Iterable[LoggedCall]) -> list[str]:
    return sorted({call.connection_id for call in calls})


def _aad(tenant_id: str, connection_id: str, column: str) -> bytes:
    return f"{tenant_id}|logged_call|{connection_id}|{column}".encode()
