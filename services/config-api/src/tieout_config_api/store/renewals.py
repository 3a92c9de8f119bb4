"""Access tokens, and who may renew one: at most one renewer at a time over all copies, by the database's clock.

Whose token it is: a connection's of its own, or a consent's that several connections share. Both are named by one id
here (`connection_id`), since everything about a token's life is the same for both.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import access_token, connection, consent, token_renewal

CONSENT = "consent:"
"""How a consent's id begins."""
_NOW = sa.func.clock_timestamp()


def bearer_of(connection: Row) -> str:
    """Whose token a connection uses."""
    return str(connection["consent_id"] or connection["connection_id"])


async def standing(tx: AsyncConnection, bearer: str) -> Row | None:
    """The connection or consent with its token, if one is kept, and how its renewal stands; `waits`: not yet to be
    tried again; `named`: the connections that hang on it."""
    table, key = _kept_in(bearer)
    renewal = token_renewal.c
    sharing = sa.func.string_agg(connection.c.connection_id, ", ").filter(connection.c.consent_id == bearer)
    query = (
        sa.select(
            key.label("connection_id"),
            *(table.c[name] for name in ("tenant_id", "kind", "details", "secret")),
            sa.func.coalesce(sa.select(sharing).scalar_subquery(), bearer).label("named"),
            access_token.c.sealed_token,
            access_token.c.expires_at,
            sa.func.coalesce(renewal.failures, 0).label("failures"),
            sa.func.coalesce(renewal.not_before > _NOW, sa.false()).label("waits"),
            renewal.problem,
            renewal.reconnect_since,
        )
        .outerjoin(access_token, access_token.c.connection_id == key)
        .outerjoin(token_renewal, renewal.connection_id == key)
        .where(key == bearer)
    )
    return (await tx.execute(query)).mappings().one_or_none()


async def locked(tx: AsyncConnection, bearer: str) -> Row | None:
    """The connection or consent, which nobody else changes until the transaction ends; none: it is gone."""
    table, key = _kept_in(bearer)
    query = sa.select(table, key.label("connection_id")) if table is consent else sa.select(table)
    return (await tx.execute(query.where(key == bearer).with_for_update(key_share=True))).mappings().one_or_none()


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
    table, key = _kept_in(connection_id)
    await tx.execute(sa.update(table).where(key == connection_id).values(secret=secret))
    await keep_token(tx, connection_id, sealed_token=sealed_token, expires_at=expires_at, reconnect_by=reconnect_by)


async def keep_token(
    tx: AsyncConnection, connection_id: str, *, sealed_token: bytes, expires_at: datetime, reconnect_by: datetime | None
) -> None:
    """A good token: nothing is wrong any more."""
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


async def ended(tx: AsyncConnection, connection_id: str, problem: Mapping[str, Any], at: datetime) -> None:
    """A person ended it: there is no token, and none is asked for until the connection is made again."""
    await forget(tx, connection_id)
    values = {"connection_id": connection_id, "problem": dict(problem), "reconnect_since": at}
    await tx.execute(sa.insert(token_renewal).values(values))


async def idle(tx: AsyncConnection, *, kinds: Sequence[str], since: datetime, limit: int) -> Sequence[Row]:
    """Consents, and connections with a consent of their own (of `kinds`), whose token nobody asked for since then:
    the longest idle first. Those that wait for a person, or for the provider, are left out."""
    own = sa.select(connection.c.connection_id.label("bearer"), connection.c.updated_at).where(
        connection.c.consent_id.is_(None), connection.c.kind.in_(kinds)
    )
    shared = sa.select(consent.c.consent_id, consent.c.updated_at)
    bearers = sa.union_all(own, shared).subquery()
    used_at = sa.func.coalesce(access_token.c.expires_at, bearers.c.updated_at)
    query = (
        sa.select(bearers.c.bearer, used_at.label("used_at"))
        .outerjoin(access_token, access_token.c.connection_id == bearers.c.bearer)
        .outerjoin(token_renewal, token_renewal.c.connection_id == bearers.c.bearer)
        .where(
            used_at < since,
            token_renewal.c.reconnect_since.is_(None),
            sa.or_(token_renewal.c.not_before.is_(None), token_renewal.c.not_before <= _NOW),
        )
        .order_by(used_at)
        .limit(limit)
    )
    return (await tx.execute(query)).mappings().all()


def _kept_in(bearer: str) -> tuple[sa.Table, sa.Column[Any]]:
    """No connection's id has a colon in it."""
    if bearer.startswith(CONSENT):
        return consent, consent.c.consent_id
    return connection, connection.c.connection_id
