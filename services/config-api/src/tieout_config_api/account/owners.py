"""What a tenant's owners are told of by itself: shown with the tenant, and mailed to its account admins."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people import letters
from tieout_config_api.store import notices, people
from tieout_config_api.vault import Vault

MAX_OWNERS = 20
"""Mailed at a time."""
LETTER_GOOD_FOR = timedelta(days=7)
"""However long the mail server is away."""


async def tell_broken_connection(
    tx: AsyncConnection,
    vault: Vault,
    tenant_id: str,
    *,
    connections: str,
    kind: str,
    provider: str,
    problem: Mapping[str, Any],
    at: datetime,
) -> None:
    """In the transaction that marks it broken, so that it is told once, and told."""
    await notices.tell(tx, tenant_id, connections, problem, at)
    name = (await people.tenant_names(tx, [tenant_id])).get(tenant_id, tenant_id)
    for owner in await people.owners(tx, tenant_id, limit=MAX_OWNERS):
        letter = letters.broken_connection(owner, name, connections, provider, kind)
        await letters.post(tx, vault, letter, at=at, expires_at=at + LETTER_GOOD_FOR)
