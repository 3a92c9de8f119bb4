"""When a connection's unposted list is read next, and why nothing is asked of it meanwhile."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_ingest.store.tables import connection

HINTS_APART_S = 3.0
"""However many hints come, the list is read for them only so often."""
HINT_AGAIN_S = 20.0
HINT_LASTS_S = 60.0
"""Whether the entries of the general ledger are there at the instant of a callback is not published: for a minute after
a hint the list is read again every twenty seconds."""

Pause = Literal["refused", "unreachable", "throttled"]
_NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Connection:
    """`list_due`: the schedule wants its list read. `failures` grows with each pause and ends with a good slice."""

    connection_id: str
    tenant_id: str
    list_due: bool
    failures: int
    pause: Pause | None


async def ensure(tx: AsyncConnection, connection_id: str, tenant_id: str) -> bool:
    """Make sure that it has a row; whether it is new."""
    statement = insert(connection).values(connection_id=connection_id, tenant_id=tenant_id)
    kept = await tx.execute(statement.on_conflict_do_nothing().returning(connection.c.connection_id))
    return kept.first() is not None


async def one(tx: AsyncConnection, connection_id: str) -> Connection | None:
    """The connection as it stands by the database's clock."""
    due = sa.func.coalesce(connection.c.next_list_at <= _NOW, True)
    statement = sa.select(
        connection.c.connection_id, connection.c.tenant_id, due, connection.c.failures, connection.c.pause
    ).where(connection.c.connection_id == connection_id)
    row = (await tx.execute(statement)).one_or_none()
    return Connection(*row) if row else None


async def listed(tx: AsyncConnection, connection_id: str, *, next_in_s: float) -> None:
    """Its list was read; the next look is sooner for a while after a hint."""
    fresh = connection.c.hinted_at > _in(-HINT_LASTS_S)
    next_list_at = sa.case((fresh, _in(min(HINT_AGAIN_S, next_in_s))), else_=_in(next_in_s))
    await _change(tx, connection_id, listed_at=_NOW, next_list_at=next_list_at)


async def hinted(tx: AsyncConnection, connection_id: str) -> None:
    """Something has changed there: its list is to be read soon, not more often than every `HINTS_APART_S`."""
    soon = sa.func.greatest(_NOW, connection.c.listed_at + _seconds(HINTS_APART_S))
    await _change(tx, connection_id, hinted_at=_NOW, next_list_at=sa.func.least(connection.c.next_list_at, soon))


async def list_now(tx: AsyncConnection, connection_id: str) -> None:
    """Its list is to be read at the next slice."""
    await _change(tx, connection_id, next_list_at=None)


async def paused(tx: AsyncConnection, connection_id: str, pause: Pause) -> None:
    """A slice ended in a pause."""
    await _change(tx, connection_id, pause=pause, paused_at=_NOW, failures=connection.c.failures + 1)


async def resumed(tx: AsyncConnection, connection_id: str) -> None:
    """A slice went well again."""
    trouble = (connection.c.connection_id == connection_id, connection.c.failures > 0)
    await tx.execute(connection.update().where(*trouble).values(pause=None, paused_at=None, failures=0))


async def paused_for(tx: AsyncConnection, connection_id: str) -> Pause | None:
    """Why it is paused, if it is."""
    pause: Pause | None = await tx.scalar(
        sa.select(connection.c.pause).where(connection.c.connection_id == connection_id)
    )
    return pause


async def _change(tx: AsyncConnection, connection_id: str, **values: object) -> None:
    await tx.execute(connection.update().where(connection.c.connection_id == connection_id).values(**values))


def _in(seconds: float) -> sa.ColumnElement[object]:
    return _NOW + _seconds(seconds)


def _seconds(seconds: float) -> sa.ColumnElement[object]:
    return sa.func.make_interval(0, 0, 0, 0, 0, 0, float(seconds))
