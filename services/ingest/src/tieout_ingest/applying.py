"""What writers, rules and people said about records, applied to their rows in the order in which it was heard."""

from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.problems import problem
from tieout_ingest.changed import AS_POSTED, CHANGED_STATES, captured_change, is_as_posted
from tieout_ingest.finding import to_batch, to_capture
from tieout_ingest.held import Held
from tieout_ingest.judging import REROUTABLE_OUTCOMES
from tieout_ingest.news import NO_NEWS, News
from tieout_ingest.routing import Unrouted
from tieout_ingest.store import captures, hearing, records
from tieout_ingest.store.hearing import Heard
from tieout_ingest.store.records import AT_REST, Record

WORDS_A_TRANSACTION = 200
NOT_APPROVED = frozenset({"DRAFT", "SUBMITTED"})
_log = structlog.get_logger(__name__)


class Applying:
    """Applies the words that handlers kept. `linger_s`: how long a posted record waits for company."""

    def __init__(self, news: News, *, linger_s: float) -> None:
        self._news = news
        self._linger_s = linger_s

    async def apply(self, held: Held) -> bool:
        """Apply the next words; whether there were any."""
        async with held.transaction() as tx:
            words = await hearing.waiting(tx, held.connection_id, limit=WORDS_A_TRANSACTION)
            if not words:
                return False
            known = await records.some(tx, held.connection_id, {word.ref for word in words})
            for word in words:
                if (row := known.get(word.ref)) is not None and await self._apply(tx, held, row, word):
                    fresh = await records.one(tx, held.connection_id, word.ref)
                    known |= {word.ref: fresh} if fresh else {}
            await hearing.forget(tx, words)
        return True

    async def _apply(self, tx: AsyncConnection, held: Held, known: Record, word: Heard) -> bool:
        """One word; whether it changed the row."""
        match word.word:
            case "posted":
                return await self._posted(tx, held, known, word)
            case "retry":
                return await self._retry(tx, held, known)
            case "approve":
                return await self._approve(tx, held, known, word)
            case "cancel" | "skip":
                return await self._cancel(tx, held, known, skipped=word.word == "skip")
            case "batch_again":
                return await self._batch_again(tx, known)
            case _:
                return await self._answered(tx, known, word)

    async def _posted(self, tx: AsyncConnection, held: Held, known: Record, word: Heard) -> bool:
        """A ledger holds a verified document: the record is to be batched, whatever else was thought of it."""
        again = known.posted_revision == word.revision and known.outcome == "posted"
        if again and known.state in ("to_batch", "batched"):
            return False
        facts: dict[str, Any] = {
            "outcome": "posted",
            "posted_revision": word.revision,
            "approved_plan": None,
            "posting_id": word.posting_id,
            "settled_by": word.event_id,
            "traceparent": known.traceparent or word.traceparent,
        }
        company = held.routes.companies.get(known.company_id)
        status = (word.document_status or "").upper()
        if company is not None and company.settings.batch_when == "approved" and status in NOT_APPROVED:
            told = problem("batches.awaits_approval", number=known.number, status=status.lower())
            await self._news.staged(tx, replace(known, **facts), "waiting", problems=[told], **facts)
        else:
            await records.change(tx, known, **to_batch("same", self._linger_s), **NO_NEWS, **facts)
        return True

    async def _answered(self, tx: AsyncConnection, known: Record, word: Heard) -> bool:
        """Another outcome, or a refusal by the rules: the capture was answered and need not be announced again."""
        if known.is_posted:
            return await self._answered_change(tx, known, word)
        if known.state != "captured" or word.revision != known.revision:
            return False
        await records.change(tx, known, outcome=word.word, **NO_NEWS)
        return True

    async def _answered_change(self, tx: AsyncConnection, known: Record, word: Heard) -> bool:
        """What became of a change that a person approved: the document stands as it was, or she must decide."""
        if known.state != "captured":
            return False
        if word.word not in REROUTABLE_OUTCOMES:
            await records.change(tx, known, outcome=word.word, **NO_NEWS)
            return True
        if is_as_posted(known):  # taken back in ConnectWise meanwhile
            await records.change(tx, known, **{**AS_POSTED, **NO_NEWS, "outcome": word.word})
            return True
        stage, told = await captured_change(tx, known, known.revision or "")
        await self._news.staged(tx, known, stage, problems=[told], outcome=word.word, approved_plan=None)
        return True

    async def _retry(self, tx: AsyncConnection, held: Held, known: Record) -> bool:
        """Capture anew and publish whatever comes; a posted record is compared again and batched if it is the same."""
        if known.state in ("batched", "to_batch"):
            return False
        if known.is_posted and known.state == "captured":  # its approved change: to be looked at and tried anew
            again = to_capture(anew=True, approved_plan=known.approved_plan)
            await records.change(tx, known, **again, **NO_NEWS)
            return True
        if known.is_posted:
            await records.change(tx, known, **to_batch("content"))
            return True
        route = held.routes.company_of(known.number, known.location_id, known.location_name)
        if isinstance(route, Unrouted):
            await self._news.staged(tx, known, "unrouted", problems=[route.why], skipped=False)
            return True
        free = known.state != "captured" or known.outcome in REROUTABLE_OUTCOMES
        company_id = route.company_id if free else known.company_id
        if company_id != known.company_id:
            moved = problem("capture.rerouted", number=known.number, company=company_id)
            await self._news.tell(tx, known, "cancelled", problems=[moved])
        await records.change(tx, known, **to_capture(anew=True), **NO_NEWS, company_id=company_id)
        return True

    async def _approve(self, tx: AsyncConnection, held: Held, known: Record, word: Heard) -> bool:
        """Capture anew: the rules post it, armed or not, if they still plan what was approved. What was approved is a
        document of this company's: a record that belongs elsewhere by now goes there as any other does."""
        is_shown = known.state in CHANGED_STATES or (known.state == "found" and known.preview)
        changes_posted = known.is_posted and is_shown
        if known.state in (*AT_REST, "to_batch") or (known.is_posted and not changes_posted):
            _log.info("too late to approve", record=str(known.ref), state=known.state)
            return False
        if changes_posted:  # of the same document, wherever the record would go by now
            again = to_capture(anew=True, approved_plan=word.plan_hash)
            await records.change(tx, known, **again, **NO_NEWS, outcome=None)
            return True
        route = held.routes.company_of(known.number, known.location_id, known.location_name)
        if isinstance(route, Unrouted) or route.company_id != known.company_id:
            return await self._retry(tx, held, known)
        await records.change(tx, known, **to_capture(anew=True, approved_plan=word.plan_hash), **NO_NEWS)
        return True

    async def _cancel(self, tx: AsyncConnection, held: Held, known: Record, *, skipped: bool) -> bool:
        """Leave it: until its content changes (cancel), or until a person retries it (skip)."""
        if known.is_posted or known.state in (*AT_REST, "to_batch"):
            _log.info("too late to cancel", record=str(known.ref), state=known.state)
            return False
        await self._news.staged(tx, known, "cancelled", skipped=skipped)
        await captures.purge(tx, held.connection_id, [known.ref])
        return True

    async def _batch_again(self, tx: AsyncConnection, known: Record) -> bool:
        """A person compared, so whatever ConnectWise holds now is batched; only what was posted (I-4)."""
        under_way = known.state == "captured" and known.outcome is None
        if not known.is_posted or under_way or known.state in ("batched", "to_batch"):
            _log.info("nothing to batch again", record=str(known.ref), state=known.state)
            return False
        await records.change(tx, known, **to_batch("nothing"), **NO_NEWS)
        return True
