"""Sessions: whose a token is, and how long it still is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.store import Row
from tieout_config_api.store.pages import Place, newest_first
from tieout_config_api.store.people_tables import person, session

SEEN_EVERY = timedelta(minutes=1)
MOST_OF_ONE = 20
"""Sessions of one person; the one that was seen longest ago makes room."""


async def begin(
    tx: AsyncConnection,
    *,
    session_id: UUID,
    token_hash: bytes,
    person_id: UUID,
    at: datetime,
    expires_at: datetime,
    address: str | None,
    agent: str | None,
) -> None:
    mine = sa.select(session.c.session_id).where(session.c.person_id == person_id)
    stale = mine.order_by(session.c.seen_at.desc()).offset(MOST_OF_ONE - 1)
    await tx.execute(sa.delete(session).where(session.c.session_id.in_(stale)))
    await tx.execute(
        sa.insert(session).values(
            session_id=session_id,
            token_hash=token_hash,
            person_id=person_id,
            created_at=at,
            seen_at=at,
            expires_at=expires_at,
            address=address,
            agent=agent,
        )
    )


async def of_token(tx: AsyncConnection, token_hash: bytes, *, now: datetime, idle: timedelta) -> Row | None:
    """The session with its person; None where it has ended, idled too long, or the person is disabled."""
    query = (
        sa.select(
            *(session.c[name] for name in ("session_id", "person_id", "seen_at", "second_factor_at")),
            *(person.c[name] for name in ("email", "super_admin", "factor_confirmed_at")),
        )
        .join(person, person.c.person_id == session.c.person_id)
        .where(session.c.token_hash == token_hash, person.c.disabled_at.is_(None))
        .where(session.c.expires_at > now, session.c.seen_at > now - idle)
    )
    return (await tx.execute(query)).mappings().one_or_none()


async def touch(tx: AsyncConnection, row: Row, now: datetime) -> None:
    """It was seen, to the minute: a row is not written at every request."""
    if now - row["seen_at"] >= SEEN_EVERY:
        here = session.c.session_id == row["session_id"]
        await tx.execute(sa.update(session).where(here).values(seen_at=now))


async def factor_given(tx: AsyncConnection, session_id: UUID, token_hash: bytes, at: datetime) -> datetime | None:
    """From here on the session is whole, under a new token: who saw the old one has nothing. When it ends; None
    where it has ended meanwhile."""
    whole = sa.update(session).where(session.c.session_id == session_id)
    whole = whole.values(second_factor_at=at, token_hash=token_hash)
    ends_at: datetime | None = (await tx.execute(whole.returning(session.c.expires_at))).scalar_one_or_none()
    return ends_at


async def factor_gone(tx: AsyncConnection, person_id: UUID) -> None:
    """The person has no second factor any more: every session asks for a new one, where one is required."""
    await tx.execute(sa.update(session).where(session.c.person_id == person_id).values(second_factor_at=None))


async def every(
    tx: AsyncConnection, person_id: UUID, *, now: datetime, idle: timedelta, after: Place | None = None, limit: int
) -> Sequence[Row]:
    """The person's living sessions, the newest first."""
    query = sa.select(session).where(session.c.person_id == person_id)
    query = query.where(session.c.expires_at > now, session.c.seen_at > now - idle)
    query = newest_first(query, session.c.created_at, session.c.session_id, after, limit)
    return (await tx.execute(query)).mappings().all()


async def end(tx: AsyncConnection, person_id: UUID, session_id: UUID) -> bool:
    here = sa.and_(session.c.person_id == person_id, session.c.session_id == session_id)
    return (await tx.execute(sa.delete(session).where(here))).rowcount == 1


async def end_all(tx: AsyncConnection, person_id: UUID, *, but: UUID | None = None) -> int:
    query = sa.delete(session).where(session.c.person_id == person_id)
    if but is not None:
        query = query.where(session.c.session_id != but)
    return (await tx.execute(query)).rowcount


async def purge(tx: AsyncConnection, now: datetime, idle: timedelta) -> None:
    """Drop those that have ended."""
    over = sa.or_(session.c.expires_at <= now, session.c.seen_at <= now - idle)
    await tx.execute(sa.delete(session).where(over))
