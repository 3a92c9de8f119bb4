"""The worker step: plans what was captured, and tells the world while it still holds the record's row."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.bus import MAX_MESSAGE_BYTES
from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.handling import describe
from tieout_chassis.outbox import EventTooLarge, publish
from tieout_chassis.sealing import Sealer, Unsealable
from tieout_chassis.telemetry import start_span
from tieout_contracts.events import PostingPlanned, PostingRefused
from tieout_contracts.posting import Posting
from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.settings import SettingsSnapshot
from tieout_transform.bodies import opened_record, sealed_outline, sealed_plan
from tieout_transform.booked import booked
from tieout_transform.config import Config
from tieout_transform.rules.arming import disposition
from tieout_transform.rules.plan import plan
from tieout_transform.settings import TransformSettings
from tieout_transform.store import plannings
from tieout_transform.store.plannings import Outcome, Planning
from tieout_transform.surroundings import Outlook, Surroundings, Waits, WaitsForSettings

FINAL_ANNOUNCEMENTS = 2
"""How often a word that nobody answers is announced again: it is said three times in all."""
MAX_RETRY_S = 3600
FIRST_WAIT_S = 0.5
"""The first pause of a record that waits: what it waits for may have come while it was looked at, and its wake-up
passes over rows that are locked. The next pauses double, up to `wait_retry_s`."""
MAX_DOUBLINGS = 12
_log = structlog.get_logger(__name__)


class Planner:
    """`step` plans one batch of due records."""

    def __init__(
        self, database: Database, config: Config, sealer: Sealer, clock: Clock, settings: TransformSettings
    ) -> None:
        self._database = database
        self._config = config
        self._sealer = sealer
        self._clock = clock
        self._settings = settings
        self._outlook = Outlook(config)

    async def step(self) -> bool:
        """Plan up to `plan_batch` records in one transaction; whether there may be more."""
        snapshots, unavailable = await self._outlook.settings()
        async with self._database.transaction() as tx:
            rows = await plannings.due(tx, limit=self._settings.plan_batch)
            keys = {(row.tenant_id, row.company_id) for row in rows}
            surroundings = await self._outlook.around(tx, keys, snapshots, unavailable)
            outcomes = [await self._plan(tx, row, surroundings) for row in rows]
            await plannings.keep_outcomes(tx, outcomes)
        again = any(outcome.at_once for outcome in outcomes)
        if again:
            self._config.refresh()
        return again or len(rows) == self._settings.plan_batch

    async def _plan(self, tx: AsyncConnection, row: Planning, surroundings: Surroundings) -> Outcome:
        with start_span("plan", row.traceparent, record=str(row.key.ref)):
            try:
                record = opened_record(self._sealer, row)
                snapshot = surroundings.settings_of(row.tenant_id, row.company_id)
                planned = plan(record, snapshot, surroundings.reference_of(snapshot))
                if isinstance(planned, Posting):
                    return await self._tell_plan(tx, row, record, snapshot, planned)
                return await self._tell_refusal(tx, row, record, snapshot, planned)
            except WaitsForSettings as waits:
                return self._waiting(row, str(waits), at_once=row.cause != str(waits))
            except Waits as waits:
                return self._waiting(row, str(waits))
            except (Unsealable, AssertionError, ArithmeticError, ValueError, TypeError, LookupError) as error:
                return self._failed(row, error)

    async def _tell_plan(
        self,
        tx: AsyncConnection,
        row: Planning,
        record: CanonicalRecord,
        snapshot: SettingsSnapshot,
        posting: Posting,
    ) -> Outcome:
        chosen = _disposition(row, record, snapshot, posting)
        if row.approved_plan not in (None, posting.plan_hash):
            changed = problem("preview.changed_since", number=row.number)
            posting = posting.model_copy(update={"warnings": (*posting.warnings, changed)})
        event = PostingPlanned(
            tenant_id=row.tenant_id,
            company_id=row.company_id,
            record_ref=row.key.ref,
            number=row.number,
            revision=row.revision,
            disposition=chosen,
            ledger=snapshot.settings.ledger,
            ledger_connection=snapshot.settings.ledger_connection,
            organisation_id=snapshot.settings.organisation_id,
            posting=posting,
            planned_at=self._clock.now(),
            approved_plan=row.approved_plan,
        )
        try:
            event_id = await publish(tx, event, caused_by=row.captured_by)
        except EventTooLarge as large:
            too_large = problem(
                "capture.too_large", number=row.number, size_bytes=large.size_bytes, limit_bytes=MAX_MESSAGE_BYTES
            )
            return await self._tell_refusal(tx, row, record, snapshot, (too_large,))
        columns = {
            "disposition": chosen,
            "posting_id": posting.posting_id,
            "plan_hash": posting.plan_hash,
            "reference_version": posting.reference_version,
            "settings_version": snapshot.version,
            "plan": sealed_plan(self._sealer, row.key, posting),
            "codes": _codes(posting.warnings),
            **({"booked": codes} if chosen == "post" and (codes := booked(record, posting)) else {}),
            **self._outline(row, posting, chosen),
            **self._to_repeat(event_id, self._settings.announce_limit if chosen == "post" else FINAL_ANNOUNCEMENTS),
        }
        return Outcome(row.key, "planned", columns=columns)

    def _outline(self, row: Planning, posting: Posting, chosen: Literal["post", "preview"]) -> dict[str, Any]:
        """What is to be posted is remembered without its texts, for the day on which the record changes."""
        if chosen != "post":
            return {}
        return {"outline": sealed_outline(self._sealer, row.key, posting), "outlined": posting.posting_id}

    async def _tell_refusal(
        self,
        tx: AsyncConnection,
        row: Planning,
        record: CanonicalRecord,
        snapshot: SettingsSnapshot,
        problems: tuple[Problem, ...],
    ) -> Outcome:
        event = PostingRefused(
            tenant_id=row.tenant_id,
            company_id=row.company_id,
            record_ref=row.key.ref,
            number=row.number,
            revision=row.revision,
            total=record.total,
            currency=record.currency,
            problems=problems,
            settings_version=snapshot.version,
            refused_at=self._clock.now(),
            approved_plan=row.approved_plan,
        )
        event_id = await publish(tx, event, caused_by=row.captured_by)
        columns = {
            "settings_version": snapshot.version,
            "codes": _codes(problems),
            **self._to_repeat(event_id, FINAL_ANNOUNCEMENTS),
        }
        return Outcome(row.key, "refused", columns=columns)

    def _waiting(self, row: Planning, cause: str, *, at_once: bool = False) -> Outcome:
        if cause != row.cause:
            _log.info("a record waits to be planned", company=row.company_id, record=str(row.key.ref), cause=cause)
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(row.attempts, MAX_DOUBLINGS), self._settings.wait_retry_s)
        due_at = plannings.in_s(0 if at_once else wait_s)
        return Outcome(row.key, "waiting", cause, {"due_at": due_at, "attempts": row.attempts + 1}, at_once=at_once)

    def _failed(self, row: Planning, error: Exception) -> Outcome:
        """A fault of ours, or a body that cannot be opened: this record waits longer each time, no other one does."""
        told = None if isinstance(error, ValidationError) else error  # it would quote the record
        _log.error("a record could not be planned", record=str(row.key.ref), error=describe(error), exc_info=told)
        wait_s = min(self._settings.wait_retry_s * 2.0 ** min(row.attempts, MAX_DOUBLINGS), MAX_RETRY_S)
        cause = f"planning failed: {describe(error)}"
        return Outcome(row.key, "waiting", cause, {"due_at": plannings.in_s(wait_s), "attempts": row.attempts + 1})

    def _to_repeat(self, event_id: UUID, times: int) -> dict[str, Any]:
        return {
            "news_event_id": event_id,
            "news_at": plannings.in_s(self._settings.announce_after_s),
            "news_left": times,
            "news_wait_s": self._settings.announce_after_s,
        }


def _disposition(
    row: Planning, record: CanonicalRecord, snapshot: SettingsSnapshot, posting: Posting
) -> Literal["post", "preview"]:
    """What a person approved is posted if it is still the plan, and nothing else in its place. Nobody's word: armed
    companies post, unless the record was captured to be looked at."""
    if row.approved_plan is not None:
        return "post" if row.approved_plan == posting.plan_hash else "preview"
    return "preview" if row.preview else disposition(record, snapshot.settings.arming)


def _codes(problems: Sequence[Problem]) -> list[str]:
    return list(dict.fromkeys(found.code for found in problems))
