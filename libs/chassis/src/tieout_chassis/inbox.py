"""The inbox: the effect of an event and the mark that it was handled commit together, so that a second delivery of the
same event has no second effect. A mark of another member that has not committed yet is waited for."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_MARK = text("""
    INSERT INTO inbox (event_id, consumer_group)
    SELECT id, :consumer_group FROM unnest(CAST(:ids AS uuid[])) AS id ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
""")


async def mark_handled(tx: AsyncConnection, consumer_group: str, event_ids: Collection[UUID]) -> set[UUID]:
    """Mark these events; those of them that were not marked before."""
    if not event_ids:
        return set()
    marked = await tx.scalars(_MARK, {"consumer_group": consumer_group, "ids": list(event_ids)})
    return set(marked.all())
