"""Sealed texts and old calls leave when they are done with."""

from datetime import timedelta

import sqlalchemy as sa

from tieout_posting.cutover import comparisons
from tieout_posting.desk import Desk
from tieout_posting.store import NOW
from tieout_posting.tables import attempt, call, customer, intent, shared

ROWS_AT_ONCE = 1_000


async def sweep(desk: Desk) -> bool:
    """One round: texts of refused and discarded intents, of contacts and items that the ledger refused, and what waits
    for contacts that were never made, after `refused_body_days` (a plan that starts over brings them anew); ended calls
    after `call_retention_days`; old comparisons. True when there may be more at once."""
    ended = intent.c.state.in_(("refused", "discarded", "changed", "superseded", "cancelled"))
    old = intent.c.updated_at < NOW - timedelta(days=desk.options.refused_body_days)
    bodies = sa.select(intent.c.tenant_id, intent.c.posting_id).where(ended, old, intent.c.document.is_not(None))
    over = call.c.ended_at < NOW - timedelta(days=desk.options.call_retention_days)
    calls = sa.select(call.c.call_id).where(over).limit(ROWS_AT_ONCE)
    waited = customer.c.ready_at < NOW - timedelta(days=desk.options.refused_body_days)
    forgotten = sa.update(customer).where(customer.c.state == "due", waited).values(state="known", body=None)
    refused = shared.c.ready_at < NOW - timedelta(days=desk.options.refused_body_days)
    untold = sa.update(shared).where(shared.c.state == "refused", refused, shared.c.body.is_not(None)).values(body=None)
    async with desk.database.transaction() as tx:
        await tx.execute(forgotten)
        await tx.execute(untold)
        await comparisons.sweep(tx)
        emptied = await tx.execute(
            sa.update(intent)
            .where(sa.tuple_(intent.c.tenant_id, intent.c.posting_id).in_(bodies.limit(ROWS_AT_ONCE)))
            .values(document=None)
        )
        gone = list((await tx.execute(calls)).scalars())
        await tx.execute(sa.delete(attempt).where(attempt.c.call_id.in_(gone)))
        await tx.execute(sa.delete(call).where(call.c.call_id.in_(gone)))
    return emptied.rowcount == ROWS_AT_ONCE or len(gone) == ROWS_AT_ONCE
