"""Capturing: one group of found records exported, back-filled, made canonical and published, in one transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.failpoints import failpoint
from tieout_chassis.outbox import EventTooLarge
from tieout_chassis.sealing import Sealer
from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import CanonicalRecord
from tieout_ingest.backfill import Exported
from tieout_ingest.canonical import Fingerprint, NotCanonical, build, fingerprint_of
from tieout_ingest.canonical.applied import billed_lines
from tieout_ingest.changed import AS_POSTED, captured_change, told_change
from tieout_ingest.earlier import with_earlier
from tieout_ingest.exporting import Export, answers, detail_level, export_group
from tieout_ingest.finding import to_batch
from tieout_ingest.held import Held
from tieout_ingest.judging import is_free
from tieout_ingest.news import NO_NEWS, News
from tieout_ingest.store import captures, records, runs
from tieout_ingest.store.captures import Capture, seal_context
from tieout_ingest.store.records import EMPTY, Record
from tieout_ingest.whereabouts import is_closed_without_entries, whereabouts
from tieout_providers.connectwise.models import Invoice
from tieout_providers.errors import ProviderError

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What a group came to, before any of it is written."""

    canonical: dict[int, tuple[CanonicalRecord, Fingerprint]] = field(default_factory=dict)
    refused: dict[int, tuple[Problem, ...]] = field(default_factory=dict)
    absent: dict[int, Invoice | None] = field(default_factory=dict)
    deferred: dict[int, ProviderError] = field(default_factory=dict)


class Capturing:
    """Captures found records, group by group."""

    def __init__(self, news: News, sealer: Sealer, clock: Clock, *, group: int, retry_s: float, max_bytes: int) -> None:
        self._news = news
        self._sealer = sealer
        self._clock = clock
        self._group = group
        self._retry_s = retry_s
        self._max_bytes = max_bytes

    async def capture_group(self, held: Held) -> bool:
        """The next group; False when nothing is to be captured now. Raises what pauses the whole connection."""
        async with held.transaction() as tx:
            group = await records.next_to_capture(tx, held.connection_id, limit=self._group)
        if not group:
            return False
        outcome = await self._read(held, group)
        async with held.transaction() as tx:
            await self._write(tx, held, group, outcome)
        failpoint("ingest.after_capture")
        return True

    async def _read(self, held: Held, group: Sequence[Record]) -> Outcome:
        """Everything that is asked of ConnectWise for a group, and what it comes to."""
        company = held.routes.companies.get(group[0].company_id)
        exported = await export_group(
            held.connectwise,
            [each.listed for each in group],
            location_id=group[0].location_id,
            detail=detail_level(company.settings if company else None),
            today=self._clock.now().date(),
        )
        outcome = Outcome()
        if exported.failed:
            await self._judge_failures(held, group, exported, outcome)
        for record_id, reason in exported.broken.items():
            number = next(each.number for each in group if each.record_id == record_id)
            outcome.refused[record_id] = (problem("capture.malformed", number=number, reason=reason),)
        if exported.transactions or exported.missing:
            await self._fill_and_build(held, group, exported, outcome)
        return outcome

    async def _judge_failures(self, held: Held, group: Sequence[Record], exported: Export, outcome: Outcome) -> None:
        """A record whose export fails is tried again later, and refused when it fails again beside others or alone.

        Where nothing came at all ConnectWise is asked for something simple first: if it cannot answer that either, the
        error comes out and the connection pauses; no record is blamed.
        """
        if not exported.sure:
            await answers(held.connectwise)
        for known in group:
            error = exported.failed.get(known.record_id)
            if error is None:
                continue
            if known.attempts and (exported.sure or len(group) == 1):
                failed = problem("capture.export_failed", number=known.number, reason=error.sentence)
                outcome.refused[known.record_id] = (failed,)
            else:
                outcome.deferred[known.record_id] = error

    async def _fill_and_build(self, held: Held, group: Sequence[Record], exported: Export, outcome: Outcome) -> None:
        wanted = sorted(exported.transactions.keys() | exported.missing)
        invoices = await held.filling.invoices(wanted)
        by_id = {each.record_id: each for each in group}
        for record_id in exported.missing:
            invoice = invoices.rows.get(record_id)
            if is_closed_without_entries(invoice) or invoices.denied:
                refusal = problem("capture.no_gl_entries", number=by_id[record_id].number)
                outcome.refused[record_id] = (refusal,)
            else:
                outcome.absent[record_id] = invoice
        for record_id, invoice in invoices.rows.items():
            if invoice.gl_batch is not None:
                # Somebody batched it since the list was read, so somebody has dealt with it.
                outcome.absent[record_id] = invoice
        exportable = {each: found for each, found in exported.transactions.items() if each not in outcome.absent}
        found = [Exported(by_id[record_id].listed, each) for record_id, each in exportable.items()]
        filled = await held.filling.fill(found, exported.customers, invoices)
        filled = await with_earlier(held, by_id, filled)
        for each in found:
            await asyncio.sleep(0)  # others of this process have their turn between two records
            listed = each.listed
            try:
                canonical = build(listed, each.transaction, filled[listed.record_id])
                fingerprint = fingerprint_of(listed, each.transaction, exported.detail)
                billed = fingerprint.model_copy(update={"billed": billed_lines(canonical)})
                outcome.canonical[listed.record_id] = (canonical, billed)
            except NotCanonical as refusal:
                outcome.refused[listed.record_id] = refusal.problems

    async def _write(self, tx: AsyncConnection, held: Held, group: Sequence[Record], outcome: Outcome) -> None:
        """All of it in one transaction: rows, bodies and events."""
        kept: list[Capture] = []
        for known in group:
            record_id = known.record_id
            if record_id in outcome.canonical:
                kept += await self._captured(tx, held, known, *outcome.canonical[record_id])
            elif record_id in outcome.refused:
                await self._refused(tx, known, outcome.refused[record_id])
            elif record_id in outcome.absent:
                await self._news.absent(tx, known, whereabouts(known, outcome.absent[record_id]))
            else:
                await self._defer(tx, known, outcome.deferred)
        await captures.keep(tx, held.tenant_id, held.connection_id, kept)

    async def _captured(
        self, tx: AsyncConnection, held: Held, known: Record, record: CanonicalRecord, found: Fingerprint
    ) -> list[Capture]:
        """Publish a revision, unless it is the one that was published before and nobody asked to see it again."""
        revision, body = record.content_hash(), record.model_dump_json().encode()
        if revision == known.posted_revision and known.approved_plan is None:
            await records.change(tx, known, **AS_POSTED)
            return [self._capture(held, known, revision, found, body)]
        if record.is_empty and is_free(known):
            await self._empty(tx, held, known, record)
            return [self._capture(held, known, revision, found, body)]
        if revision == known.revision and not known.retried:
            await records.change(tx, known, state="captured", attempts=0)
            return [self._capture(held, known, revision, found, body)]
        if len(body) > self._max_bytes:
            await self._too_large(tx, known, len(body), self._max_bytes)
            return []
        try:
            await self._news.captured(
                tx, known, record, preview=_is_preview(held, known), revision=revision, **_facts_of(record)
            )
        except EventTooLarge as error:
            await self._too_large(tx, known, error.size_bytes, self._max_bytes)
            return []
        await captures.purge(tx, held.connection_id, [known.ref] if known.revision not in (None, revision) else [])
        kept = self._capture(held, known, revision, found, body)
        if not known.is_posted:
            await runs.count(tx, known.run_id, captured=1)
        elif known.approved_plan is None:
            await self._tell_change(tx, held, known, kept, **_facts_of(record))
        return [kept]

    async def _tell_change(self, tx: AsyncConnection, held: Held, known: Record, kept: Capture, **facts: Any) -> None:
        """Its document stands in the ledger: what was captured can be previewed, and changes it if that is approved."""
        await captures.keep(tx, held.tenant_id, held.connection_id, [kept])
        stage, told = await captured_change(tx, known, kept.revision)
        changes = {**facts, "revision": kept.revision, "preview": True, "retried": False, "outcome": None}
        await self._news.staged(tx, replace(known, **facts), stage, problems=[told], **changes)

    async def _empty(self, tx: AsyncConnection, held: Held, known: Record, record: CanonicalRecord) -> None:
        """Nothing is on it, so there is nothing to post: it is batched as it is; a preview lists it."""
        facts = {**_facts_of(record), "revision": record.content_hash(), "outcome": EMPTY, "retried": False}
        if not _is_preview(held, known):
            await records.change(tx, known, **{**to_batch("content"), **NO_NEWS, **facts, "preview": False})
            return
        told = problem("batches.nothing_to_post", number=known.number)
        await self._news.staged(tx, known, "listed", problems=[told], **{**facts, "state": "captured", "preview": True})
        await runs.count(tx, known.run_id, listed=1)

    def _capture(self, held: Held, known: Record, revision: str, found: Fingerprint, body: bytes) -> Capture:
        aad = seal_context(held.tenant_id, held.connection_id, known.ref, revision)
        return Capture(known.ref, revision, found, self._sealer.seal(body, aad, held.tenant_id))

    async def _too_large(self, tx: AsyncConnection, known: Record, size_bytes: int, limit_bytes: int) -> None:
        refusal = problem("capture.too_large", number=known.number, size_bytes=size_bytes, limit_bytes=limit_bytes)
        await self._refused(tx, known, (refusal,))

    async def _refused(self, tx: AsyncConnection, known: Record, problems: Sequence[Problem]) -> None:
        if known.is_posted:  # its document stands as it is
            stage, told = told_change(known, "its new content is refused")
            await self._news.staged(tx, known, stage, problems=[told, *problems], approved_plan=None, retried=False)
            return
        await self._news.staged(tx, known, "refused", problems=problems)
        await runs.count(tx, known.run_id, refused=1)

    async def _defer(self, tx: AsyncConnection, known: Record, deferred: Mapping[int, ProviderError]) -> None:
        wait_s = self._retry_s * 4**known.attempts
        error = deferred.get(known.record_id)
        _log.warning("export deferred", record=str(known.ref), wait_s=wait_s, code=error.code if error else None)
        await records.change(tx, known, attempts=known.attempts + 1, due_at=records.due_in(wait_s), **NO_NEWS)


def _is_preview(held: Held, known: Record) -> bool:
    if known.is_posted:
        return known.approved_plan is None
    company = held.routes.companies.get(known.company_id)
    return known.preview or company is None or not company.settings.arming.armed


def _facts_of(record: CanonicalRecord) -> dict[str, Any]:
    """The columns that the record tells better than the list."""
    return {"document_date": record.document_date, "total": record.total, "currency": record.currency}
