"""What a request names is there, or it is refused."""

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.refusals import not_found
from tieout_config_api.store import accounts


async def require_tenant(tx: AsyncConnection, tenant_id: str) -> None:
    if not await accounts.tenant_exists(tx, tenant_id):
        raise not_found("tenant")


async def require_company(tx: AsyncConnection, tenant_id: str, company_id: str) -> int:
    """The version of the company's newest snapshot."""
    version = await accounts.company_version(tx, tenant_id, company_id)
    if version is None:
        raise not_found("company")
    return version
