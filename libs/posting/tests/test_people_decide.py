"""Commands: retry, adopt, cancel; and what others say about a record."""

from decimal import Decimal

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench, documents
from posting_kit.ledger import FakeLedger
from posting_kit.values import document

from tieout_chassis.forgetting import LOOK_AGAIN_S, Forgetting
from tieout_chassis.tables import lease, lease_wake, outbox
from tieout_contracts.events import PostingPlanned
from tieout_posting.ledger import DirectoryEntry
from tieout_posting.organisations import make_known
from tieout_posting.restored import mark_restored
from tieout_posting.tables import METADATA, intent
from tieout_posting.writer.process import OF_TENANT

pytestmark = pytest.mark.postgres


def known_contact(ledger: FakeLedger, number: str | None = "CW-19", name: str = "Fabrikam Pty Ltd") -> str:
    ledger.contacts["c-19"] = DirectoryEntry("c-19", number, name)
    return "c-19"


async def _adopt_proposed(bench: Bench) -> PostingPlanned:
    bench.ledger.put_by_somebody(document(), known_contact(bench.ledger))
    plan = await bench.plan()
    await bench.serve()
    assert await bench.outcomes() == ["adopt_proposed"]
    return plan


async def test_a_number_that_is_there_already_with_the_same_figures_is_proposed_and_never_doubled(bench: Bench) -> None:
    await _adopt_proposed(bench)
    assert len(bench.ledger.live("1001")) == 1
    assert bench.ledger.count("/look_up") == 1


async def test_one_look_up_answers_for_many_taken_numbers(bench: Bench) -> None:
    contact_id = known_contact(bench.ledger)
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    for each in documents(12):
        bench.ledger.put_by_somebody(each, contact_id)
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(12))))
    await bench.serve()
    assert bench.ledger.count("/look_up") == 1
    assert (await bench.outcomes()).count("adopt_proposed") == 12


async def test_adopting_links_the_document_and_settles_it_as_posted(bench: Bench) -> None:
    plan = await _adopt_proposed(bench)
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    settled = (await bench.settled())[-1].settlement
    assert settled.outcome == "posted"
    assert settled.document is not None
    assert settled.document.document_id == bench.ledger.live("1001")[0].document_id
    assert bench.ledger.count("/promote") == 0


async def test_adopting_what_changed_since_is_a_conflict(bench: Bench) -> None:
    plan = await _adopt_proposed(bench)
    bench.ledger.live("1001")[0].off_by = Decimal("5")
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    assert await bench.outcomes() == ["adopt_proposed", "conflict"]


async def test_a_conflict_says_the_difference_and_a_retry_posts_once_the_other_is_gone(bench: Bench) -> None:
    other = bench.ledger.put_by_somebody(document(), known_contact(bench.ledger))
    other.off_by = Decimal("1")
    plan = await bench.plan()
    await bench.serve()
    (settled,) = await bench.settled()
    assert settled.settlement.outcome == "conflict"
    assert "total 111.00 instead of 110.00" in settled.settlement.problems[0].sentence
    bench.ledger.kept.clear()
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert await bench.states() == ["posted"]


async def test_a_refused_plan_is_posted_by_a_retry(bench: Bench) -> None:
    bench.ledger.refusing["1001"] = "locked"
    plan = await bench.plan()
    await bench.serve()
    bench.ledger.refusing.clear()
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert await bench.outcomes() == ["refused", "posted"]


async def test_a_kept_mismatching_draft_waits_and_a_retry_looks_again(bench: Bench) -> None:
    bench.ledger.off_by["1001"] = Decimal("0.01")
    plan = await bench.plan()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE company SET mismatched_draft = 'keep'"))
    await bench.serve()
    assert (await bench.settled())[-1].settlement.problems[0].code == "ledger.draft_kept"
    assert len(bench.ledger.live("1001")) == 1
    bench.ledger.off_by.clear()
    bench.ledger.kept.clear()
    bench.ledger.put_by_somebody(document(), "nobody", "gone").document_id = (await bench.row(plan)).document_id
    await bench.deliver(bench.again(plan))
    await bench.serve()
    assert (await bench.states(), [each.phase for each in bench.ledger.live("1001")]) == (["posted"], ["approved"])


async def test_a_cancelled_plan_is_never_sent(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.deliver(bench.commanded(plan, "cancel"))
    await bench.serve()
    assert (await bench.states(), bench.ledger.live("1001"), await bench.outcomes()) == (["cancelled"], [], [])
    assert (await bench.row(plan)).document is None


async def test_a_plan_cancelled_while_its_answer_is_out_is_taken_back(bench: Bench) -> None:
    bench.ledger.faults = [None, None, "lost_after"]
    plan = await bench.plan()
    await bench.serve()
    await bench.deliver(bench.commanded(plan, "cancel"))
    await bench.serve_through(2)
    assert (await bench.states(), bench.ledger.live("1001")) == (["cancelled"], [])


async def test_a_posted_record_is_not_cancelled(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.serve()
    await bench.deliver(bench.commanded(plan, "cancel"))
    await bench.serve()
    assert (await bench.states(), len(bench.ledger.live("1001"))) == (["posted"], 1)


@pytest.mark.parametrize("stage", ["batched_elsewhere", "gone", "cancelled"])
async def test_unsent_work_is_dropped_when_somebody_else_closed_the_record(bench: Bench, stage: str) -> None:
    plan = await bench.plan()
    await bench.deliver(bench.staged(plan, stage))
    await bench.serve()
    assert (await bench.states(), bench.ledger.live("1001")) == (["cancelled"], [])


async def test_a_batched_record_loses_its_texts_and_is_not_announced_again_F4(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.serve()
    await bench.deliver(bench.staged(plan, "batched"))
    row = await bench.row(plan)
    assert (row.document, row.announce_at, row.staged_at is not None) == (None, None, True)


async def test_a_settlement_that_nobody_answered_is_announced_again_with_the_same_id(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.serve()
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE outbox SET published_at = now()"))
        await tx.execute(sa.update(intent).values(announce_at=sa.func.now()))
    await bench.engine.announce()
    async with bench.database.transaction() as tx:
        found = sa.text("SELECT event_id FROM outbox WHERE published_at IS NULL")
        unpublished = (await tx.execute(found)).scalars().all()
    row = await bench.row(plan)
    assert (unpublished, row.announcements) == ([row.settled_event_id], 1)


async def test_after_a_restored_backup_everything_unfinished_is_looked_up_first_I6(bench: Bench) -> None:
    await bench.plan()
    await bench.serve()
    async with bench.database.transaction() as tx:
        lost = {"state": "ready", "step": "draft", "document_id": None, "maybe_sent": False, "seen_at": None}
        await tx.execute(sa.update(intent).values(lost))
        assert await mark_restored(tx) == 1
    await bench.time_passes()
    bench.ledger.calls.clear()
    await bench.serve_through(2)
    assert bench.ledger.count("/create") == 0
    assert (await bench.states(), len(bench.ledger.live("1001"))) == (["posted"], 1)


async def test_of_a_deleted_tenant_nothing_is_left_and_of_another_everything_F251_I7(bench: Bench) -> None:
    plan = await bench.plan()
    await bench.serve()
    deleted: set[str] = set()
    clock = [0.0]
    forgetting = Forgetting(
        bench.database, lambda: deleted, METADATA, hanging=OF_TENANT, rows_at_once=1, now=lambda: clock[0]
    )

    async def rows() -> dict[str, int]:
        tables = [*METADATA.tables.values(), outbox, lease, lease_wake]
        async with bench.database.transaction() as tx:
            count = sa.select(sa.func.count())
            return {each.name: (await tx.execute(count.select_from(each))).scalar_one() for each in tables}

    before = await rows()
    assert {"intent", "shared", "call", "attempt", "outbox", "lease"} <= {
        name for name, count in before.items() if count
    }
    deleted.add("another")
    assert not await forgetting.step()
    assert await rows() == before
    deleted.add("acme")
    while await forgetting.step():
        pass
    assert sum((await rows()).values()) == 0

    async with bench.database.transaction() as tx:  # what was at work meanwhile
        await make_known(tx, bench.books_of(plan), plan.company_id)
    assert not await forgetting.step()
    clock[0] += LOOK_AGAIN_S
    while await forgetting.step():
        pass
    assert sum((await rows()).values()) == 0


async def test_texts_of_refused_intents_are_emptied_after_their_days_F4(bench: Bench) -> None:
    bench.ledger.refusing["1001"] = "no"
    plan = await bench.plan()
    await bench.serve()
    await bench.engine.sweep()
    assert (await bench.row(plan)).document is not None
    async with bench.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE intent SET updated_at = now() - interval '31 days'"))
        await tx.execute(sa.text("UPDATE call SET ended_at = now() - interval '91 days'"))
    await bench.engine.sweep()
    assert (await bench.row(plan)).document is None
    async with bench.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM call")) == 0
        assert await tx.scalar(sa.text("SELECT count(*) FROM attempt")) == 0
