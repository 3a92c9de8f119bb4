"""Access tokens, and who may renew one: at most one renewer at a time over all copies, by the database's clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import access_token, connection, token_renewal

_NOW = sa.func.clock_timestamp()


async def standing(tx: AsyncConnection, connection_id: str) -> Row | None:
    """The connection with its token, if one is kept, and how its renewal stands; `waits`: not yet to be tried again."""
    renewal = token_renewal.c
    query = (
        sa.select(
            connection,
            access_token.c.sealed_token,
            access_token.c.expires_at,
            sa.func.coalesce(renewal.failures, 0).label("failures"),
            sa.func.coalesce(renewal.not_before > _NOW, sa.false()).label("waits"),
            renewal.problem,
            renewal.reconnect_since,
        )
        .outerjoin(access_token, access_token.c.connection_id == connection.c.connection_id)
        .outerjoin(token_renewal, renewal.connection_id == connection.c.connection_id)
        .where(connection.c.connection_id == connection_id)
    )
    return (await tx.execute(query)).mappings().one_or_none()


async def locked(tx: AsyncConnection, connection_id: str) -> Row:
    """The connection, which nobody else changes until the transaction ends."""
    query = sa.select(connection).where(connection.c.connection_id == connection_id).with_for_update(key_share=True)
    return (await tx.execute(query)).mappings().one()


async def claim(tx: AsyncConnection, connection_id: str, holder: UUID, lease_s: float) -> bool:
    """Take the renewal for `lease_s`; False while somebody else has it."""
    lease = {"holder": holder, "leased_until": _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, lease_s)}
    free = sa.or_(token_renewal.c.leased_until.is_(None), token_renewal.c.leased_until <= _NOW)
    statement = insert(token_renewal).values(connection_id=connection_id, **lease)
    statement = statement.on_conflict_do_update(index_elements=["connection_id"], set_=lease, where=free)
    return (await tx.execute(statement)).rowcount == 1


async def release(tx: AsyncConnection, connection_id: str, holder: UUID, **changes: Any) -> bool:
    """Let go and note `changes`; False, and nothing is noted, where somebody else has it by now."""
    mine = sa.and_(token_renewal.c.connection_id == connection_id, token_renewal.c.holder == holder)
    let_go = sa.update(token_renewal).where(mine).values(holder=None, leased_until=None, **changes)
    return (await tx.execute(let_go)).rowcount == 1


async def failed(
    tx: AsyncConnection, connection_id: str, holder: UUID, problem: Mapping[str, Any], wait_s: float | None
) -> None:
    """Let go and say why; with `wait_s` nobody tries again before."""
    waits: dict[str, Any] = {}
    if wait_s is not None:
        not_before = _NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, wait_s)
        waits = {"not_before": not_before, "failures": token_renewal.c.failures + 1}
    await release(tx, connection_id, holder, problem=dict(problem), **waits)


async def renewed(
    tx: AsyncConnection,
    connection_id: str,
    *,
    secret: bytes,
    sealed_token: bytes,
    expires_at: datetime,
    reconnect_by: datetime | None,
) -> None:
    """Keep a new pair: whatever was wrong before is over, whoever holds the renewal now."""
    await tx.execute(sa.update(connection).where(connection.c.connection_id == connection_id).values(secret=secret))
    token = {"sealed_token": sealed_token, "expires_at": expires_at}
    kept = insert(access_token).values(connection_id=connection_id, **token)
    await tx.execute(kept.on_conflict_do_update(index_elements=["connection_id"], set_=token))
    over: dict[str, Any] = dict.fromkeys(("holder", "leased_until", "not_before", "problem", "reconnect_since"))
    over |= {"failures": 0}
    if reconnect_by is not None:
        over |= {"reconnect_by": reconnect_by}
    stands = insert(token_renewal).values(connection_id=connection_id, **over)
    await tx.execute(stands.on_conflict_do_update(index_elements=["connection_id"], set_=over))


async def consent_gone(
    tx: AsyncConnection, connection_id: str, holder: UUID, problem: Mapping[str, Any], at: datetime
) -> bool:
    """From now on every ask is refused, until the connection is put again. False like `release`."""
    return await release(tx, connection_id, holder, problem=dict(problem), reconnect_since=at, not_before=None)


async def forget(tx: AsyncConnection, connection_id: str) -> None:
    """The connection was put anew: its token, and whatever its renewal came to, were the old one's."""
    for table in (access_token, token_renewal):
        await tx.execute(sa.delete(table).where(table.c.connection_id == connection_id))
