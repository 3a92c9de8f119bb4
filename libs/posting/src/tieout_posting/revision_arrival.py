"""The bus side of a change of a posted document: what an approved plan revises, and what cannot be revised (F53)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import MessageContext, publish
from tieout_contracts.events import PostingPlanned, PostingSettled
from tieout_contracts.posting import Settlement
from tieout_contracts.problems import Problem, problem
from tieout_posting.arrival import call_off_update
from tieout_posting.record import change, record_rows, standing_of
from tieout_posting.tables import intent

_KINDS = {"sales_invoice": "an invoice", "sales_credit": "a credit note"}


def why_not_revised(rows: Sequence[Any], event: PostingPlanned) -> Problem | None:
    """Why the record's posted document cannot become this one: it stands in other books, or is of another kind."""
    posted = next((row for row in rows if row.state == "posted"), None)
    document = event.posting.document
    if posted is None or posted.posting_id == event.posting.posting_id:
        return None
    if posted.organisation_id != event.organisation_id or posted.document_id is None:
        before, after = "in another organisation of the ledger", "in this one"
    elif posted.document_kind != document.kind:
        before, after = f"as {_KINDS[posted.document_kind]}", f"as {_KINDS[document.kind]}"
    else:
        return None
    return problem("ledger.update_elsewhere", number=event.number, before=before, after=after)


async def begin_update(tx: AsyncConnection, event: PostingPlanned, rows: Sequence[Any], revises: UUID) -> None:
    """The intent that was just stored changes the document of the posted one."""
    posted = next(row for row in rows if row.posting_id == revises)
    values = {
        "revises": revises,
        "document_id": posted.document_id,
        "document_status": posted.document_status,
        "content_before": posted.content,
    }
    mine = sa.and_(intent.c.tenant_id == event.tenant_id, intent.c.posting_id == event.posting.posting_id)
    await tx.execute(sa.update(intent).where(mine).values(values))


async def not_as_approved(tx: AsyncConnection, event: PostingPlanned, context: MessageContext) -> None:
    """A person approved another plan than this one, so that this is only shown. Where a document is posted, whoever
    waits for its change hears that none comes; one that is under way is called off."""
    if event.approved_plan in (None, event.posting.plan_hash):
        return
    rows = await record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
    under_way = [each for each in map(standing_of, rows) if each.is_update and each.state in _UNDER_WAY]
    await change(tx, rows, [call_off_update(each, "superseded") for each in under_way])
    if under_way or not any(row.state == "posted" for row in rows):
        return
    settlement = Settlement(
        posting_id=event.posting.posting_id,
        company_id=event.company_id,
        record=event.record_ref,
        revision=event.revision,
        outcome="refused",
        problems=(problem("preview.changed_since", number=event.number),),
    )
    told = PostingSettled(
        tenant_id=event.tenant_id,
        company_id=event.company_id,
        record_ref=event.record_ref,
        number=event.number,
        revision=event.revision,
        settlement=settlement,
        settled_at=datetime.now(UTC),
    )
    await publish(tx, told, caused_by=context)


_UNDER_WAY = ("ready", "sending", "unknown", "held")
