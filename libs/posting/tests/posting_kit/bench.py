"""A bench of real rows: an engine over a forgetful ledger, plans delivered by hand, time that passes when told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from posting_kit.ledger import FakeLedger
from posting_kit.values import document
from tieout_chassis.budgets import Budgets
from tieout_chassis.database import Database
from tieout_chassis.leases import Leases
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerDocument
from tieout_contracts.events import Event, PostingPlanned, PostingSettled, RecordCommanded, RecordStaged
from tieout_contracts.posting import Posting, plan_hash, posting_id
from tieout_contracts.records import RecordRef
from tieout_posting.desk import Desk
from tieout_posting.engine import Engine
from tieout_posting.ledger import Books
from tieout_posting.options import Options
from tieout_posting.tables import call, company, customer, intent, organisation, shared

MIGRATIONS = ServiceMigrations("test-writer", Path(__file__).parent / "migrations")
ORGANISATION = "org-1"
OPTIONS = Options(bulk_linger_s=0.0, bulk_wait_limit_s=0.0, prepare_size=500)
MAX_SLICES = 400


class Bench:
    """One tenant's writer."""

    def __init__(self, database: Database, sealer: Sealer, options: Options = OPTIONS, tenant: str = "acme") -> None:
        self.database = database
        self.ledger = FakeLedger()
        self.tenant = tenant
        self.options = options
        self.sealer = sealer
        self._clock = datetime(2026, 11, 1, tzinfo=UTC)
        self.engine = self.new_engine()

    def new_engine(self) -> Engine:
        """A copy of the service that knows only its rows: what a restart leaves."""
        holder = f"copy-{uuid4().hex[:6]}"
        desk = Desk(self.database, Leases(self.database), self.sealer, self.ledger, self.options, holder)
        self.engine = Engine(desk, Budgets(self.database))
        return self.engine

    # -- the bus

    def now(self) -> datetime:
        self._clock += timedelta(seconds=1)
        return self._clock

    def books_of(self, plan: PostingPlanned) -> Books:
        return Books(self.tenant, plan.organisation_id, plan.ledger_connection)

    def plan_of(
        self,
        planned: LedgerDocument,
        *,
        revision: str = "r1",
        record_id: int = 5,
        company: str = "acme-au",
        organisation: str = ORGANISATION,
        approved: bool = False,
    ) -> PostingPlanned:
        self._clock += timedelta(seconds=1)
        kind: Any = "invoice" if planned.kind == "sales_invoice" else "credit_memo"
        record = RecordRef(kind=kind, record_id=record_id)
        plan = plan_hash(planned)
        posting = Posting(
            posting_id=posting_id(company, record, revision, plan),
            company_id=company,
            record=record,
            revision=revision,
            plan_hash=plan,
            number=planned.number,
            settings_version=1,
            reference_version=1,
            document=planned,
        )
        return PostingPlanned(
            tenant_id=self.tenant,
            company_id=company,
            record_ref=record,
            number=planned.number,
            revision=revision,
            disposition="post",
            ledger="xero",
            ledger_connection="xero-1",
            organisation_id=organisation,
            posting=posting,
            planned_at=self._clock,
            approved_plan=plan if approved else None,
        )

    async def deliver(self, *events: Event) -> None:
        hearing = self.engine.handlers()
        async with self.database.transaction() as tx:
            for event in events:
                context = MessageContext(uuid4(), event.TOPIC, event.key, self.tenant)
                await hearing[type(event)](tx, event, context)

    async def plan(self, planned: LedgerDocument | None = None, **about: Any) -> PostingPlanned:
        event = self.plan_of(planned or document(), **about)
        await self.deliver(event)
        return event

    def commanded(self, plan: PostingPlanned, action: Any) -> RecordCommanded:
        return RecordCommanded(
            tenant_id=self.tenant,
            company_id=plan.company_id,
            record_ref=plan.record_ref,
            number=plan.number,
            revision=plan.revision,
            command_id=uuid4(),
            action=action,
            person="pat",
            commanded_at=self.now(),
        )

    def again(self, plan: PostingPlanned) -> PostingPlanned:
        """The same plan, planned anew: what a retry brings."""
        self._clock += timedelta(seconds=1)
        return plan.model_copy(update={"planned_at": self._clock})

    def approved(self, plan: PostingPlanned) -> PostingPlanned:
        """The plan that a person saw and approved."""
        return plan.model_copy(update={"approved_plan": plan.posting.plan_hash})

    def staged(self, plan: PostingPlanned, stage: Any) -> RecordStaged:
        return RecordStaged(
            tenant_id=self.tenant,
            company_id=plan.company_id,
            record_ref=plan.record_ref,
            number=plan.number,
            revision=plan.revision,
            stage=stage,
            at=self._clock,
        )

    # -- the lease side

    async def serve(self) -> int:
        """Slices until nothing is due; how many."""
        for slices in range(MAX_SLICES):
            if not await self.engine.serve():
                return slices
        raise AssertionError("the engine never rests")

    async def serve_through(self, rounds: int = 12) -> None:
        """Slices, with time passing in between, until nothing is left to do."""
        for _ in range(rounds):
            await self.serve()
            if not {"ready", "sending", "unknown", "waiting"} & set(await self.states()):
                return
            await self.time_passes()
        await self.serve()

    async def time_passes(self, *, drafts_age: bool = False) -> None:
        """Every wait is over, every lease has run out; the keys are still young."""
        past = sa.func.clock_timestamp() - sa.text("interval '1 second'")
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(call).values(send_until=sa.func.least(call.c.send_until, past)))
            for table in (intent, shared, customer):
                await tx.execute(sa.update(table).values(ready_at=sa.func.least(table.c.ready_at, past)))
            if drafts_age:
                await tx.execute(sa.update(intent).values(seen_at=intent.c.seen_at - sa.text("interval '1 hour'")))
            await tx.execute(
                sa.text("UPDATE lease SET expires_at = NULL, holder = NULL, parked_until = NULL, idle_until = NULL")
            )
            await tx.execute(sa.text("UPDATE lease SET token = token + 1"))

    async def keys_grow_old(self) -> None:
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(call).values(first_sent_at=call.c.first_sent_at - sa.text("interval '1 hour'")))

    # -- what is there

    async def rows(self) -> Sequence[Any]:
        async with self.database.transaction() as tx:
            found = sa.select(intent).where(intent.c.tenant_id == self.tenant).order_by(intent.c.planned_at)
            return (await tx.execute(found)).all()

    async def row(self, plan: PostingPlanned) -> Any:
        return next(row for row in await self.rows() if row.posting_id == plan.posting.posting_id)

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def organisation(self) -> Any:
        async with self.database.transaction() as tx:
            return (await tx.execute(sa.select(organisation).where(organisation.c.tenant_id == self.tenant))).one()

    async def company(self, company_id: str = "acme-au") -> Any:
        async with self.database.transaction() as tx:
            found = sa.select(company).where(company.c.tenant_id == self.tenant, company.c.company_id == company_id)
            return (await tx.execute(found)).one()

    async def settled(self) -> list[PostingSettled]:
        """Every settlement in the outbox, in order."""
        async with self.database.transaction() as tx:
            rows = (
                await tx.execute(
                    sa.text("SELECT value FROM outbox WHERE topic = 'posting.settled' AND key LIKE :k ORDER BY id"),
                    {"k": "%"},
                )
            ).scalars()
            found = [PostingSettled.model_validate_json(bytes(value)) for value in rows]
        return [each for each in found if each.tenant_id == self.tenant]

    async def outcomes(self) -> list[str]:
        return [each.settlement.outcome for each in await self.settled()]


def documents(count: int, **changes: Any) -> list[LedgerDocument]:
    return [document(str(1001 + index), **changes) for index in range(count)]
