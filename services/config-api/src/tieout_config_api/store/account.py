"""A tenant's profile and limits. A tenant without a row has the defaults, at version 0."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, accounts
from tieout_config_api.store.tables import company, tenant, tenant_limit, tenant_profile, usage_reported

NO_LIMITS: Mapping[str, Any] = {
    "version": 0,
    "max_companies": None,
    "max_records_per_month": None,
    "features_off": (),
    "suspended_at": None,
}


async def tenant_row(tx: AsyncConnection, tenant_id: str) -> Row | None:
    return (await tx.execute(sa.select(tenant).where(tenant.c.tenant_id == tenant_id))).mappings().one_or_none()


async def profile(tx: AsyncConnection, tenant_id: str) -> tuple[int, Mapping[str, Any]]:
    """Its version and what it says."""
    query = sa.select(tenant_profile.c.version, tenant_profile.c.profile).where(tenant_profile.c.tenant_id == tenant_id)
    row = (await tx.execute(query)).one_or_none()
    return (row.version, row.profile) if row else (0, {})


async def save_profile(
    tx: AsyncConnection, tenant_id: str, content: Mapping[str, Any], *, expected: int, at: datetime
) -> None:
    """On top of the version `expected`; `VersionConflict` when that is no longer the newest."""
    await accounts.hold_tenant(tx, tenant_id)
    version, _ = await profile(tx, tenant_id)
    if version != expected:
        raise accounts.VersionConflict(version)
    await _put(tx, tenant_profile, tenant_id, {"version": version + 1, "profile": dict(content), "updated_at": at})


async def limits(tx: AsyncConnection, tenant_id: str) -> Row:
    query = sa.select(tenant_limit).where(tenant_limit.c.tenant_id == tenant_id)
    return (await tx.execute(query)).mappings().one_or_none() or {"tenant_id": tenant_id, **NO_LIMITS}


async def limited(tx: AsyncConnection) -> Sequence[Row]:
    """Tenants that are suspended or may post only so many records a month, each with its profile."""
    query = (
        sa.select(tenant_limit, tenant_profile.c.profile)
        .outerjoin(tenant_profile, tenant_profile.c.tenant_id == tenant_limit.c.tenant_id)
        .where(sa.or_(tenant_limit.c.suspended_at.is_not(None), tenant_limit.c.max_records_per_month.is_not(None)))
        .order_by(tenant_limit.c.tenant_id)
    )
    return (await tx.execute(query)).mappings().all()


async def save_limits(
    tx: AsyncConnection, tenant_id: str, content: Mapping[str, Any], *, expected: int, at: datetime
) -> None:
    """On top of the version `expected`; `VersionConflict` when that is no longer the newest."""
    await accounts.hold_tenant(tx, tenant_id)
    version = (await limits(tx, tenant_id))["version"]
    if version != expected:
        raise accounts.VersionConflict(version)
    await _put(tx, tenant_limit, tenant_id, {**content, "version": version + 1, "updated_at": at})


async def asking_for_reports(tx: AsyncConnection) -> Sequence[Row]:
    """Tenants whose profile names an address for reports, each with the last month that was reported."""
    query = (
        sa.select(tenant, tenant_profile.c.profile, usage_reported.c.month.label("reported"))
        .join(tenant_profile, tenant_profile.c.tenant_id == tenant.c.tenant_id)
        .outerjoin(usage_reported, usage_reported.c.tenant_id == tenant.c.tenant_id)
        .where(tenant_profile.c.profile["report_email"].astext.is_not(None))
        .order_by(tenant.c.tenant_id)
    )
    return (await tx.execute(query)).mappings().all()


async def companies(tx: AsyncConnection, tenant_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(company).where(company.c.tenant_id == tenant_id)
    return int((await tx.execute(query)).scalar_one())


async def _put(tx: AsyncConnection, table: sa.Table, tenant_id: str, values: Mapping[str, Any]) -> None:
    made = insert(table).values(tenant_id=tenant_id, **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["tenant_id"], set_=dict(values)))
