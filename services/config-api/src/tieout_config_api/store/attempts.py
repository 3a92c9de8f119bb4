"""How often somebody tried: a row per subject, in the database, so that it counts over all copies."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.people_tables import attempt


async def count(tx: AsyncConnection, subject: str, now: datetime, window: timedelta) -> Row:
    """One attempt more: `made` in the window that began at `since`. Of two at the same moment one waits."""
    over = attempt.c.since <= now - window
    statement = insert(attempt).values(subject=subject, since=now, made=1)
    counted = await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["subject"],
            set_={
                "since": sa.case((over, now), else_=attempt.c.since),
                "made": sa.case((over, 1), else_=attempt.c.made + 1),
            },
        ).returning(attempt.c.since, attempt.c.made)
    )
    return counted.mappings().one()


async def forget(tx: AsyncConnection, subject: str) -> None:
    await tx.execute(sa.delete(attempt).where(attempt.c.subject == subject))


async def purge(tx: AsyncConnection, before: datetime) -> None:
    await tx.execute(sa.delete(attempt).where(attempt.c.since <= before))
