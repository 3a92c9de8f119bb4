"""One group of records, posted or empty: checked, named, batched, and proved to have left the unposted list."""

from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.failpoints import failpoint
from tieout_contracts.problems import Problem, problem
from tieout_ingest.batching.checking import Checked, Fit, check
from tieout_ingest.batching.identifiers import DEFAULT_PREFIX, batch_identifier
from tieout_ingest.batching.making import Made, Order, is_made, make_batches
from tieout_ingest.finding import to_capture
from tieout_ingest.held import Held
from tieout_ingest.listing import still_unposted
from tieout_ingest.news import News
from tieout_ingest.store import captures, records
from tieout_ingest.store.records import Record
from tieout_ingest.whereabouts import whereabouts, why_no_document
from tieout_providers.errors import OutcomeUnknown, ProviderError, Rejected

MAX_ATTEMPTS = 6
_log = structlog.get_logger(__name__)


class Batching:
    """Batches posted records, group by group, as many as were posted about the same time."""

    def __init__(self, news: News, clock: Clock, *, group: int, linger_s: float, at_once: int, retry_s: float) -> None:
        self._news = news
        self._clock = clock
        self._group = group
        self._linger_s = linger_s
        self._at_once = at_once
        self._retry_s = retry_s

    async def batch_group(self, held: Held) -> bool:
        """The next group; False when none is due. Raises what pauses the connection, after writing what is known."""
        async with held.transaction() as tx:
            group = await records.next_to_batch(tx, held.connection_id, limit=self._group, linger_s=self._linger_s)
        if not group:
            return False
        made = [each for each in group if each.batch_sent_at and await is_made(held.connectwise, _name_of(each))]
        orders = await self._checked(held, [each for each in group if each not in made])
        results = await make_batches(held.connectwise, orders, at_once=self._at_once)
        made += [each.order.known for each in results if each.error is None]
        if made:
            failpoint("ingest.after_batch")
        await self._close(held, made, orders)
        await self._failed(held, [each for each in results if each.error is not None])
        return True

    async def _checked(self, held: Held, group: Sequence[Record]) -> list[Order]:
        """Compare, write down what must not be batched, and name the batches of the rest before they are made."""
        if not group:
            return []
        checked = await check(held, group, today=self._clock.now().date())
        async with held.transaction() as tx:
            await self._hold_back(tx, checked)
            return [await self._order(tx, held, fit) for fit in checked.fit]

    async def _hold_back(self, tx: AsyncConnection, checked: Checked) -> None:
        for each in checked.held_back:
            again = to_capture(anew=True, preview=True) if each.recapture else {}
            await self._news.staged(tx, each.known, each.stage, problems=each.problems, batch_sent_at=None, **again)
        for known in checked.refilled:
            await records.change(tx, known, **to_capture(anew=True), batch_sent_at=None)
        for known, invoice in checked.absent:
            await self._news.absent(tx, known, whereabouts(known, invoice))
        for known, error in checked.deferred:
            reason = f"its export fails ({error.sentence})"
            await self._later(tx, known, problem("batches.not_exportable", number=known.number, reason=reason))

    async def _order(self, tx: AsyncConnection, held: Held, fit: Fit) -> Order:
        """The batch's name. One that may be under way keeps it; a record that was batched before gets another."""
        known = fit.known
        number = known.batch_number if known.batch_sent_at else known.batch_number + 1
        company = held.routes.companies.get(known.company_id)
        prefix = company.settings.batch_prefix if company else DEFAULT_PREFIX
        is_posted = not known.is_closed_unposted
        name = batch_identifier(prefix, known.kind, known.record_id, fit.revision, number, is_posted=is_posted)
        await records.change(tx, known, batch_number=number, batch_identifier=name, batch_sent_at=records.due_in(0))
        if fit.accepted is not None and known.posted_revision is not None:
            await captures.accept(tx, held.connection_id, known.ref, known.posted_revision, fit.accepted)
        return Order(known, name, fit.gl_entry_ids)

    async def _close(self, held: Held, made: Sequence[Record], orders: Sequence[Order]) -> None:
        """The proof: a batched record is on the unposted list no longer."""
        if not made:
            return
        names = {order.known.ref: order.identifier for order in orders}
        listed = await still_unposted(held.connectwise, [each.record_id for each in made])
        async with held.transaction() as tx:
            for known in made:
                name = names.get(known.ref) or _name_of(known)
                if known.record_id in listed:
                    told = problem("batches.still_listed", number=known.number, batch=name)
                    await self._news.staged(tx, known, "waiting", problems=[told], batch_sent_at=None)
                else:
                    await self._news.staged(
                        tx,
                        known,
                        "batched",
                        problems=why_no_document(known, name),
                        batch_identifier=name,
                        batch_sent_at=None,
                    )
            await captures.purge(tx, held.connection_id, [each.ref for each in made])

    async def _failed(self, held: Held, failed: Sequence[Made]) -> None:
        """Batches that do not exist, or of which that is not known; the first error that stops the connection last."""
        rejected = [each.order for each in failed if isinstance(each.error, Rejected)]
        invoices = (await held.filling.invoices([each.known.record_id for each in rejected])).rows if rejected else {}
        stopping: list[ProviderError] = []
        async with held.transaction() as tx:
            for each in failed:
                known, error = each.order.known, each.error
                assert error is not None
                refused = problem(
                    "batches.refused", number=known.number, batch=each.order.identifier, reason=error.sentence
                )
                if isinstance(error, Rejected):
                    found = whereabouts(known, invoices.get(known.record_id))
                    if found.stage == "gone":
                        await self._news.staged(tx, known, "waiting", problems=[refused], batch_sent_at=None)
                    else:
                        await self._news.absent(tx, known, found)
                elif isinstance(error, OutcomeUnknown):
                    await self._later(tx, known, refused)
                else:
                    # Refused, throttled or never sent: nothing was made, so there is nothing to look up.
                    unused = {"batch_number": known.batch_number, "batch_identifier": known.batch_identifier}
                    await records.change(tx, known, batch_sent_at=None, **unused)
                    stopping.append(error)
        if stopping:
            raise stopping[0]

    async def _later(self, tx: AsyncConnection, known: Record, told: Problem) -> None:
        """Try again with growing pauses; after `MAX_ATTEMPTS` a person decides."""
        if known.attempts + 1 >= MAX_ATTEMPTS:
            await self._news.staged(tx, known, "waiting", problems=[told])
            return
        wait_s = self._retry_s * 2**known.attempts
        _log.warning("batch deferred", record=str(known.ref), wait_s=wait_s, code=told.code)
        await records.change(tx, known, attempts=known.attempts + 1, due_at=records.due_in(wait_s))


def _name_of(known: Record) -> str:
    assert known.batch_identifier is not None
    return known.batch_identifier
