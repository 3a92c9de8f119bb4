"""A tenant's options. A tenant without a row has the defaults, at version 0."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, accounts
from tieout_config_api.store.tables import metadata

tenant_option = sa.Table(
    "tenant_option",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("options", JSONB, nullable=False),
    sa.Column("payment_type_ids", JSONB, nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)
"""`payment_type_ids`: by connection and folded name, the id in ConnectWise when it was saved."""
PaymentTypeIds = Mapping[str, Mapping[str, int]]
DEFAULTS: Mapping[str, Any] = {"version": 0, "options": {}, "payment_type_ids": {}}


async def of(tx: AsyncConnection, tenant_id: str) -> Row:
    """Its `version`, what its `options` say other than the defaults, and its `payment_type_ids`."""
    query = sa.select(tenant_option).where(tenant_option.c.tenant_id == tenant_id)
    return (await tx.execute(query)).mappings().one_or_none() or {"tenant_id": tenant_id, **DEFAULTS}


async def save(
    tx: AsyncConnection,
    tenant_id: str,
    content: Mapping[str, Any],
    payment_type_ids: PaymentTypeIds,
    *,
    expected: int,
    at: datetime,
) -> None:
    """On top of the version `expected`; `VersionConflict` when that is no longer the newest."""
    await accounts.hold_tenant(tx, tenant_id)
    version = (await of(tx, tenant_id))["version"]
    if version != expected:
        raise accounts.VersionConflict(version)
    values = {
        "version": version + 1,
        "options": dict(content),
        "payment_type_ids": {name: dict(ids) for name, ids in payment_type_ids.items()},
        "updated_at": at,
    }
    made = insert(tenant_option).values(tenant_id=tenant_id, **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["tenant_id"], set_=values))
