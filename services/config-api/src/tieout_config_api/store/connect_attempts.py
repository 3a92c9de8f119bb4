"""Ways to a consent page and back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import connect_attempt

_attempt = connect_attempt.c


async def begin(tx: AsyncConnection, **values: Any) -> None:
    await tx.execute(sa.insert(connect_attempt).values(values))


async def unfinished(tx: AsyncConnection, tenant_id: str, now: datetime) -> int:
    """How many of the tenant's people are on their way just now."""
    on_the_way = sa.and_(_attempt.tenant_id == tenant_id, _attempt.returned_at.is_(None), _attempt.expires_at > now)
    return await tx.scalar(sa.select(sa.func.count()).select_from(connect_attempt).where(on_the_way)) or 0


async def take(tx: AsyncConnection, state_digest: str, now: datetime) -> Row | None:
    """The attempt whose state came back, for whoever comes first and in time; nobody gets it a second time."""
    fresh = sa.and_(_attempt.state_digest == state_digest, _attempt.returned_at.is_(None), _attempt.expires_at > now)
    taken = sa.update(connect_attempt).where(fresh).values(returned_at=now)
    return await of_state(tx, state_digest) if (await tx.execute(taken)).rowcount else None


async def of_state(tx: AsyncConnection, state_digest: str) -> Row | None:
    query = sa.select(connect_attempt).where(_attempt.state_digest == state_digest)
    return (await tx.execute(query)).mappings().one_or_none()


async def of_tenant(tx: AsyncConnection, tenant_id: str, attempt_id: UUID, *, hold: bool = False) -> Row | None:
    query = sa.select(connect_attempt).where(_attempt.attempt_id == attempt_id, _attempt.tenant_id == tenant_id)
    return (await tx.execute(query.with_for_update() if hold else query)).mappings().one_or_none()


async def note(tx: AsyncConnection, attempt_id: UUID, **values: Any) -> None:
    """`consent_id`, `organisations`, `connected` or `problem`."""
    await tx.execute(sa.update(connect_attempt).where(_attempt.attempt_id == attempt_id).values(values))


async def connected(tx: AsyncConnection, attempt_id: UUID, made: Sequence[Mapping[str, str]]) -> None:
    """The way is gone to its end: the app's secret and the verifier have no more use."""
    await note(tx, attempt_id, connected=[dict(each) for each in made], problem=None, secret=b"")


async def purge(tx: AsyncConnection, before: datetime) -> None:
    await tx.execute(sa.delete(connect_attempt).where(_attempt.started_at < before))
