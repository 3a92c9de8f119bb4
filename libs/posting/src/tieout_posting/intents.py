"""The bus side: plans become intents, commands change them. Nothing here talks to a ledger.

Every function runs in the handler's transaction, holds the row locks of the record that it is about, and wakes the
organisation's lease.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_chassis.outbox import MessageContext, announce_again
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import PostingPlanned, RecordCommanded, RecordStaged
from tieout_contracts.problems import problem
from tieout_contracts.records import RecordRef
from tieout_posting.arrival import Arrival, Change, Standing, arrive, withdraw
from tieout_posting.ledger import Books, Ledger
from tieout_posting.options import Options
from tieout_posting.settle import settle
from tieout_posting.store import NOW, by_ids, load_intents, of_books, seal_document
from tieout_posting.tables import company, intent, organisation, shared

LEASE_KIND = "ledger"
"""One lease for each organisation, named by `Books.name`."""

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
        if event.ledger != self._ledger.name or event.disposition != "post":
            return
        books = Books(event.tenant_id, event.organisation_id, event.ledger_connection)
        await make_known(tx, books, event.company_id)
        rows = await _record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        posting_id = event.posting.posting_id
        arrival = arrive(posting_id, event.planned_at, [_standing(row) for row in rows])
        if arrival.verdict == "stale":
            return
        own = next((row for row in rows if row.posting_id == posting_id), None)
        if arrival.verdict == "announce":
            assert own is not None
            await announce_again(tx, [own.settled_event_id])
            return
        for change in arrival.changes:
            await _change(tx, books, change)
        await self._write_own(tx, books, event, context, arrival, own)
        await announce(tx, LEASE_KIND, books.name)

    async def command(self, tx: AsyncConnection, event: RecordCommanded, _: MessageContext) -> None:
        """Adopt the proposed document, call the record off, or read the ledger anew before a retry."""
        rows = await _record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        if event.action in ("cancel", "skip"):
            await _call_off(tx, rows)
        elif event.action == "adopt":
            await _adopt(tx, rows)
        elif event.action == "retry":
            await self._freshen(tx, event)

    async def staged(self, tx: AsyncConnection, event: RecordStaged, _: MessageContext) -> None:
        """Ingest heard the settlement, or somebody else closed the record."""
        rows = await _record_rows(tx, event.tenant_id, event.company_id, event.record_ref)
        if not rows:
            return
        if event.stage in CALLED_OFF_STAGES:
            await _call_off(tx, rows)
        mine = sa.and_(
            intent.c.tenant_id == event.tenant_id,
            intent.c.posting_id.in_([row.posting_id for row in rows]),
        )
        heard = sa.and_(mine, intent.c.settled_event_id.is_not(None))
        await tx.execute(sa.update(intent).where(heard).values(staged_at=NOW, announce_at=None))
        if event.stage in OVER_STAGES:
            over = sa.and_(mine, intent.c.state.not_in(("ready", "sending", "unknown", "held", "waiting")))
            await tx.execute(sa.update(intent).where(over).values(document=None))

    async def _write_own(
        self,
        tx: AsyncConnection,
        books: Books,
        event: PostingPlanned,
        context: MessageContext,
        arrival: Arrival,
        own: Any | None,
    ) -> None:
        posting = event.posting
        plan = {
            "settings_version": posting.settings_version,
            "planned_at": event.planned_at,
            "caused_by": context.event_id,
            "traceparent": context.traceparent,
            "document": seal_document(self._sealer, books.tenant_id, posting.posting_id, posting.document),
            "updated_at": NOW,
        }
        if arrival.verdict == "store":
            await tx.execute(sa.insert(intent).values(**_identity(books, event), **plan, state=arrival.state))
        else:
            assert own is not None
            plan |= _kept(own) if arrival.verdict in ("keep", "revive") else _started_over(own, arrival)
            plan |= {"withdrawn": "again"} if arrival.verdict == "revive" else {}
            await tx.execute(sa.update(intent).where(by_ids(books, [posting.posting_id])).values(**plan))
            if arrival.verdict == "again":
                await _doubt_shared(tx, books, own)
        if arrival.state == "changed":
            told = problem("ledger.changed_after_posting", number=posting.number)
            for changed in await load_intents(tx, self._sealer, by_ids(books, [posting.posting_id])):
                await settle(tx, self._ledger, self._options, changed, "waiting", (told,))

    async def _freshen(self, tx: AsyncConnection, event: RecordCommanded) -> None:
        """A person corrected something: perhaps an account or a contact in the ledger."""
        found = sa.select(company.c.organisation_id, company.c.connection_id).where(
            company.c.tenant_id == event.tenant_id, company.c.company_id == event.company_id
        )
        row = (await tx.execute(found)).one_or_none()
        if row is not None:
            books = Books(event.tenant_id, row.organisation_id, row.connection_id)
            await make_reference_due(tx, books, self._options.reference_min_age_s)


async def make_known(tx: AsyncConnection, books: Books, company_id: str) -> None:
    """Make sure that the organisation and the company have their rows, with the connection now in force."""
    of_organisation = insert(organisation).values(
        tenant_id=books.tenant_id, organisation_id=books.organisation_id, connection_id=books.connection_id
    )
    await tx.execute(of_organisation.on_conflict_do_nothing())
    of_company = insert(company).values(
        tenant_id=books.tenant_id,
        company_id=company_id,
        organisation_id=books.organisation_id,
        connection_id=books.connection_id,
    )
    await tx.execute(of_company.on_conflict_do_nothing())


async def make_reference_due(tx: AsyncConnection, books: Books, min_age_s: float) -> None:
    """Have the reference data read again, unless it was read less than `min_age_s` ago."""
    old = sa.or_(
        organisation.c.reference_read_at.is_(None),
        organisation.c.reference_read_at < NOW - sa.func.make_interval(0, 0, 0, 0, 0, 0, float(min_age_s)),
    )
    due = sa.update(organisation).where(of_books(organisation, books), old).values(reference_due_at=NOW)
    if (await tx.execute(due)).rowcount:
        await announce(tx, LEASE_KIND, books.name)


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


def _kept(own: Any) -> dict[str, Any]:
    """It is under way: a retry by a person ends its pause."""
    return {"ready_at": NOW} if own.state == "ready" else {}


def _started_over(own: Any, arrival: Arrival) -> dict[str, Any]:
    return {
        "state": arrival.state,
        "step": "prepare",
        "ready_at": NOW,
        "look_up": None,
        "look_first": arrival.look_first,
        "document_id": own.document_id if own.state == "held" else None,
        "proposal_id": None,
        "withdrawn": None,
        "problems": [],
        "bulk_cap": None,
        "call_id": None,
        "look_ups": 0,
        "tries": 0,
        "told": None,
    }


async def _doubt_shared(tx: AsyncConnection, books: Books, own: Any) -> None:
    """What was refused is matched again, against contacts (and items) read anew: a person may have mended them."""
    doubted = sa.update(shared).where(of_books(shared, books), shared.c.key.in_(own.needs), shared.c.state == "refused")
    again = await tx.execute(
        doubted.values(state="unmatched", tries=0, problem=None, ready_at=NOW).returning(shared.c.kind)
    )
    kinds = {row.kind for row in again.all()}
    due = {"contacts_due": True} | ({"items_due": True} if "item" in kinds else {})
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(due))


async def _record_rows(tx: AsyncConnection, tenant_id: str, company_id: str, record: RecordRef) -> Sequence[Any]:
    """All intents of the record, locked."""
    found = (
        sa.select(intent)
        .where(
            intent.c.tenant_id == tenant_id,
            intent.c.company_id == company_id,
            intent.c.record_kind == record.kind,
            intent.c.record_id == record.record_id,
        )
        .order_by(intent.c.posting_id)
        .with_for_update()
    )
    return (await tx.execute(found)).all()


def _standing(row: Any) -> Standing:
    return Standing(row.posting_id, row.state, row.step, row.planned_at, row.document_id, row.maybe_sent, row.withdrawn)


async def _change(tx: AsyncConnection, books: Books, change: Change) -> None:
    values: dict[str, Any] = {"state": change.state, "step": change.step, "withdrawn": change.withdrawn}
    values["updated_at"] = NOW
    if change.state in ("superseded", "cancelled"):
        values["document"] = None
    if change.look_up is not None or change.state == "ready":
        values |= {"look_up": change.look_up, "ready_at": NOW}
    await tx.execute(sa.update(intent).where(by_ids(books, [change.posting_id])).values(**values))


async def _call_off(tx: AsyncConnection, rows: Sequence[Any]) -> None:
    for row in rows:
        if row.state not in ("ready", "sending", "unknown", "held", "waiting"):
            continue
        change = withdraw(_standing(row))
        if change is not None:
            books = Books(row.tenant_id, row.organisation_id, "")
            await _change(tx, books, change)
            await announce(tx, LEASE_KIND, books.name)


async def _adopt(tx: AsyncConnection, rows: Sequence[Any]) -> None:
    """The proposed document is looked up once more before it is linked: it may have changed since."""
    for row in rows:
        if row.state == "held" and (row.proposal_id is not None or row.document_id is not None):
            books = Books(row.tenant_id, row.organisation_id, "")
            values = {"state": "unknown", "look_up": "adopt", "ready_at": NOW, "updated_at": NOW}
            await tx.execute(sa.update(intent).where(by_ids(books, [row.posting_id])).values(**values))
            await announce(tx, LEASE_KIND, books.name)
