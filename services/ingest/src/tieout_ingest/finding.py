"""Reading the unposted list and deciding about each record on it, and about each that is no longer on it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.problems import Problem, problem
from tieout_contracts.settings import SettingsSnapshot
from tieout_ingest.canonical import Listed
from tieout_ingest.changed import CHANGED_STATES
from tieout_ingest.held import Held
from tieout_ingest.judging import judge, looked_at, waits_for_request
from tieout_ingest.listing import UnpostedList, read_unposted
from tieout_ingest.news import News
from tieout_ingest.routing import Unrouted
from tieout_ingest.store import captures, connections, records, runs
from tieout_ingest.store.records import Record
from tieout_ingest.store.runs import Run
from tieout_ingest.whereabouts import whereabouts

RECORDS_A_TRANSACTION = 200

Counts = defaultdict[str, Counter[str]]
"""What was found, by company and column of a run; under `NEW`, how many records had a move."""

NEW = "new"


class Finding:
    """Looks at a connection's unposted list: on request, and every `poll_interval_s` by itself."""

    def __init__(self, news: News, *, poll_interval_s: float) -> None:
        self._news = news
        self._poll_interval_s = poll_interval_s
        self._told: dict[str, tuple[Problem, ...]] = {}

    async def begin(self, held: Held) -> list[Run]:
        """Note that the list is being read, before its settings are; the runs that this look is for.

        Settings that change, and runs that are asked for, from now on get a look of their own: this one may not know
        their company.
        """
        async with held.transaction() as tx:
            await connections.listed(tx, held.connection_id, next_in_s=self._poll_interval_s)
            return [run for run in await runs.unfinished(tx, held.connection_id) if run.state == "requested"]

    async def look(self, held: Held, asked: Sequence[Run]) -> None:
        """Read the list once, for all companies of the connection and all runs that were asked for."""
        own = [runs.by_itself(held.tenant_id, each, self._news.now()) for each in held.routes.companies]
        looking = sorted(asked, key=lambda run: not run.preview)  # of two for one company the one that posts counts
        run_of = {run.company_id: run for run in (*own, *looking)}
        unposted = await read_unposted(held.connectwise)
        counts: Counts = defaultdict(Counter)
        for part in _parts(list(unposted.records.values())):
            async with held.transaction() as tx:
                await self._sort(tx, held, part, run_of, counts)
        await self._ask_after_the_absent(held, unposted)
        async with held.transaction() as tx:
            for run in (*asked, *await self._worth_keeping(tx, held, own, run_of, unposted, counts)):
                found = counts[run.company_id] if run_of[run.company_id] is run else Counter[str]()
                await runs.begin(tx, run.run_id, unposted.problems, **{name: found[name] for name in runs.COUNTS})
            found_refs = await records.found(tx, held.connection_id)
        billed = (unposted.records[ref].bill_to_id for ref in found_refs if ref in unposted.records)
        await held.filling.expect(company_id for company_id in billed if company_id is not None)

    async def _worth_keeping(
        self,
        tx: AsyncConnection,
        held: Held,
        own: Sequence[Run],
        run_of: Mapping[str, Run],
        unposted: UnpostedList,
        counts: Counts,
    ) -> list[Run]:
        """Looks that nobody asked for and that found something new, or a problem that was not told before."""
        problems_are_new = self._told.get(held.connection_id, ()) != unposted.problems
        self._told[held.connection_id] = unposted.problems
        told = [
            run for run in own if run_of[run.company_id] is run and (problems_are_new or counts[run.company_id][NEW])
        ]
        for run in told:
            await runs.keep(tx, held.connection_id, run)
        return told

    async def _sort(
        self, tx: AsyncConnection, held: Held, part: Sequence[Listed], run_of: Mapping[str, Run], counts: Counts
    ) -> None:
        known = await records.some(tx, held.connection_id, [each.ref for each in part])
        part = [each for each in part if not _waits(held, each, known.get(each.ref), run_of)]
        new = [each for each in part if each.ref not in known]
        await records.add(tx, [_new_row(held, each, run_of) for each in new])
        added = await records.some(tx, held.connection_id, [each.ref for each in new])
        for listed in part:
            before = known.get(listed.ref)
            await self._move(tx, held, listed, before, before or added[listed.ref], run_of, counts)

    async def _move(
        self,
        tx: AsyncConnection,
        held: Held,
        listed: Listed,
        before: Record | None,
        row: Record,
        run_of: Mapping[str, Run],
        counts: Counts,
    ) -> None:
        """Carry out what was decided about one record. `before` is None for one that was never seen."""
        route = _route(held, listed)
        move = judge(listed, route, before)
        company_id = row.company_id if isinstance(route, Unrouted) or row.is_posted else route.company_id
        counts[company_id]["unposted"] += 1
        run = run_of.get(company_id)
        only_looks = run is not None and run.preview
        if run is not None and run.preview:
            move = looked_at(move, before, named=str(listed.ref) in run.named)
        if move == "leave":
            joins = row.state == "found" and (row.preview or not only_looks)
            if joins and run is not None and run.requested_by is not None:
                await records.change(tx, row, run_id=run.run_id, preview=only_looks)
            return
        counts[company_id][NEW] += 1
        run_id = run.run_id if run else row.run_id
        facts: dict[str, Any] = {**records.facts_of(listed), "company_id": company_id, "run_id": run_id}
        now = replace(row, **facts)
        if before is not None and before.company_id != company_id:
            moved = problem("capture.rerouted", number=listed.number, company=company_id)
            await self._news.tell(tx, before, "cancelled", problems=[moved])
        match move:
            case "capture":
                if before is not None:
                    anew = before.state != "captured" or before.preview
                    if before.is_posted and before.state not in CHANGED_STATES:
                        facts["batch_check"] = "content"
                    await records.change(tx, now, **to_capture(anew=anew, preview=only_looks), **facts)
            case "list":
                await self._news.staged(tx, now, "listed", **facts)
                counts[company_id]["listed"] += 1
            case "unroute":
                assert isinstance(route, Unrouted)
                await self._news.staged(tx, now, "unrouted", problems=[route.why], **facts)
                counts[company_id]["unrouted"] += 1
            case "removed":
                await self._removed(tx, now, facts)
            case "recheck":
                await records.change(tx, now, **to_batch("content"), **facts)
            case "close":
                await records.change(tx, now, **to_batch("nothing"), **facts)

    async def _removed(self, tx: AsyncConnection, known: Record, facts: Mapping[str, Any]) -> None:
        """Our batch of it was deleted. A posted record is batched again if its content is the same (I-4)."""
        told = problem("batches.removed", number=known.number, batch=known.batch_identifier or "")
        again = to_batch("content") if known.is_posted else {}
        await self._news.staged(tx, known, "batch_removed", problems=[told], **{**again, **facts})

    async def _ask_after_the_absent(self, held: Held, unposted: UnpostedList) -> None:
        """Records that were unposted and are not listed any more, and not by our doing."""
        if not unposted.complete:
            return
        async with held.transaction() as tx:
            unfinished = await records.unfinished(tx, held.connection_id)
        absent = [each for each in unfinished.values() if each.ref not in unposted.records and each.state != "to_batch"]
        for part in _parts(absent):
            invoices = await held.filling.invoices([each.record_id for each in part])
            async with held.transaction() as tx:
                for each in part:
                    await self._news.absent(tx, each, whereabouts(each, invoices.rows.get(each.record_id)))
                await captures.purge(tx, held.connection_id, [each.ref for each in part])


def to_batch(check: records.BatchCheck, in_s: float = 0.0) -> dict[str, Any]:
    """The columns of a record that is to be batched, after comparing what `check` says."""
    return {
        "state": "to_batch",
        "batch_check": check,
        "batch_sent_at": None,
        "attempts": 0,
        "due_at": records.due_in(in_s),
    }


def to_capture(*, anew: bool, preview: bool = False, approved_plan: str | None = None) -> dict[str, Any]:
    """The columns of a record that is to be captured; `anew` publishes even what is the same as before."""
    why = {"preview": preview, "approved_plan": approved_plan}
    return {"state": "found", "retried": anew, "skipped": False, "attempts": 0, "due_at": records.due_in(0), **why}


def _route(held: Held, listed: Listed) -> SettingsSnapshot | Unrouted:
    return held.routes.company_of(listed.number, listed.location_id, listed.location_name)


def _waits(held: Held, listed: Listed, known: Record | None, run_of: Mapping[str, Run]) -> bool:
    """Whether its company is synced on request only, and is not asked for now."""
    route = _route(held, listed)
    run = None if isinstance(route, Unrouted) else run_of.get(route.company_id)
    return waits_for_request(route, known, asked=run is not None and run.requested_by is not None)


def _new_row(held: Held, listed: Listed, run_of: Mapping[str, Run]) -> dict[str, Any]:
    route = _route(held, listed)
    company_id = _home(held, run_of) if isinstance(route, Unrouted) else route.company_id
    run = run_of.get(company_id)
    return {
        "connection_id": held.connection_id,
        "kind": listed.kind,
        "record_id": listed.record_id,
        "tenant_id": held.tenant_id,
        "company_id": company_id,
        **records.facts_of(listed),
        "state": "found",
        "retried": True,
        "run_id": run.run_id if run else None,
        "preview": run is not None and run.preview,
    }


def _home(held: Held, run_of: Mapping[str, Run]) -> str:
    """The company under which an unrouted record is shown: one that asked, else the first."""
    asked = (company for company, run in run_of.items() if run.requested_by is not None)
    asking = sorted(company for company in asked if company in held.routes.companies)
    first = held.routes.first()
    assert first is not None
    return asking[0] if asking else first.company_id


def _parts(everything: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(everything), RECORDS_A_TRANSACTION):
        yield everything[start : start + RECORDS_A_TRANSACTION]
