"""The bus side: plans become intents, commands change them. Nothing here talks to a ledger.

Every function runs in the handler's transaction, holds the row locks of the record that it is about, and wakes the
organisation's lease.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_chassis.outbox import MessageContext, announce_again
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import PostingPlanned, RecordCommanded, RecordStaged
from tieout_contracts.posting import SettledOutcome
from tieout_contracts.problems import Problem, problem
from tieout_posting.arrival import Arrival, arrive
from tieout_posting.canary import lacks_proof
from tieout_posting.cutover import comparisons
from tieout_posting.cutover.adopting import adoption_of, only_look_up
from tieout_posting.ledger import Books, Ledger
from tieout_posting.options import Options
from tieout_posting.organisations import LEASE_KIND, books_of_company, make_known, make_reference_due
from tieout_posting.prepare import doubt_shared
from tieout_posting.record import adopt, call_off, change, record_rows, standing_of
from tieout_posting.revision_arrival import begin_update, not_as_approved, why_not_revised
from tieout_posting.settle import settle
from tieout_posting.states import UNFINISHED_STATES
from tieout_posting.store import NOW, load_intents, seal_document
from tieout_posting.tables import intent

OVER_STAGES = frozenset({"batched", "batched_elsewhere", "gone", "cancelled"})
"""Nothing more will be asked about the record: its texts are emptied."""
CALLED_OFF_STAGES = frozenset({"batched_elsewhere", "gone", "cancelled"})


class Intents:
    """Stores, supersedes and commands the intents of one ledger."""

    def __init__(self, ledger: Ledger, sealer: Sealer, options: Options) -> None:
        self._ledger = ledger
        self._sealer = sealer
        self._options = options

    async def plan(self, tx: AsyncConnection, event: PostingPlanned, context: MessageContext) -> None:
        """Store a planned posting as an intent, beside or in place of the record's older ones."""
        if event.ledger != self._ledger.name:
            return
        if event.disposition != "post":
            await not_as_approved(tx, event, context)
            return
        books = Books(event.tenant_id, event.organisation_id, event.ledger_connection)
        await make_known(tx, books, event.company_id)
        rows = await record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        standing = [standing_of(row) for row in rows]
        wanted = event.approved_plan == event.posting.plan_hash and why_not_revised(rows, event) is None
        arrival = arrive(event.posting.posting_id, event.planned_at, standing, approved=wanted)
        own = next((row for row in rows if row.posting_id == event.posting.posting_id), None)
        if arrival.verdict == "stale":
            return
        if arrival.verdict == "announce":
            assert own is not None
            await announce_again(tx, [own.settled_event_id])
            return
        if arrival.is_new and arrival.revises is None and await lacks_proof(tx, event):
            arrival = replace(arrival, state="refused")
        await change(tx, rows, arrival.changes)
        maybe_sent = any(row.maybe_sent for row in rows)
        await self._write_own(tx, books, event, context, arrival, own, maybe_sent)
        if arrival.revises is not None:
            await begin_update(tx, event, rows, arrival.revises)
            await make_reference_due(tx, books, self._options.reference_min_age_s)  # its locks decide
        elif arrival.state == "changed":
            await self._tell_changed(tx, event, why_not_revised(rows, event))
        await announce(tx, LEASE_KIND, books.name)

    async def command(self, tx: AsyncConnection, event: RecordCommanded, context: MessageContext) -> None:
        """Adopt the proposed document, call the record off, or read the ledger anew before a retry."""
        rows = await record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        if event.action in ("cancel", "skip"):
            await call_off(tx, rows)
        elif event.action == "adopt":
            await adopt(tx, rows)
            await self._adopt_compared(tx, event, context, rows)
        elif event.action == "retry":
            books = await books_of_company(tx, event.tenant_id, event.company_id)
            if books is not None:  # a person corrected something: perhaps an account in the ledger
                await make_reference_due(tx, books, self._options.reference_min_age_s)

    async def _adopt_compared(
        self, tx: AsyncConnection, event: RecordCommanded, context: MessageContext, rows: Sequence[Any]
    ) -> None:
        """A record that nothing was planned to be posted of: the document that was proposed for it is linked."""
        plan = await adoption_of(tx, self._ledger, self._sealer, event, rows)
        if plan is None:
            return
        await self.plan(tx, plan, context)
        why_not = await only_look_up(tx, plan)
        if why_not is None:
            return
        mine = sa.and_(intent.c.tenant_id == event.tenant_id, intent.c.posting_id == plan.posting.posting_id)
        for refused in await load_intents(tx, self._sealer, mine):
            await settle(tx, self._ledger, self._options, refused, "conflict", (why_not,))
            await tx.execute(sa.update(intent).where(mine).values(state="held"))

    async def staged(self, tx: AsyncConnection, event: RecordStaged, _: MessageContext) -> None:
        """Ingest heard the settlement, or somebody else closed the record."""
        if event.stage in OVER_STAGES:
            await comparisons.over(tx, event.tenant_id, event.company_id, event.record_ref)
        rows = await record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        if not rows:
            return
        if event.stage in CALLED_OFF_STAGES:
            await call_off(tx, rows)
        ids = [row.posting_id for row in rows]
        mine = sa.and_(intent.c.tenant_id == event.tenant_id, intent.c.posting_id.in_(ids))
        heard = sa.and_(mine, intent.c.settled_event_id.is_not(None))
        await tx.execute(sa.update(intent).where(heard).values(staged_at=NOW, announce_at=None))
        if event.stage in OVER_STAGES:
            over = sa.and_(mine, intent.c.state.not_in(UNFINISHED_STATES))
            await tx.execute(sa.update(intent).where(over).values(document=None))

    async def _write_own(
        self,
        tx: AsyncConnection,
        books: Books,
        event: PostingPlanned,
        context: MessageContext,
        arrival: Arrival,
        own: Any | None,
        maybe_sent: bool,
    ) -> None:
        posting = event.posting
        mine = sa.and_(intent.c.tenant_id == books.tenant_id, intent.c.posting_id == posting.posting_id)
        plan = {
            "settings_version": posting.settings_version,
            "planned_at": event.planned_at,
            "caused_by": context.event_id,
            "traceparent": context.traceparent,
            "document": seal_document(self._sealer, books.tenant_id, posting.posting_id, posting.document),
            "maybe_sent": maybe_sent,  # a document of an older revision may yet turn up
            "updated_at": NOW,
        }
        if own is None:
            await tx.execute(sa.insert(intent).values(**_identity(books, event), **plan, state=arrival.state))
        else:
            plan |= _changed_own(books, own, arrival)
            await tx.execute(sa.update(intent).where(mine).values(**plan))
            if arrival.verdict == "again":
                await doubt_shared(tx, self._ledger, self._sealer, books, posting.document)
        if arrival.state == "refused":
            told = problem("ledger.override_unproved", number=posting.number)
            for said in await load_intents(tx, self._sealer, mine):
                await settle(tx, self._ledger, self._options, said, "refused", (told,))

    async def _tell_changed(self, tx: AsyncConnection, event: PostingPlanned, refusal: Problem | None) -> None:
        """It is posted already, and is not changed: nobody approved that, or it cannot be."""
        outcome: SettledOutcome = "waiting"
        told = problem("ledger.changed_after_posting", number=event.number)
        if event.approved_plan is not None and refusal is not None:
            outcome, told = "refused", refusal
        mine = sa.and_(intent.c.tenant_id == event.tenant_id, intent.c.posting_id == event.posting.posting_id)
        for changed in await load_intents(tx, self._sealer, mine):
            await settle(tx, self._ledger, self._options, changed, outcome, (told,))


def _identity(books: Books, event: PostingPlanned) -> dict[str, Any]:
    document = event.posting.document
    return {
        "tenant_id": books.tenant_id,
        "posting_id": event.posting.posting_id,
        "company_id": event.company_id,
        "organisation_id": books.organisation_id,
        "document_kind": document.kind,
        "record_kind": event.record_ref.kind,
        "record_id": event.record_ref.record_id,
        "number": document.number,
        "revision": event.posting.revision,
        "plan_hash": event.posting.plan_hash,
        "tax_mode": document.tax_mode,
        "currency": document.currency,
        "tax": document.expected.tax,
        "total": document.expected.total,
    }


def _changed_own(books: Books, own: Any, arrival: Arrival) -> dict[str, Any]:
    if arrival.verdict == "revive":
        return {"withdrawn": None if own.revises is not None else "again"}
    if arrival.verdict == "keep":
        return {"ready_at": NOW} if own.state == "ready" else {}  # a retry by a person ends its pause
    elsewhere = arrival.look_first is None and own.organisation_id != books.organisation_id
    moved: dict[str, Any] = {"organisation_id": books.organisation_id, "contact_key": None, "needs": []}
    return (moved if elsewhere else {}) | {
        "state": arrival.state,
        "step": "prepare",
        "ready_at": NOW,
        "look_up": None,
        "look_first": arrival.look_first,
        "document_id": own.document_id if own.state == "held" else None,
        "revises": own.revises if own.state == "held" else None,
        "proposal_id": None,
        "withdrawn": None,
        "problems": [],
        "bulk_cap": None,
        "call_id": None,
        "look_ups": 0,
        "tries": 0,
        "told": None,
    }
