"""Tenants, connections, companies and their settings snapshots."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row, audit, consents, renewals
from tieout_config_api.store.sight import seen as is_seen
from tieout_config_api.store.tables import company, connection, reference, settings_snapshot, tenant, token_renewal
from tieout_contracts.settings import CompanySettings, SettingsSnapshot


class VersionConflict(Exception):
    """The settings were changed by someone else since they were read."""


async def create_tenant(tx: AsyncConnection, tenant_id: str, name: str, at: datetime) -> bool:
    """False when the tenant exists already, or did once: its audit is still there, and is nobody else's."""
    if await audit.head(tx, tenant_id) is not None:
        return False
    made = await tx.execute(
        insert(tenant).values(tenant_id=tenant_id, name=name, created_at=at).on_conflict_do_nothing()
    )
    return made.rowcount == 1


async def tenants(
    tx: AsyncConnection, *, own: Collection[str] | None = None, after: str | None = None, limit: int | None = None
) -> Sequence[Row]:
    """In the order of their ids; only one's own (None: all)."""
    query = sa.select(tenant).where(is_seen(tenant.c.tenant_id, own)).order_by(tenant.c.tenant_id).limit(limit)
    if after is not None:
        query = query.where(tenant.c.tenant_id > after)
    return (await tx.execute(query)).mappings().all()


async def tenant_exists(tx: AsyncConnection, tenant_id: str) -> bool:
    return (await tx.scalar(sa.select(tenant.c.tenant_id).where(tenant.c.tenant_id == tenant_id))) is not None


async def hold_tenant(tx: AsyncConnection, tenant_id: str) -> None:
    """Until the transaction ends nobody else holds it: what must agree over a tenant's companies is checked in turn."""
    await tx.execute(
        sa.select(tenant.c.tenant_id).where(tenant.c.tenant_id == tenant_id).with_for_update(key_share=True)
    )


async def put_connection(
    tx: AsyncConnection,
    *,
    connection_id: str,
    tenant_id: str,
    kind: str,
    details: Mapping[str, Any],
    secret: bytes,
    at: datetime,
) -> bool:
    """Create or replace, and forget the tokens of before; False when the id belongs to another tenant or another kind
    of provider."""
    values = {"details": dict(details), "secret": secret, "updated_at": at, "consent_id": None}
    statement = insert(connection).values(connection_id=connection_id, tenant_id=tenant_id, kind=kind, **values)
    if (await tx.execute(statement.on_conflict_do_nothing())).rowcount != 1:
        own = sa.and_(
            connection.c.connection_id == connection_id, connection.c.tenant_id == tenant_id, connection.c.kind == kind
        )
        if (await tx.execute(sa.update(connection).where(own).values(**values))).rowcount != 1:
            return False
    await renewals.forget(tx, connection_id)
    await consents.drop_unused(tx, tenant_id)
    return True


async def connections(
    tx: AsyncConnection,
    tenant_id: str,
    *,
    connection_id: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[Row]:
    """Each with how the renewal of its access token stands, in the order of their ids; or the one of them."""
    renewal = token_renewal.c
    query = (
        sa.select(connection, renewal.problem, renewal.reconnect_since, renewal.reconnect_by)
        .outerjoin(
            token_renewal,
            renewal.connection_id == sa.func.coalesce(connection.c.consent_id, connection.c.connection_id),
        )
        .where(connection.c.tenant_id == tenant_id)
        .order_by(connection.c.connection_id)
        .limit(limit)
    )
    if connection_id is not None:
        query = query.where(connection.c.connection_id == connection_id)
    if after is not None:
        query = query.where(connection.c.connection_id > after)
    return (await tx.execute(query)).mappings().all()


async def connection_by_id(tx: AsyncConnection, connection_id: str) -> Row | None:
    query = sa.select(connection).where(connection.c.connection_id == connection_id)
    return (await tx.execute(query)).mappings().one_or_none()


async def create_company(tx: AsyncConnection, tenant_id: str, company_id: str, at: datetime) -> bool:
    """False when the id is taken."""
    made = await tx.execute(
        insert(company)
        .values(company_id=company_id, tenant_id=tenant_id, version=0, created_at=at)
        .on_conflict_do_nothing()
    )
    return made.rowcount == 1


async def save_settings(
    tx: AsyncConnection,
    tenant_id: str,
    company_id: str,
    settings: CompanySettings,
    *,
    expected_version: int,
    comment: str | None,
    at: datetime,
) -> SettingsSnapshot:
    """A new snapshot on top of `expected_version`; `VersionConflict` when that is no longer the newest."""
    match = sa.and_(company.c.company_id == company_id, company.c.tenant_id == tenant_id)
    version = await tx.scalar(sa.select(company.c.version).where(match).with_for_update())
    if version != expected_version:
        raise VersionConflict(version)
    snapshot = SettingsSnapshot(tenant_id=tenant_id, company_id=company_id, version=version + 1, settings=settings)
    await tx.execute(
        sa.insert(settings_snapshot).values(
            company_id=company_id,
            version=snapshot.version,
            settings=settings.model_dump(mode="json"),
            comment=comment,
            created_at=at,
        )
    )
    await tx.execute(sa.update(company).where(match).values(version=snapshot.version))
    return snapshot


async def snapshots(
    tx: AsyncConnection,
    tenant_id: str | None = None,
    *,
    seen: Collection[str] | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[SettingsSnapshot]:
    """The newest snapshot of each company that has one, in the order of companies; only of those that are `seen`."""
    query = (
        sa.select(company.c.tenant_id, company.c.company_id, company.c.version, settings_snapshot.c.settings)
        .join(
            settings_snapshot,
            sa.and_(
                settings_snapshot.c.company_id == company.c.company_id,
                settings_snapshot.c.version == company.c.version,
            ),
        )
        .where(is_seen(company.c.company_id, seen))
        .order_by(company.c.company_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(company.c.company_id > after)
    if tenant_id is not None:
        query = query.where(company.c.tenant_id == tenant_id)
    return [SettingsSnapshot.model_validate(dict(row)) for row in (await tx.execute(query)).mappings()]


async def versions(tx: AsyncConnection) -> Sequence[Row]:
    """The tenant and the newest version of each company that has settings, without them."""
    query = sa.select(company.c.tenant_id, company.c.company_id, company.c.version).where(company.c.version > 0)
    return (await tx.execute(query.order_by(company.c.company_id))).mappings().all()


async def history(tx: AsyncConnection, company_id: str, *, before: int | None, limit: int) -> Sequence[Row]:
    """A company's snapshots without their settings, newest first."""
    kept = settings_snapshot.c
    query = sa.select(kept.version, kept.comment, kept.created_at).where(kept.company_id == company_id)
    if before is not None:
        query = query.where(kept.version < before)
    return (await tx.execute(query.order_by(kept.version.desc()).limit(limit))).mappings().all()


async def snapshot(tx: AsyncConnection, company_id: str, version: int) -> Row | None:
    """One of a company's snapshots, also an old one."""
    kept = settings_snapshot.c
    query = sa.select(settings_snapshot).where(kept.company_id == company_id, kept.version == version)
    return (await tx.execute(query)).mappings().one_or_none()


async def company_version(tx: AsyncConnection, tenant_id: str, company_id: str) -> int | None:
    """The number of the newest snapshot (0: none yet); None when the tenant has no such company."""
    query = sa.select(company.c.version).where(company.c.company_id == company_id, company.c.tenant_id == tenant_id)
    return await tx.scalar(query)


async def keep_reference(tx: AsyncConnection, company_id: str, version: int, content: Mapping[str, Any]) -> None:
    values = {"version": version, "content": dict(content)}
    statement = insert(reference).values(company_id=company_id, **values)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["company_id"], set_=values, where=reference.c.version <= version
        )
    )


async def reference_of(tx: AsyncConnection, company_id: str) -> Row | None:
    query = sa.select(reference.c.content).where(reference.c.company_id == company_id)
    return await tx.scalar(query)
