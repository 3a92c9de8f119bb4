"""I-1, I-2, I-9: whatever is lost, late, doubled, killed or commanded, in whatever order.

The ledger carries out what reached it until `send_until` at the latest; that is what `send_until` is for.
"""

import os
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from posting_kit.bench import Bench
from posting_kit.ledger import Died, FakeLedger, Fault, Kept, without_drafts
from posting_kit.values import document

from tieout_contracts.documents import LedgerDocument, TaxMode
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import plan_hash

pytestmark = pytest.mark.postgres

EXAMPLES = int(os.environ.get("TIEOUT_TEST_EXAMPLES", "25"))
RECORDS = (0, 1)
REVISIONS = (0, 1, 2)
FAULTS = ("fine", "not_sent", "lost_before", "lost_after", "late", "died")
PEOPLE = ("touch", "delete", "approve", "pay")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.sampled_from(RECORDS), st.sampled_from(REVISIONS)),
        st.tuples(st.just("approve"), st.sampled_from(RECORDS), st.sampled_from(REVISIONS)),
        st.tuples(st.just("another plan"), st.sampled_from(RECORDS), st.sampled_from(REVISIONS)),
        st.tuples(st.just("deliver again"), st.integers(0, 30)),
        st.tuples(st.just("retry"), st.sampled_from(RECORDS)),
        st.tuples(st.just("command"), st.sampled_from(RECORDS), st.sampled_from(("cancel", "adopt"))),
        st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
        st.tuples(st.just("slices"), st.integers(1, 6)),
        st.tuples(st.just("time passes"), st.booleans(), st.booleans()),
        st.tuples(st.just("keys grow old")),
        st.tuples(st.just("person"), st.sampled_from(RECORDS), st.sampled_from(PEOPLE)),
        st.tuples(st.just("mismatch"), st.sampled_from(RECORDS), st.booleans()),
    ),
    min_size=4,
    max_size=30,
)


def revision_of(record: int, revision: int) -> LedgerDocument:
    """The third revision changes the number, too: then uniqueness in the ledger no longer helps.

    The second record's tax is the ledger's to find; its third revision would be sent in place of that, so that
    it goes only once a person approved it (here: retried it).
    """
    number = f"{1001 + record}" + ("B" if revision == 2 else "")
    mode: TaxMode = "exclusive" if record == 0 else "override" if revision == 2 else "computed"
    return document(number, reference=f"revision {revision}", tax_mode=mode)


@dataclass
class World:
    """One example: a tenant, its ledger, and everything that was ever said."""

    bench: Bench
    events: list[PostingPlanned] = field(default_factory=list)
    last: dict[int, PostingPlanned] = field(default_factory=dict)

    @property
    def ends(self) -> list[list[str]]:
        """Where a posted document is in the end; without drafts a person may delete it after it was posted."""
        return [["approved"]] if self.ledger.drafts else [["final"], ["approved"], ["gone"]]

    @property
    def ledger(self) -> FakeLedger:
        return self.bench.ledger

    async def take(self, step: tuple[object, ...]) -> None:
        name, *values = step
        await getattr(self, f"_{str(name).replace(' ', '_')}")(*values)
        self.check()

    def check(self) -> None:
        """At most one live document of ours for each record, whatever its number."""
        for record in RECORDS:
            numbers = {revision_of(record, revision).number for revision in REVISIONS}
            live = [each for number in numbers for each in self.ledger.live(number)]
            assert len(live) <= 1, f"record {record} has {len(live)} live documents"

    async def finish(self) -> None:
        self.ledger.faults.clear()
        for _ in range(8):
            await self._slices(60)
            await self._time_passes(True, False)
        await self._slices(60)
        for row in await self.bench.rows():
            assert row.state not in ("ready", "sending", "unknown"), f"{row.number} is stuck: {row.state}"
            live = [each for each in self.ledger.kept.values() if each.document_id == row.document_id]
            if row.state == "posted":
                assert [each.phase for each in live] in self.ends
                self.is_as_planned(row, live)
            if row.state in ("refused", "discarded") and row.revises is None:
                assert all(each.phase == "gone" for each in live), f"{row.number} was refused and stands in the books"
            assert row.state != "held" or row.outcome is not None

    def is_as_planned(self, row: Any, live: list[Kept]) -> None:
        """What was made or changed, and that nobody touched, is what was planned: also where a change came to nothing
        (F53)."""
        for each in live:
            if row.content is not None and not each.touched and each.phase != "gone":
                assert plan_hash(each.document) == row.plan_hash

    async def _approve(self, record: int, revision: int) -> None:
        """A person wants this in place of what may be posted."""
        event = self.bench.plan_of(
            revision_of(record, revision), revision=f"r{revision}", record_id=record, approved=True
        )
        self.events.append(event)
        self.last[record] = event
        await self.bench.deliver(event)

    async def _another_plan(self, record: int, revision: int) -> None:
        """What she approved is not what is planned by now."""
        event = self.bench.plan_of(revision_of(record, revision), revision=f"r{revision}", record_id=record)
        await self.bench.deliver(event.model_copy(update={"disposition": "preview", "approved_plan": "0" * 32}))

    async def _plan(self, record: int, revision: int) -> None:
        planned = revision_of(record, revision)
        event = self.bench.plan_of(planned, revision=f"r{revision}", record_id=record)
        self.events.append(event)
        self.last[record] = event
        await self.bench.deliver(event)

    async def _deliver_again(self, index: int) -> None:
        if self.events:
            await self.bench.deliver(self.events[index % len(self.events)])

    async def _retry(self, record: int) -> None:
        if record in self.last:
            event = self.bench.approved(self.bench.again(self.last[record]))
            self.events.append(event)
            self.last[record] = event
            await self.bench.deliver(event)

    async def _command(self, record: int, action: str) -> None:
        if record in self.last:
            await self.bench.deliver(self.bench.commanded(self.last[record], action))

    async def _fault(self, name: str) -> None:
        faults: dict[str, Fault | None] = {"fine": None, "died": Died()}
        self.ledger.faults.append(faults.get(name, name))  # type: ignore[arg-type]

    async def _slices(self, count: int) -> None:
        for _ in range(count):
            try:
                if not await self.bench.engine.serve():
                    return
            except Died:
                self.bench.new_engine()
            self.check()

    async def _time_passes(self, arrives: bool, drafts_age: bool) -> None:
        if arrives:
            self.ledger.deliver_late()
        self.ledger.late.clear()
        self.check()
        await self.bench.time_passes(drafts_age=drafts_age)

    async def _keys_grow_old(self) -> None:
        await self.bench.keys_grow_old()

    async def _person(self, record: int, action: str) -> None:
        numbers = {revision_of(record, revision).number for revision in REVISIONS}
        for each in [each for number in numbers for each in self.ledger.live(number)]:
            each.version += 1
            if action == "touch":
                each.touched = True
            elif action == "pay":
                each.paid = each.phase in ("approved", "final")
            elif each.phase in ("draft", "final"):
                each.phase = "gone" if action == "delete" else "approved"

    async def _mismatch(self, record: int, wrong: bool) -> None:
        for revision in REVISIONS:
            self.ledger.off_by.pop(revision_of(record, revision).number, None)
            if wrong:
                self.ledger.off_by[revision_of(record, revision).number] = document().expected.tax


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.parametrize("ledger", ["with drafts", "without drafts"])
@given(taken=steps)
async def test_a_record_has_at_most_one_live_document_in_any_interleaving_I1_I9(
    bench: Bench, ledger: str, taken: list[tuple[object, ...]]
) -> None:
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM lease"))
    bench.tenant = f"t-{uuid4().hex[:8]}"
    bench.ledger = FakeLedger() if ledger == "with drafts" else without_drafts()
    bench.new_engine()
    world = World(bench)
    for step in taken:
        await world.take(step)
    await world.finish()
