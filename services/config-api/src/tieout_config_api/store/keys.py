"""Which installation key seals, how each is known, and tenants' data keys."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import audit_head, metadata, tenant

_moment = sa.DateTime(timezone=True)
_NOW = sa.func.clock_timestamp()
_OF_THE_INSTALLATION = "*"
"""The chain of the audit that is no tenant's."""

installation_key = sa.Table(
    "installation_key",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("proof", BYTEA, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("made_at", _moment, nullable=False, server_default=_NOW),
    sa.Column("retired_at", _moment),
)
"""`proof`: a known text, sealed: whoever opens it has the right key. Retired: nothing needs it any more."""

tenant_key = sa.Table(
    "tenant_key",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("wrapped", BYTEA, nullable=False),
    sa.Column("current", sa.Boolean, nullable=False),
    sa.Column("made_at", _moment, nullable=False, server_default=_NOW),
)


async def installation_keys(tx: AsyncConnection) -> Sequence[Row]:
    """All that ever sealed, oldest first."""
    return (await tx.execute(sa.select(installation_key).order_by(installation_key.c.made_at))).mappings().all()


async def current_key(tx: AsyncConnection) -> str | None:
    """The id of the key that seals; it stays so until the transaction ends."""
    query = sa.select(installation_key.c.key_id).where(installation_key.c.current).with_for_update(read=True)
    return await tx.scalar(query)


async def note_key(tx: AsyncConnection, key_id: str, proof: bytes, *, current: bool) -> None:
    """Know a key from now on; what is known already stays."""
    values = {"key_id": key_id, "proof": proof, "current": current}
    await tx.execute(insert(installation_key).values(values).on_conflict_do_nothing())


async def make_current(tx: AsyncConnection, key_id: str) -> None:
    """Waits for whoever seals with the one of before; afterwards nobody does."""
    await tx.execute(sa.update(installation_key).where(installation_key.c.current).values(current=False))
    mine = sa.update(installation_key).where(installation_key.c.key_id == key_id)
    await tx.execute(mine.values(current=True, retired_at=None))


async def retire(tx: AsyncConnection, key_id: str) -> None:
    aside = sa.and_(installation_key.c.key_id == key_id, sa.not_(installation_key.c.current))
    await tx.execute(sa.update(installation_key).where(aside).values(retired_at=_NOW))


async def in_use(tx: AsyncConnection, column: sa.Column[Any]) -> Mapping[str, int]:
    """Which installation keys this column's secrets need, and how many of them."""
    key_id = sealed_by(column)
    query = sa.select(key_id, sa.func.count()).where(column.is_not(None)).group_by(key_id)
    return {row[0]: row[1] for row in await tx.execute(query)}


def sealed_by(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The id of the key inside a sealed value: its length stands in the second byte."""
    name = sa.func.substring(column, 3, sa.func.get_byte(column, 1))
    return sa.func.convert_from(name, "UTF8")


async def tenant_keys(tx: AsyncConnection) -> Sequence[Row]:
    return (await tx.execute(sa.select(tenant_key).order_by(tenant_key.c.made_at))).mappings().all()


async def keyless_tenants(tx: AsyncConnection, limit: int) -> Sequence[str]:
    """Tenants of before tenants had keys of their own."""
    has = sa.exists().where(tenant_key.c.tenant_id == tenant.c.tenant_id)
    query = sa.select(tenant.c.tenant_id).where(sa.not_(has)).order_by(tenant.c.tenant_id).limit(limit)
    return (await tx.scalars(query.with_for_update(skip_locked=True))).all()


async def add_tenant_key(tx: AsyncConnection, tenant_id: str, key_id: str, wrapped: bytes) -> None:
    """From now on it seals what is the tenant's; the ones of before open what they sealed."""
    mine = tenant_key.c.tenant_id == tenant_id
    await tx.execute(sa.update(tenant_key).where(mine, tenant_key.c.current).values(current=False))
    values = {"key_id": key_id, "tenant_id": tenant_id, "wrapped": wrapped, "current": True}
    await tx.execute(sa.insert(tenant_key).values(values))


async def deleted_tenants(tx: AsyncConnection) -> Sequence[str]:
    """Of which nothing is left but what was done there."""
    there = sa.exists().where(tenant.c.tenant_id == audit_head.c.tenant_id)
    query = sa.select(audit_head.c.tenant_id).where(sa.not_(there), audit_head.c.tenant_id != _OF_THE_INSTALLATION)
    return (await tx.scalars(query.order_by(audit_head.c.tenant_id))).all()
