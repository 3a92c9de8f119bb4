"""Answers of requests that carry an Idempotency-Key, kept for a day."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.tables import kept_answer

_OF = kept_answer.c


async def claim(
    tx: AsyncConnection, owner: str, key: str, *, fingerprint: str, claimed_at: datetime, expires_at: datetime
) -> bool:
    """False where the owner has used the key within a day."""
    values = {"fingerprint": fingerprint, "claimed_at": claimed_at, "expires_at": expires_at}
    anew = {**values, "status": None, "headers": None, "body": None}
    statement = insert(kept_answer).values(owner=owner, key=key, **values)
    over = statement.on_conflict_do_update(
        index_elements=["owner", "key"], set_=anew, where=_OF.expires_at <= claimed_at
    )
    return (await tx.execute(over)).rowcount == 1


async def one(tx: AsyncConnection, owner: str, key: str) -> Row | None:
    query = sa.select(kept_answer).where(_OF.owner == owner, _OF.key == key)
    return (await tx.execute(query)).mappings().one_or_none()


async def count(tx: AsyncConnection, owner: str, most: int) -> int:
    """How many the owner has, counted no further than `most`."""
    some = sa.select(sa.literal(1)).where(_OF.owner == owner).limit(most).subquery()
    return int((await tx.execute(sa.select(sa.func.count()).select_from(some))).scalar_one())


async def keep(tx: AsyncConnection, owner: str, key: str, *, status: int, headers: dict[str, Any], body: bytes) -> None:
    statement = sa.update(kept_answer).where(_OF.owner == owner, _OF.key == key)
    await tx.execute(statement.values(status=status, headers=headers, body=body))


async def release(tx: AsyncConnection, owner: str, key: str) -> None:
    """Nothing was done: the key can be used again."""
    await tx.execute(sa.delete(kept_answer).where(_OF.owner == owner, _OF.key == key))


async def purge(tx: AsyncConnection, now: datetime, most: int) -> int:
    """Forget what has expired, at most so many; how many there were."""
    old = sa.select(_OF.owner, _OF.key).where(_OF.expires_at <= now).limit(most).with_for_update(skip_locked=True)
    return (await tx.execute(sa.delete(kept_answer).where(sa.tuple_(_OF.owner, _OF.key).in_(old)))).rowcount
