"""The intents of one record, locked: how they stand, and what becomes of them when a person or a newer plan says so."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_contracts.records import RecordRef
from tieout_posting.arrival import Change, Standing, withdraw
from tieout_posting.ledger import Books
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.states import UNFINISHED_STATES
from tieout_posting.store import NOW
from tieout_posting.tables import intent


async def record_rows(tx: AsyncConnection, tenant_id: str, company_id: str, record: RecordRef) -> Sequence[Any]:
    """All intents of the record, locked."""
    found = (
        sa.select(intent)
        .where(
            intent.c.tenant_id == tenant_id,
            intent.c.company_id == company_id,
            intent.c.record_kind == record.kind,
            intent.c.record_id == record.record_id,
        )
        .order_by(intent.c.posting_id)
        .with_for_update()
    )
    return (await tx.execute(found)).all()


def standing_of(row: Any) -> Standing:
    """An intent's row as decisions about arriving plans see it."""
    return Standing(
        posting_id=row.posting_id,
        state=row.state,
        step=row.step,
        planned_at=row.planned_at,
        document_id=row.document_id,
        maybe_sent=row.maybe_sent,
        withdrawn=row.withdrawn,
        revises=row.revises,
    )


async def change(tx: AsyncConnection, rows: Sequence[Any], wanted: Sequence[Change]) -> None:
    """Carry out what becomes of the record's older intents, wherever they post to."""
    for each in wanted:
        row = next(row for row in rows if row.posting_id == each.posting_id)
        values: dict[str, Any] = {"state": each.state, "step": each.step, "withdrawn": each.withdrawn}
        if each.state in ("superseded", "cancelled"):
            values["document"] = None
        if each.look_up is not None or each.state == "ready":
            values |= {"look_up": each.look_up, "ready_at": NOW}
        await _write(tx, row, values)


async def call_off(tx: AsyncConnection, rows: Sequence[Any]) -> None:
    """Drop unsent work; take back what was begun; leave what is posted."""
    unfinished = [row for row in rows if row.state in UNFINISHED_STATES]
    changes = [each for row in unfinished if (each := withdraw(standing_of(row))) is not None]
    await change(tx, rows, changes)


async def adopt(tx: AsyncConnection, rows: Sequence[Any]) -> None:
    """The proposed document is looked up once more before it is linked: it may have changed since."""
    for row in rows:
        if row.state == "held" and row.revises is None and (row.proposal_id is not None or row.document_id is not None):
            await _write(tx, row, {"state": "unknown", "look_up": "adopt", "ready_at": NOW})


async def _write(tx: AsyncConnection, row: Any, values: dict[str, Any]) -> None:
    mine = sa.and_(intent.c.tenant_id == row.tenant_id, intent.c.posting_id == row.posting_id)
    await tx.execute(sa.update(intent).where(mine).values(updated_at=NOW, **values))
    await announce(tx, LEASE_KIND, Books(row.tenant_id, row.organisation_id, "").name)
