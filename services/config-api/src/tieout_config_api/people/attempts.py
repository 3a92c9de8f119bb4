"""Refusing whoever tries too often."""

from collections.abc import Awaitable, Callable
from math import ceil

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.people.opaque import digest
from tieout_config_api.people.rules import Limit
from tieout_config_api.refusals import refused
from tieout_config_api.store import attempts

_log = structlog.get_logger(__name__)


Told = Callable[[AsyncConnection], Awaitable[None]]


async def take(
    database: Database, clock: Clock, limit: Limit, what: str, who: str, *, blocked: Told | None = None
) -> None:
    """Counts an attempt, whatever becomes of it; 429 where there were too many, and the first time `blocked` is told.

    In a transaction of its own, before anything is looked at: of many at the same moment none is overlooked. Kept is a
    hash of `who`: people type passwords where their name belongs.
    """
    now = clock.now()
    async with database.transaction() as tx:
        row = await attempts.count(tx, _subject(what, who), now, limit.window)
        if blocked is not None and row["made"] == limit.most + 1:
            await blocked(tx)
    if row["made"] > limit.most:
        left = row["since"] + limit.window - now
        _log.warning("tried too often", what=what, made=row["made"])
        minutes = ceil(left.total_seconds() / 60)
        raise refused(429, "people.too_many_attempts", minutes=minutes).retry_after(left.total_seconds())


async def forget(database: Database, what: str, who: str) -> None:
    """It went well: the next ones count from nothing."""
    async with database.transaction() as tx:
        await attempts.forget(tx, _subject(what, who))


def _subject(what: str, who: str) -> str:
    return f"{what}|{digest(who).hex()}"
