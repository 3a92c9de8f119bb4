"""The preview step: what would become of known records, told and nothing done.

It reads what was captured and plans it as the planner does, but changes no planning and publishes nothing that a writer
hears. A preview that is lost with the bus, or with this process, is simply asked for again.
"""

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.handling import describe
from tieout_chassis.outbox import EventTooLarge, publish
from tieout_chassis.sealing import Sealer, Unsealable
from tieout_contracts.events import PreviewFinished, RecordPreviewed
from tieout_contracts.posting import Posting
from tieout_contracts.previews import PreviewOutcome, RecordPreview
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_transform.bodies import opened_outline, opened_plan, opened_record, opened_settings
from tieout_transform.config import Config
from tieout_transform.outlines import refilled
from tieout_transform.rules.arming import disposition
from tieout_transform.rules.plan import customer_of, plan
from tieout_transform.settings import TransformSettings
from tieout_transform.store import previews
from tieout_transform.store.previews import Known, Preview
from tieout_transform.surroundings import Outlook, Surroundings, Waits

_log = structlog.get_logger(__name__)


class Previewer:
    """`step` answers for one batch of the oldest preview's records."""

    def __init__(
        self, database: Database, config: Config, sealer: Sealer, clock: Clock, settings: TransformSettings
    ) -> None:
        self._database = database
        self._config = config
        self._outlook = Outlook(config)
        self._sealer = sealer
        self._clock = clock
        self._batch = settings.plan_batch

    async def step(self) -> bool:
        """Answer for up to `plan_batch` records in one transaction; whether there may be more."""
        async with self._database.transaction() as tx:
            if not await previews.is_asked(tx):
                return False
        self._config.refresh()  # whoever asks may have saved settings just now
        snapshots, unavailable = await self._outlook.settings()
        async with self._database.transaction() as tx:
            asked = await previews.next_one(tx)
            if asked is None:
                return False
            changed = self._changed_settings(asked)
            company = (asked.tenant_id, asked.company_id)
            organisations = [(asked.tenant_id, changed.organisation_id)] if changed else []
            surroundings = await self._outlook.around(
                tx, [company], snapshots, unavailable, organisations=organisations
            )
            rows = await previews.next_records(tx, asked, limit=self._batch)
            for row in rows:
                await self._tell(tx, asked, row, self._previewed(asked, row, surroundings, changed))
            if len(rows) == self._batch:
                await previews.go_on(tx, asked, rows[-1], len(rows))
            else:
                await self._finish(tx, asked, asked.told + len(rows))
        return True

    def _changed_settings(self, asked: Preview) -> CompanySettings | None:
        return opened_settings(self._sealer, asked.preview_id, asked.settings) if asked.settings else None

    def _previewed(
        self, asked: Preview, row: Known, surroundings: Surroundings, changed: CompanySettings | None
    ) -> RecordPreview:
        try:
            record = opened_record(self._sealer, row)
            saved = surroundings.settings_of(row.tenant_id, row.company_id)
            if changed is None:
                if row.is_posted:
                    return after_the_writer(row, self._change_of_posted(row, record, saved, surroundings))
                live = row.plan_hash if row.is_live else None
                reference = surroundings.reference_of(saved)
                if asked.compare:
                    reference = in_open_books(reference)
                found = previewed(record, saved, reference, self._standing(row), live=live)
                if asked.compare and found.posting is None:
                    found = found.model_copy(update={"bill_to": customer_of(record, saved, reference)})
                return after_the_writer(row, found)
            return compared(record, saved, with_changes(saved, changed), surroundings)
        except Waits as waits:
            return _unknown(row, str(waits))
        except (Unsealable, AssertionError, ArithmeticError, ValueError, TypeError, LookupError) as error:
            told = None if isinstance(error, ValidationError) else error  # it would quote the record
            _log.error("no preview of a record", record=str(row.key.ref), error=describe(error), exc_info=told)
            return _unknown(row, f"planning failed: {describe(error)}")

    def _change_of_posted(
        self, row: Known, record: CanonicalRecord, saved: SettingsSnapshot, surroundings: Surroundings
    ) -> RecordPreview:
        """The document that stands would be changed, once a person approves it and never by itself (F53)."""
        stands = None
        if row.posted is not None and row.posted_outline is not None:
            stands = opened_outline(self._sealer, row.key, row.posted, row.posted_outline)
        live = stands.plan_hash if stands else "another"
        found = previewed(record, saved, surroundings.reference_of(saved), None, live=live)
        if found.posting is None:
            return found.model_copy(update={"by_itself": False})
        current = refilled(stands, found.posting.document) if stands else None
        return found.model_copy(update={"current": current, "by_itself": False})

    def _standing(self, row: Known) -> Posting | None:
        return opened_plan(self._sealer, row.key, row.revision, row.plan) if row.plan else None

    async def _tell(self, tx: AsyncConnection, asked: Preview, row: Known, told: RecordPreview) -> None:
        """A record so large that both plans do not fit into a message is told without the one that stands."""
        event = RecordPreviewed(
            tenant_id=row.tenant_id,
            company_id=row.company_id,
            record_ref=row.key.ref,
            number=row.number,
            revision=row.revision,
            preview_id=asked.preview_id,
            preview=told,
            previewed_at=self._clock.now(),
            compare=asked.compare,
        )
        try:
            await publish(tx, event, caused_by=asked.requested_by)
        except EventTooLarge as large:
            if told.current is None:
                told = _unknown(row, f"its preview is too large to be shown ({large.size_bytes} bytes)")
            else:
                told = told.model_copy(update={"current": None})
            await self._tell(tx, asked, row, told)

    async def _finish(self, tx: AsyncConnection, asked: Preview, records: int) -> None:
        event = PreviewFinished(
            tenant_id=asked.tenant_id,
            company_id=asked.company_id,
            preview_id=asked.preview_id,
            records=records,
            finished_at=self._clock.now(),
            compare=asked.compare,
        )
        await publish(tx, event, caused_by=asked.requested_by)
        await previews.done(tx, asked)


def after_the_writer(row: Known, found: RecordPreview) -> RecordPreview:
    """What was planned is one thing, what a writer answered another: nothing goes on by itself after its no."""
    if row.decision is not None and found.outcome in ("create", *(("change",) if row.is_posted else ())):
        cause = f"a person must decide: {row.decision.replace('_', ' ')}"
        return found.model_copy(update={"outcome": "wait", "waits_for": cause, "by_itself": False})
    return found.model_copy(update={"by_itself": False}) if row.stopped else found


def in_open_books(reference: LedgerReference) -> LedgerReference:
    """The reference without its locks: what is in the ledger already may well be in a locked period; only what is yet
    to be made may not. An approval plans with the locks again."""
    return reference.model_copy(update={"period_lock_date": None, "year_lock_date": None})


def with_changes(saved: SettingsSnapshot, changed: CompanySettings) -> SettingsSnapshot:
    """The snapshot as saving `changed` would make it: arming is changed by its own call only."""
    settings = changed.model_copy(update={"arming": saved.settings.arming})
    return saved.model_copy(update={"settings": settings})


def compared(
    record: CanonicalRecord, saved: SettingsSnapshot, changed: SettingsSnapshot, surroundings: Surroundings
) -> RecordPreview:
    """What `changed` would plan, beside what the saved settings plan."""
    before = plan(record, saved, surroundings.reference_of(saved))
    current = before if isinstance(before, Posting) else None
    live = current.plan_hash if current else None
    found = previewed(record, changed, surroundings.reference_of(changed), current, live=live)
    return found if isinstance(before, Posting) else found.model_copy(update={"current_problems": before})


def previewed(
    record: CanonicalRecord,
    snapshot: SettingsSnapshot,
    reference: LedgerReference,
    current: Posting | None,
    *,
    live: str | None,
) -> RecordPreview:
    """What would be planned, beside the plan that stands. `live`: the hash of the plan that is more than a preview."""
    found = RecordPreview(
        outcome="refuse",
        total=record.total,
        currency=record.currency,
        document_date=record.document_date,
        current=current,
        by_itself=disposition(record, snapshot.settings.arming) == "post",
    )
    planned = plan(record, snapshot, reference)
    if not isinstance(planned, Posting):
        return found.model_copy(update={"problems": planned})
    held = {item.code for item in reference.items}
    outcome: PreviewOutcome = "create"
    if live is not None:
        outcome = "unchanged" if live == planned.plan_hash else "change"
    new_items = tuple(item for item in planned.document.items if item.code not in held)
    return found.model_copy(update={"outcome": outcome, "posting": planned, "new_items": new_items})


def _unknown(row: Known, cause: str) -> RecordPreview:
    return RecordPreview(
        outcome="wait", total=row.total, currency=row.currency, document_date=row.document_date, waits_for=cause
    )
