"""What the rules told for a preview, kept sealed for a day; and what became of what a person approved."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_config_api.store import Row, previews
from tieout_contracts.events import (
    PostingPlanned,
    PostingRefused,
    PreviewFinished,
    RecordEvent,
    RecordPreviewed,
    RecordStaged,
)
from tieout_contracts.previews import RecordPreview
from tieout_contracts.records import RecordRef

STOPPED = frozenset(
    {"refused", "unrouted", "gone", "cancelled", "batched_elsewhere", "changed_after_posting", "changed_while_posting"}
)
"""Stages of a record after which nothing more of it comes to the rules by itself."""


class Previewing:
    """The handlers of a preview's news."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def on_previewed(self, tx: AsyncConnection, event: RecordPreviewed, _: MessageContext) -> None:
        columns = {"company_id": event.company_id, "number": event.number}
        told = self._columns(event, event.preview_id, event.preview)
        await previews.tell(tx, event.preview_id, event.record_ref, {**columns, **told})

    async def on_finished(self, tx: AsyncConnection, event: PreviewFinished, _: MessageContext) -> None:
        await previews.finish(tx, event.preview_id, event.records)

    async def on_planned(self, tx: AsyncConnection, event: PostingPlanned) -> None:
        """Posted as approved: what was seen is needed no more. Else the new plan is shown beside the one approved."""
        if event.approved_plan is None:
            return
        for row in await previews.approved(tx, event.company_id, event.record_ref, event.approved_plan):
            if event.posting.plan_hash == event.approved_plan:
                await previews.answer(tx, row, {"approval": "posting", "body": None})
                continue
            seen = opened(self._sealer, row)
            now = seen.model_copy(update={"current": seen.posting, "posting": event.posting})
            told = self._columns(event, row["preview_id"], now)
            await previews.answer(tx, row, {"approval": "changed", **told})

    async def on_refused(self, tx: AsyncConnection, event: PostingRefused) -> None:
        """What was approved may no longer be posted."""
        if event.approved_plan is None:
            return
        for row in await previews.approved(tx, event.company_id, event.record_ref, event.approved_plan):
            await self._refuse(tx, row, event)

    async def on_staged(self, tx: AsyncConnection, event: RecordStaged) -> None:
        """What was approved did not even come to the rules: ingest says why."""
        if event.stage not in STOPPED:
            return
        for row in await previews.approved(tx, event.company_id, event.record_ref):
            await self._refuse(tx, row, event)

    async def _refuse(self, tx: AsyncConnection, row: Row, event: PostingRefused | RecordStaged) -> None:
        seen = opened(self._sealer, row)
        changes = {"outcome": "refuse", "current": seen.posting, "posting": None, "problems": tuple(event.problems)}
        told = self._columns(event, row["preview_id"], seen.model_copy(update=changes))
        await previews.answer(tx, row, {"approval": "refused", **told})

    def _columns(self, event: RecordEvent, preview_id: UUID, told: RecordPreview) -> Mapping[str, Any]:
        place = _aad(preview_id, event.record_ref)
        return {
            "outcome": told.outcome,
            "total": told.total,
            "currency": told.currency,
            "plan_hash": told.posting.plan_hash if told.posting else None,
            "body": self._sealer.seal(told.model_dump_json().encode(), place, event.tenant_id),
        }


class Expiry:
    """`step` drops what has expired; everything that was shown is gone with it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> bool:
        """Always False: there is nothing more to do until the next round."""
        async with self._database.transaction() as tx:
            await previews.purge(tx, self._clock.now())
        return False


def opened(sealer: Sealer, row: Row) -> RecordPreview:
    """What was told of a record whose body is still here."""
    return RecordPreview.model_validate_json(sealer.open(row["body"], _aad(row["preview_id"], previews.ref_of(row))))


def _aad(preview_id: UUID, ref: RecordRef) -> bytes:
    return f"previewed|{preview_id}|{ref}".encode()
