"""What ingest tells the others about a record: published in the transaction that makes it true."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.outbox import publish
from tieout_chassis.telemetry import current_traceparent, start_span
from tieout_contracts.events import RecordCaptured, RecordStage, RecordStaged, RunListed
from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import CanonicalRecord
from tieout_ingest.store import records, runs
from tieout_ingest.store.records import Record
from tieout_ingest.store.runs import Run
from tieout_ingest.whereabouts import Whereabouts

FINAL_ANNOUNCEMENTS = 2
"""How often a final word is announced again: nobody answers it, so it is said three times in all."""


class News:
    """Publishes and remembers what was published, so that it can be announced again when nobody answers."""

    def __init__(self, clock: Clock, *, announce_after_s: float, announce_limit: int) -> None:
        self._clock = clock
        self._after_s = announce_after_s
        self._limit = announce_limit

    def now(self) -> datetime:
        return self._clock.now()

    async def captured(
        self, tx: AsyncConnection, known: Record, record: CanonicalRecord, *, preview: bool, **changes: Any
    ) -> None:
        """A revision was captured. A preview is answered by nobody whom ingest hears, so it is repeated less often,
        unless a person approved its plan. `known.preview`: a run that only looks asked for it. Nothing is captured of a
        posted record that would be posted by itself."""
        event = RecordCaptured(
            tenant_id=known.tenant_id,
            company_id=known.company_id,
            record_ref=known.ref,
            number=record.number,
            revision=record.content_hash(),
            record=record,
            captured_at=self.now(),
            run_id=known.run_id,
            preview=known.preview or (known.is_posted and known.approved_plan is None),
            approved_plan=known.approved_plan,
        )
        with start_span("record captured", known.traceparent, record=str(known.ref)):
            event_id = await publish(tx, event)
            traceparent = known.traceparent or current_traceparent()
        limit = FINAL_ANNOUNCEMENTS if preview and known.approved_plan is None else self._limit
        kept = {
            "state": "captured",
            "preview": preview,
            "approved_plan": known.approved_plan if known.is_posted else None,  # under way until it is answered
            "outcome": None,
            "attempts": 0,
            "retried": False,
            "traceparent": traceparent,
            **self._to_repeat(event_id, limit),
        }
        await records.change(tx, known, **kept, **changes)

    async def staged(
        self,
        tx: AsyncConnection,
        known: Record,
        stage: RecordStage,
        *,
        problems: Sequence[Problem] = (),
        batch_identifier: str | None = None,
        company_id: str | None = None,
        **changes: Any,
    ) -> None:
        """The record's state is `stage` from now on; `company_id` tells another company than the row's."""
        event_id = await self.tell(
            tx, known, stage, problems=problems, batch_identifier=batch_identifier, company_id=company_id
        )
        kept = {"state": stage, "attempts": 0, **self._to_repeat(event_id, FINAL_ANNOUNCEMENTS), **changes}
        await records.change(tx, known, **kept)

    async def absent(self, tx: AsyncConnection, known: Record, found: Whereabouts) -> None:
        """The record is no longer unposted, and `found` says where it went."""
        problems = found.problems
        if found.stage == "gone" and known.is_posted:
            problems = (problem("batches.not_exportable", number=known.number, reason=found.reason),)
        await self.staged(
            tx, known, found.stage, problems=problems, batch_identifier=found.batch_identifier, batch_sent_at=None
        )

    async def tell(
        self,
        tx: AsyncConnection,
        known: Record,
        stage: RecordStage,
        *,
        problems: Sequence[Problem] = (),
        batch_identifier: str | None = None,
        company_id: str | None = None,
    ) -> UUID:
        """Publish a stage without changing the row."""
        event = RecordStaged(
            tenant_id=known.tenant_id,
            company_id=company_id or known.company_id,
            record_ref=known.ref,
            number=known.number,
            revision=known.posted_revision or known.revision or "",
            stage=stage,
            at=self.now(),
            document_date=known.document_date.isoformat() if known.document_date else None,
            total=known.total,
            currency=known.currency,
            batch_identifier=batch_identifier,
            problems=tuple(problems),
            run_id=known.run_id,
        )
        with start_span(f"record {stage}", known.traceparent, record=str(known.ref)):
            return await publish(tx, event, caused_by=known.settled_by)

    async def run_listed(
        self, tx: AsyncConnection, run: Run, *, final: bool = True, problems: Sequence[Problem] | None = None
    ) -> None:
        """What came of a run; not `final` while it is held up by what `problems` say."""
        event = RunListed(
            tenant_id=run.tenant_id,
            company_id=run.company_id,
            run_id=run.run_id,
            **{name: getattr(run, name) for name in runs.COUNTS},
            problems=tuple(run.problems if problems is None else problems),
            listed_at=self.now(),
        )
        event_id = await publish(tx, event, caused_by=run.requested_by)
        if final:
            await runs.finish(tx, run.run_id, event_id, announce_in_s=self._after_s, announcements=FINAL_ANNOUNCEMENTS)

    def _to_repeat(self, event_id: UUID, times: int) -> dict[str, Any]:
        return {
            "news_event_id": event_id,
            "news_at": records.due_in(self._after_s),
            "news_left": times,
            "news_wait_s": self._after_s,
        }


NO_NEWS: dict[str, Any] = {"news_event_id": None, "news_at": None, "news_left": 0, "news_wait_s": None}
"""The columns once an event was answered."""
