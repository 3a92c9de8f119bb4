"""Losing the bus loses nothing: what was said and not answered is said again, with the same event id.

A posted settlement until ingest staged the record, at most `announce_limit` times, ever more slowly; others twice.
"""

import sqlalchemy as sa

from tieout_chassis.outbox import announce_again
from tieout_posting.desk import Desk
from tieout_posting.store import NOW, seconds
from tieout_posting.tables import intent

OTHERS_LIMIT = 1
"""A settlement that nobody answers is announced once more, so twice in all."""


async def announce_unanswered(desk: Desk) -> bool:
    """One round; True when there may be more at once."""
    limit = sa.case((intent.c.outcome == "posted", desk.options.announce_limit), else_=OTHERS_LIMIT)
    due = (
        sa.select(intent.c.tenant_id, intent.c.posting_id, intent.c.settled_event_id)
        .where(intent.c.announce_at <= NOW)
        .order_by(intent.c.announce_at)
        .limit(desk.options.announce_size)
        .with_for_update(skip_locked=True)
    )
    async with desk.database.transaction() as tx:
        rows = (await tx.execute(due)).all()
        if not rows:
            return False
        await announce_again(tx, [row.settled_event_id for row in rows])
        wait = seconds(desk.options.announce_after_s * sa.func.pow(2, intent.c.announcements + 1))
        said = intent.c.announcements + 1
        mine = sa.tuple_(intent.c.tenant_id, intent.c.posting_id).in_([(row.tenant_id, row.posting_id) for row in rows])
        values = {"announcements": said, "announce_at": sa.case((said < limit, NOW + wait), else_=None)}
        await tx.execute(sa.update(intent).where(mine).values(values))
    return len(rows) == desk.options.announce_size
