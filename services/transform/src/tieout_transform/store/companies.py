"""Settings versions that were heard of."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_transform.store.tables import company

CompanyKey = tuple[str, str]
"""Tenant and company."""


async def hear_of_settings(tx: AsyncConnection, tenant_id: str, company_id: str, version: int) -> None:
    """Keep the highest version."""
    statement = insert(company).values(tenant_id=tenant_id, company_id=company_id, settings_version=version)
    newest = sa.func.greatest(company.c.settings_version, statement.excluded.settings_version)
    keys = [company.c.tenant_id, company.c.company_id]
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_={"settings_version": newest}))


async def heard_versions(tx: AsyncConnection, companies: Collection[CompanyKey]) -> dict[CompanyKey, int]:
    """The newest version of each of these companies; one that was never heard of is not among them."""
    if not companies:
        return {}
    place = sa.tuple_(company.c.tenant_id, company.c.company_id)
    rows = await tx.execute(sa.select(company).where(place.in_(sorted(companies))))
    return {(row.tenant_id, row.company_id): row.settings_version for row in rows}
