"""API keys: a hash, what each may, and when it was used last."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.pages import Place, newest_first
from tieout_config_api.store.people_tables import api_key

USED_EVERY = timedelta(minutes=1)


async def create(
    tx: AsyncConnection,
    *,
    key_id: UUID,
    tenant_id: str,
    key_hash: bytes,
    name: str,
    scopes: Collection[str],
    companies: Collection[str] | None,
    at: datetime,
    by: str,
    expires_at: datetime | None,
) -> None:
    await tx.execute(
        sa.insert(api_key).values(
            key_id=key_id,
            tenant_id=tenant_id,
            key_hash=key_hash,
            name=name,
            scopes=sorted(scopes),
            companies=None if companies is None else sorted(companies),
            created_at=at,
            created_by=by,
            expires_at=expires_at,
        )
    )


async def every(tx: AsyncConnection, tenant_id: str, *, after: Place | None = None, limit: int) -> Sequence[Row]:
    """The tenant's keys, the revoked ones, too; the newest first."""
    query = sa.select(api_key).where(api_key.c.tenant_id == tenant_id)
    query = newest_first(query, api_key.c.created_at, api_key.c.key_id, after, limit)
    return (await tx.execute(query)).mappings().all()


async def one(tx: AsyncConnection, key_id: UUID) -> Row:
    return (await tx.execute(sa.select(api_key).where(api_key.c.key_id == key_id))).mappings().one()


async def number(tx: AsyncConnection, tenant_id: str) -> int:
    """How many are in use."""
    living = sa.and_(api_key.c.tenant_id == tenant_id, api_key.c.revoked_at.is_(None))
    return int(await tx.scalar(sa.select(sa.func.count()).select_from(api_key).where(living)) or 0)


async def of_hash(tx: AsyncConnection, key_hash: bytes, now: datetime) -> Row | None:
    """None where there is no such key, or it was revoked, or has expired."""
    alive = sa.or_(api_key.c.expires_at.is_(None), api_key.c.expires_at > now)
    query = sa.select(api_key).where(api_key.c.key_hash == key_hash, api_key.c.revoked_at.is_(None), alive)
    return (await tx.execute(query)).mappings().one_or_none()


async def touch(tx: AsyncConnection, row: Row, now: datetime) -> None:
    """It was used, to the minute: a row is not written at every request."""
    last = row["last_used_at"]
    if last is None or now - last >= USED_EVERY:
        here = api_key.c.key_id == row["key_id"]
        await tx.execute(sa.update(api_key).where(here).values(last_used_at=now.replace(second=0, microsecond=0)))


async def revoke(tx: AsyncConnection, tenant_id: str, key_id: UUID, at: datetime) -> bool:
    """False where the tenant has no such key; one that was revoked before stays as it is."""
    here = sa.and_(api_key.c.tenant_id == tenant_id, api_key.c.key_id == key_id)
    values = {"revoked_at": sa.func.coalesce(api_key.c.revoked_at, at)}
    return (await tx.execute(sa.update(api_key).where(here).values(**values))).rowcount == 1
