"""What a connection has to do next, and when: one look over all of its tables by the database's clock."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_DUE = sa.text("""
    SELECT extract(epoch FROM least(
        (SELECT min(due_at) FROM record WHERE connection_id = :id AND state IN ('found', 'to_batch')),
        (SELECT min(news_at) FROM record WHERE connection_id = :id AND news_left > 0),
        (SELECT min(news_at) FROM run WHERE connection_id = :id AND news_left > 0),
        (SELECT coalesce(next_list_at, clock_timestamp()) FROM connection WHERE connection_id = :id),
        (SELECT clock_timestamp() WHERE
            EXISTS (SELECT 1 FROM heard WHERE connection_id = :id)
            OR EXISTS (SELECT 1 FROM run WHERE connection_id = :id AND state = 'requested'))
    ) - clock_timestamp())
""")
_NEWS = sa.text("""
    UPDATE record SET news_left = news_left - 1, news_wait_s = news_wait_s * 2,
        news_at = clock_timestamp() + make_interval(secs => (news_wait_s * 2)::double precision)
    WHERE (connection_id, kind, record_id) IN (
        SELECT connection_id, kind, record_id FROM record
        WHERE connection_id = :id AND news_left > 0 AND news_at <= clock_timestamp() ORDER BY news_at LIMIT :limit
    ) RETURNING news_event_id
""")
_RUN_NEWS = sa.text("""
    UPDATE run SET news_left = news_left - 1, news_at = clock_timestamp() + (clock_timestamp() - news_at) * 2
        + make_interval(secs => :wait_s)
    WHERE connection_id = :id AND news_left > 0 AND news_at <= clock_timestamp() RETURNING news_event_id
""")


async def due_in_s(tx: AsyncConnection, connection_id: str) -> float | None:
    """Seconds until the connection has something to do; 0 when it has now, None when it never has."""
    seconds = await tx.scalar(_DUE, {"id": connection_id})
    return None if seconds is None else max(float(seconds), 0.0)


async def unanswered(tx: AsyncConnection, connection_id: str, *, limit: int, wait_s: float) -> list[UUID]:
    """The events that are due to be announced again, each counted as announced; the next wait is twice as long."""
    of_records = await tx.scalars(_NEWS, {"id": connection_id, "limit": limit})
    of_runs = await tx.scalars(_RUN_NEWS, {"id": connection_id, "wait_s": float(wait_s)})
    return [*of_records.all(), *of_runs.all()]
