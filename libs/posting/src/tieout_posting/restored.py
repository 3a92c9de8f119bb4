"""After a backup was restored the ledger knows more than we do: everything unfinished is looked up first."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.states import UNFINISHED_STATES
from tieout_posting.store import NOW
from tieout_posting.tables import call, customer, intent, organisation, shared


async def mark_restored(tx: AsyncConnection) -> int:
    """Make every unfinished intent unknown; how many. Lists and reference data are read again."""
    await tx.execute(sa.update(call).where(call.c.ended_at.is_(None)).values(state="done", ended_at=NOW, body=None))
    unmatched = {"state": "unmatched", "ready_at": NOW, "call_id": None}
    await tx.execute(sa.update(shared).where(shared.c.state.not_in(("known", "refused"))).values(unmatched))
    under_way = customer.c.state.in_(("sending", "unknown"))
    await tx.execute(sa.update(customer).where(under_way).values(state="due", ready_at=NOW, call_id=None))
    due = {"contacts_due": True, "items_due": True, "reference_due_at": NOW}
    restored = await tx.execute(
        sa.update(organisation).values(due).returning(organisation.c.tenant_id, organisation.c.organisation_id)
    )
    names = [f"{row.tenant_id}/{row.organisation_id}" for row in restored.all()]
    unfinished = intent.c.state.in_([state for state in UNFINISHED_STATES if state not in ("waiting", "held")])
    is_prepared = intent.c.step != "prepare"
    values = {
        "state": sa.case((is_prepared, "unknown"), else_="ready"),
        "look_up": sa.case((is_prepared, "restored"), else_=None),
        "look_first": sa.case((is_prepared, None), else_="restored"),
        "maybe_sent": True,
        "call_id": None,
        "ready_at": NOW,
        "updated_at": NOW,
    }
    marked = (await tx.execute(sa.update(intent).where(unfinished).values(values))).rowcount
    for name in names:
        await announce(tx, LEASE_KIND, name)
    return int(marked)
