"""People, what they are in each tenant, and whether a tenant requires the second factor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.people_tables import membership, person, tenant_access
from tieout_config_api.store.tables import company, tenant

STRICT: Mapping[str, Any] = {"second_factor": "required", "email_codes": False}


async def find_or_create(
    tx: AsyncConnection, person_id: UUID, email: str, name: str, at: datetime, *, super_admin: bool = False
) -> Row:
    """The person of this e-mail, who is one in the whole installation (F239); locked until the transaction ends."""
    values = {"email": email, "name": name, "super_admin": super_admin, "created_at": at}
    await tx.execute(insert(person).values(person_id=person_id, **values).on_conflict_do_nothing())
    query = sa.select(person).where(person.c.email == email).with_for_update()
    return (await tx.execute(query)).mappings().one()


async def by_email(tx: AsyncConnection, email: str) -> Row | None:
    return (await tx.execute(sa.select(person).where(person.c.email == email))).mappings().one_or_none()


async def one(tx: AsyncConnection, person_id: UUID) -> Row | None:
    return (await tx.execute(sa.select(person).where(person.c.person_id == person_id))).mappings().one_or_none()


async def hold(tx: AsyncConnection, person_id: UUID) -> None:
    """Until the transaction ends nobody else changes the person."""
    await tx.execute(
        sa.select(person.c.person_id).where(person.c.person_id == person_id).with_for_update(key_share=True)
    )


async def every(tx: AsyncConnection, *, after: str | None, limit: int) -> Sequence[Row]:
    """Everybody of the installation, by e-mail."""
    query = sa.select(person).order_by(person.c.email).limit(limit)
    if after is not None:
        query = query.where(person.c.email > after)
    return (await tx.execute(query)).mappings().all()


async def change(tx: AsyncConnection, person_id: UUID, **values: Any) -> None:
    await tx.execute(sa.update(person).where(person.c.person_id == person_id).values(**values))


async def join(
    tx: AsyncConnection, person_id: UUID, tenant_id: str, role: str, companies: Collection[str] | None, at: datetime
) -> bool:
    """False where the person belongs to the tenant already."""
    chosen = None if companies is None else sorted(companies)
    values = {"person_id": person_id, "tenant_id": tenant_id, "role": role, "companies": chosen, "created_at": at}
    made = await tx.execute(insert(membership).values(values).on_conflict_do_nothing())
    return made.rowcount == 1


async def change_membership(tx: AsyncConnection, person_id: UUID, tenant_id: str, **values: Any) -> None:
    here = sa.and_(membership.c.person_id == person_id, membership.c.tenant_id == tenant_id)
    await tx.execute(sa.update(membership).where(here).values(**values))


async def members(
    tx: AsyncConnection, tenant_id: str, *, person_id: UUID | None = None, after: str | None = None, limit: int = 1
) -> Sequence[Row]:
    """The tenant's people with what they are there, by e-mail; or the one of them."""
    query = (
        sa.select(person, *(membership.c[name] for name in ("tenant_id", "role", "companies")))
        .add_columns(membership.c.disabled_at.label("left_at"))
        .join(membership, membership.c.person_id == person.c.person_id)
        .where(membership.c.tenant_id == tenant_id)
        .order_by(person.c.email)
        .limit(limit)
    )
    if person_id is not None:
        query = query.where(person.c.person_id == person_id)
    if after is not None:
        query = query.where(person.c.email > after)
    return (await tx.execute(query)).mappings().all()


async def owners(tx: AsyncConnection, tenant_id: str, *, limit: int) -> Sequence[str]:
    """The e-mail addresses of the tenant's account admins who may sign in."""
    query = (
        sa.select(person.c.email)
        .join(membership, membership.c.person_id == person.c.person_id)
        .where(
            membership.c.tenant_id == tenant_id,
            membership.c.role == "account_admin",
            membership.c.disabled_at.is_(None),
            person.c.disabled_at.is_(None),
        )
        .order_by(person.c.email)
        .limit(limit)
    )
    return (await tx.execute(query)).scalars().all()


async def memberships(tx: AsyncConnection, person_id: UUID) -> Sequence[Row]:
    """What the person is in each tenant now, and which second factor the tenant asks for."""
    asks = (sa.func.coalesce(tenant_access.c[name], strict).label(name) for name, strict in STRICT.items())
    query = (
        sa.select(membership, *asks)
        .outerjoin(tenant_access, tenant_access.c.tenant_id == membership.c.tenant_id)
        .where(membership.c.person_id == person_id, membership.c.disabled_at.is_(None))
        .order_by(membership.c.tenant_id)
    )
    return (await tx.execute(query)).mappings().all()


async def companies_of(tx: AsyncConnection, tenant_id: str, named: Collection[str]) -> set[str]:
    """Those of the named companies that are the tenant's."""
    query = sa.select(company.c.company_id).where(company.c.tenant_id == tenant_id, company.c.company_id.in_(named))
    return set((await tx.execute(query)).scalars())


async def tenant_names(tx: AsyncConnection, tenant_ids: Collection[str]) -> dict[str, str]:
    query = sa.select(tenant.c.tenant_id, tenant.c.name).where(tenant.c.tenant_id.in_(tenant_ids))
    return {row.tenant_id: row.name for row in await tx.execute(query)}


async def number(tx: AsyncConnection, tenant_id: str) -> int:
    """How many people belong to the tenant, the disabled ones, too."""
    query = sa.select(sa.func.count()).select_from(membership).where(membership.c.tenant_id == tenant_id)
    return int(await tx.scalar(query) or 0)


async def tenants_of(tx: AsyncConnection, person_id: UUID) -> set[str]:
    """Every tenant that the person belongs to, also where they are disabled there."""
    query = sa.select(membership.c.tenant_id).where(membership.c.person_id == person_id)
    return set((await tx.execute(query)).scalars())


async def access(tx: AsyncConnection, tenant_id: str) -> dict[str, Any]:
    """What the tenant asks of its people; `STRICT` unless it chose otherwise (F208)."""
    chosen = [tenant_access.c[name] for name in STRICT]
    query = sa.select(*chosen).where(tenant_access.c.tenant_id == tenant_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    return dict(row or STRICT)


async def set_access(tx: AsyncConnection, tenant_id: str, values: Mapping[str, Any]) -> None:
    statement = insert(tenant_access).values(tenant_id=tenant_id, **values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=dict(values)))
