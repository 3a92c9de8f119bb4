"""Rows of the log of ConnectWise calls, and its switch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import call_log_switch, connection, logged_call

OFF: Mapping[str, Any] = {"enabled": False, "cleared_at": None, "dropped": 0}


async def switch(tx: AsyncConnection, tenant_id: str) -> Row:
    query = sa.select(call_log_switch).where(call_log_switch.c.tenant_id == tenant_id)
    return (await tx.execute(query)).mappings().one_or_none() or {"tenant_id": tenant_id, **OFF}


async def set_switch(tx: AsyncConnection, tenant_id: str, **values: Any) -> None:
    made = insert(call_log_switch).values(tenant_id=tenant_id, **({"enabled": False} | values))
    await tx.execute(made.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


async def switches_of(tx: AsyncConnection, connection_ids: Sequence[str]) -> Sequence[Row]:
    """Each connection's tenant with its switch, where that is on. Held, so that a Clear waits and clears these, too."""
    query = (
        sa.select(connection.c.connection_id, call_log_switch)
        .join(call_log_switch, call_log_switch.c.tenant_id == connection.c.tenant_id)
        .where(connection.c.connection_id.in_(connection_ids), call_log_switch.c.enabled)
        .with_for_update(of=call_log_switch, read=True)
    )
    return (await tx.execute(query)).mappings().all()


async def keep(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await tx.execute(sa.insert(logged_call), list(rows))


async def count_dropped(tx: AsyncConnection, tenant_ids: Sequence[str], dropped: int) -> None:
    of_these = call_log_switch.c.tenant_id.in_(tenant_ids)
    more = call_log_switch.c.dropped + dropped
    await tx.execute(sa.update(call_log_switch).where(of_these).values(dropped=more))


async def page(
    tx: AsyncConnection, tenant_id: str, filters: Mapping[str, Any], *, before: int | None, limit: int
) -> Sequence[Row]:
    """Newest first."""
    query = sa.select(logged_call).where(logged_call.c.tenant_id == tenant_id)
    for name, value in filters.items():
        query = query.where(logged_call.c[name] == value)
    if before is not None:
        query = query.where(logged_call.c.number < before)
    return (await tx.execute(query.order_by(logged_call.c.number.desc()).limit(limit))).mappings().all()


async def one(tx: AsyncConnection, tenant_id: str, number: int) -> Row | None:
    query = sa.select(logged_call).where(logged_call.c.tenant_id == tenant_id, logged_call.c.number == number)
    return (await tx.execute(query)).mappings().one_or_none()


async def count(tx: AsyncConnection, tenant_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(logged_call).where(logged_call.c.tenant_id == tenant_id)
    return int((await tx.execute(query)).scalar_one())


async def clear(tx: AsyncConnection, tenant_id: str) -> int:
    """How many there were."""
    return (await tx.execute(sa.delete(logged_call).where(logged_call.c.tenant_id == tenant_id))).rowcount


async def forget_older(tx: AsyncConnection, moment: datetime) -> int:
    return (await tx.execute(sa.delete(logged_call).where(logged_call.c.at < moment))).rowcount


async def forget_beyond(tx: AsyncConnection, kept: int) -> int:
    """Of each tenant the newest `kept` stay."""
    newest_first = sa.func.row_number().over(partition_by=logged_call.c.tenant_id, order_by=logged_call.c.number.desc())
    placed = sa.select(logged_call.c.number, newest_first.label("place")).subquery()
    beyond = sa.select(placed.c.number).where(placed.c.place > kept)
    return (await tx.execute(sa.delete(logged_call).where(logged_call.c.number.in_(beyond)))).rowcount
