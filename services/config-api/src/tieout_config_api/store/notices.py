"""What a tenant's owner is told, once each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.pages import Place, newest_first
from tieout_config_api.store.tables import notice


async def tell(tx: AsyncConnection, tenant_id: str, about: str, problem: Mapping[str, Any], at: datetime) -> None:
    values = {"tenant_id": tenant_id, "about": about, "problem": dict(problem), "noticed_at": at}
    await tx.execute(sa.insert(notice).values(notice_id=uuid4(), **values))


async def newest(tx: AsyncConnection, tenant_id: str, *, after: Place | None = None, limit: int) -> Sequence[Row]:
    query = sa.select(notice).where(notice.c.tenant_id == tenant_id)
    query = newest_first(query, notice.c.noticed_at, notice.c.notice_id, after, limit)
    return (await tx.execute(query)).mappings().all()


async def purge(tx: AsyncConnection, before: datetime) -> None:
    await tx.execute(sa.delete(notice).where(notice.c.noticed_at < before))
