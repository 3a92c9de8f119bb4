"""The audit's rows: one chain per tenant. Written by `auditing`, and by nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import audit, audit_head


async def hold_head(tx: AsyncConnection, tenant_id: str, first_hash: str) -> tuple[int, str]:
    """The number and hash of the chain's newest entry; until the transaction ends nobody else adds one."""
    first = insert(audit_head).values(tenant_id=tenant_id, number=0, hash=first_hash)
    await tx.execute(first.on_conflict_do_nothing())
    query = sa.select(audit_head.c.number, audit_head.c.hash).where(audit_head.c.tenant_id == tenant_id)
    row = (await tx.execute(query.with_for_update())).one()
    return row.number, row.hash


async def append(tx: AsyncConnection, entry: Mapping[str, Any]) -> None:
    """Add an entry on top of the head that is held."""
    await tx.execute(sa.insert(audit).values(**entry))
    await tx.execute(
        sa.update(audit_head)
        .where(audit_head.c.tenant_id == entry["tenant_id"])
        .values(number=entry["number"], hash=entry["hash"])
    )


async def head(tx: AsyncConnection, tenant_id: str) -> Row | None:
    query = sa.select(audit_head).where(audit_head.c.tenant_id == tenant_id)
    return (await tx.execute(query)).mappings().one_or_none()


async def page(
    tx: AsyncConnection, tenant_id: str, where: Sequence[sa.ColumnElement[bool]], *, before: int | None, limit: int
) -> Sequence[Row]:
    """Entries that meet every condition, newest first, below the number `before`."""
    query = sa.select(audit).where(audit.c.tenant_id == tenant_id, *where)
    if before is not None:
        query = query.where(audit.c.number < before)
    return (await tx.execute(query.order_by(audit.c.number.desc()).limit(limit))).mappings().all()


async def links(tx: AsyncConnection, tenant_id: str, *, after: int, upto: int, limit: int) -> Sequence[Row]:
    """Entries in the chain's order, for checking it."""
    query = (
        sa.select(audit)
        .where(audit.c.tenant_id == tenant_id, audit.c.number > after, audit.c.number <= upto)
        .order_by(audit.c.number)
        .limit(limit)
    )
    return (await tx.execute(query)).mappings().all()
