"""F53, K28: an approved change of a posted record changes its one document, or is refused in words."""

from decimal import Decimal
from uuid import uuid4

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench, documents
from posting_kit.ledger import Died, FakeLedger, Fault, Kept, without_drafts
from posting_kit.values import document

from tieout_contracts.documents import ExpectedTotals, LedgerDocument
from tieout_contracts.events import PostingPlanned
from tieout_posting.restored import mark_restored
from tieout_posting.tables import intent

pytestmark = pytest.mark.postgres


def changed(reference: str = "changed", **more: object) -> LedgerDocument:
    """One line less: 88.00 in all."""
    lines = document().lines[:1]
    expected = ExpectedTotals(subtotal="80.00", tax="8.00", total="88.00")
    return document("1001", lines=lines, expected=expected, reference=reference, **more)


both_ledgers = pytest.mark.parametrize("posted", ["with drafts", "without drafts"], indirect=True)


@pytest.fixture
async def posted(bench: Bench, request: pytest.FixtureRequest) -> Bench:
    """A document that was posted and batched: its texts are kept no longer."""
    bench.ledger = without_drafts() if getattr(request, "param", "") == "without drafts" else FakeLedger()
    bench.new_engine()
    plan = await bench.plan(revision="r1")
    await bench.serve_through()
    await bench.deliver(bench.staged(plan, "batched"))
    assert await bench.states() == ["posted"]
    bench.ledger.calls.clear()
    return bench


def kept(bench: Bench) -> Kept:
    """The ledger's only document."""
    (only,) = bench.ledger.kept.values()
    return only


async def approve(bench: Bench, planned: LedgerDocument, revision: str = "r2") -> PostingPlanned:
    return await bench.plan(planned, revision=revision, approved=True)


async def codes(bench: Bench) -> list[str]:
    """Why the last word was said."""
    return [each.code for each in (await bench.settled())[-1].settlement.problems]


@both_ledgers
async def test_an_approved_change_changes_the_same_document_and_is_posted_K28(posted: Bench) -> None:
    before = kept(posted).document_id
    await approve(posted, changed())
    await posted.serve()
    assert (kept(posted).document_id, kept(posted).document) == (before, changed())
    assert await posted.states() == ["revised", "posted"]
    last = (await posted.settled())[-1].settlement
    assert (last.outcome, last.revision, last.document and last.document.document_id) == ("posted", "r2", before)
    assert last.actual is not None
    assert last.actual.total == Decimal("88.00")
    assert [posted.ledger.count(each) for each in ("/look_up", "/revise", "/create")] == [1, 1, 0]


async def test_what_nobody_approved_is_shown_and_changes_nothing(posted: Bench) -> None:
    await posted.plan(changed(), revision="r2")
    await posted.serve()
    assert await posted.states() == ["posted", "changed"]
    assert await codes(posted) == ["ledger.changed_after_posting"]
    assert kept(posted).document == document()


async def test_what_was_shown_before_can_be_approved_afterwards(posted: Bench) -> None:
    await posted.plan(changed(), revision="r2")
    await approve(posted, changed())
    await posted.serve()
    assert await posted.states() == ["revised", "posted"]


@both_ledgers
async def test_a_change_can_be_changed_and_taken_back(posted: Bench) -> None:
    await approve(posted, changed())
    await posted.serve()
    await approve(posted, changed("once more"), "r3")
    await posted.serve()
    assert kept(posted).document == changed("once more")
    await approve(posted, document(), "r1")
    await posted.serve()
    assert kept(posted).document == document()
    states = {row.revision: row.state for row in await posted.rows()}
    assert states == {"r1": "posted", "r2": "revised", "r3": "revised"}


async def test_a_document_that_says_so_already_is_only_settled(posted: Bench) -> None:
    """A person corrected the ledger by hand."""
    kept(posted).document = changed()
    await approve(posted, changed())
    await posted.serve()
    assert await posted.states() == ["revised", "posted"]
    assert posted.ledger.count("/revise") == 0


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ({"paid": True}, "ledger.update_settled"),
        ({"touched": True}, "ledger.update_touched"),
        ({"phase": "gone"}, "ledger.update_gone"),
    ],
)
async def test_a_paid_touched_or_voided_document_is_refused_in_words_and_left_alone_F53(
    posted: Bench, deed: dict[str, object], code: str
) -> None:
    for name, value in deed.items():
        setattr(kept(posted), name, value)
    await approve(posted, changed())
    await posted.serve()
    assert await codes(posted) == [code]
    assert (await posted.states(), kept(posted).document) == (["posted", "refused"], document())
    assert posted.ledger.count("/revise") == 0
    told = (await posted.settled())[-1].settlement
    assert (told.outcome, told.revision) == ("refused", "r2")


async def test_a_locked_period_refuses_the_day_that_was_and_the_day_that_would_be(posted: Bench) -> None:
    posted.ledger.locked_until = document().document_date
    async with posted.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE organisation SET reference_read_at = reference_read_at - interval '1 hour'"))
    await approve(posted, changed(document_date=document().document_date.replace(year=2027)))
    await posted.serve()
    assert await codes(posted) == ["ledger.update_locked"]
    assert await posted.states() == ["posted", "refused"]


async def test_what_the_ledger_refuses_is_told_in_its_words_and_may_be_approved_again(posted: Bench) -> None:
    posted.ledger.refusing["1001"] = "The tax return was filed."
    await approve(posted, changed())
    await posted.serve()
    (told,) = (await posted.settled())[-1].settlement.problems
    assert (told.code, "The tax return was filed." in told.sentence) == ("ledger.update_refused", True)
    assert await posted.states() == ["posted", "refused"]

    posted.ledger.refusing.clear()
    await approve(posted, changed())
    await posted.serve()
    assert await posted.states() == ["revised", "posted"]


async def test_a_document_that_was_linked_and_not_made_is_not_changed(bench: Bench) -> None:
    """What it said when it was linked is not what Tieout posted."""
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    bench.ledger.put_by_somebody(document(), next(iter(bench.ledger.contacts)))
    plan = await bench.plan()
    await bench.serve()
    await bench.deliver(bench.commanded(plan, "adopt"))
    await bench.serve()
    assert (await bench.row(plan)).state == "posted"
    await approve(bench, changed())
    await bench.serve()
    assert await codes(bench) == ["ledger.update_touched"]


async def test_a_document_of_another_kind_is_not_made_of_it(posted: Bench) -> None:
    event = posted.plan_of(changed(), revision="r2", approved=True)
    credit = changed(kind="sales_credit")
    posting = event.posting.model_copy(update={"document": credit, "posting_id": uuid4()})
    await posted.deliver(event.model_copy(update={"posting": posting}))
    await posted.serve()
    assert await codes(posted) == ["ledger.update_elsewhere"]
    assert len(posted.ledger.kept) == 1


async def test_a_ledger_that_computes_otherwise_leaves_it_to_a_person_and_a_retry_looks_again(posted: Bench) -> None:
    posted.ledger.off_by["1001"] = Decimal("0.01")
    plan = await approve(posted, changed())
    await posted.serve()
    assert await codes(posted) == ["ledger.update_mismatch"]
    assert await posted.states() == ["revised", "held"]

    kept(posted).off_by = Decimal(0)
    await posted.deliver(posted.again(plan))
    await posted.serve()
    assert await posted.states() == ["revised", "posted"]
    assert posted.ledger.count("/revise") == 1


@both_ledgers
@pytest.mark.parametrize("fault", ["lost_before", "lost_after", "not_sent", "late"])
async def test_an_unknown_change_is_looked_up_and_sent_again_only_if_it_is_not_there_I6(
    posted: Bench, fault: Fault
) -> None:
    posted.ledger.faults = [fault]
    await approve(posted, changed())
    await posted.serve_through()
    posted.ledger.late.clear()  # `send_until` has passed: nothing of it arrives any more
    assert await posted.states() == ["revised", "posted"]
    assert kept(posted).document == changed()
    assert kept(posted).version == 1
    assert posted.ledger.count("/revise") == (1 if fault == "lost_after" else 2)


async def test_a_change_that_is_sent_again_has_a_new_key(posted: Bench) -> None:
    posted.ledger.faults = ["late"]
    await approve(posted, changed())
    keys = len(posted.ledger.keys)
    await posted.serve_through()
    (lost,) = posted.ledger.late
    assert lost.idempotency_key not in posted.ledger.keys
    assert len(posted.ledger.keys) == keys + 1


async def test_a_holder_that_died_with_a_change_under_way_is_followed_by_a_look_I9(posted: Bench) -> None:
    posted.ledger.faults = [Died()]
    await approve(posted, changed())
    with pytest.raises(Died):
        await posted.serve()
    posted.new_engine()
    await posted.serve_through()
    assert await posted.states() == ["revised", "posted"]
    assert posted.ledger.count("/revise") == 1


async def test_a_change_whose_answer_was_lost_and_that_a_person_changed_since_is_hers_to_judge(posted: Bench) -> None:
    posted.ledger.faults = ["lost_after"]
    plan = await approve(posted, changed())
    await posted.serve()
    kept(posted).touched = True
    await posted.serve_through()
    assert await codes(posted) == ["ledger.update_unclear"]
    assert await posted.states() == ["revised", "held"]

    kept(posted).touched = False
    await posted.deliver(posted.again(plan))
    await posted.serve()
    assert await posted.states() == ["revised", "posted"]


async def test_a_stale_document_is_read_again_and_changed_once(posted: Bench) -> None:
    """A payment was entered and taken back between the reading and the change."""

    class Meddled(FakeLedger):
        async def send(self, call):  # type: ignore[no-untyped-def]
            if call.target.startswith("/revise") and not self.count("/revise"):
                next(iter(self.kept.values())).version += 1
            return await super().send(call)

    posted.ledger.__class__ = Meddled
    await approve(posted, changed())
    await posted.serve_through()
    assert await posted.states() == ["revised", "posted"]
    assert posted.ledger.count("/revise") == 2


async def test_another_plan_than_the_approved_one_changes_nothing_and_whoever_waits_hears_it(posted: Bench) -> None:
    event = posted.plan_of(changed(), revision="r2", approved=True)
    await posted.deliver(event.model_copy(update={"disposition": "preview", "approved_plan": "0" * 32}))
    await posted.serve()
    last = (await posted.settled())[-1].settlement
    assert (last.outcome, [each.code for each in last.problems]) == ("refused", ["preview.changed_since"])
    assert (await posted.states(), kept(posted).document) == (["posted"], document())


async def test_a_change_that_was_not_sent_is_called_off_when_the_record_changes_again(posted: Bench) -> None:
    event = await approve(posted, changed())
    later = posted.again(event).model_copy(update={"disposition": "preview", "approved_plan": "0" * 32})
    await posted.deliver(later)
    await posted.serve()
    assert (await codes(posted), await posted.states()) == (["ledger.update_called_off"], ["posted", "superseded"])
    assert (kept(posted).document, posted.ledger.count("/revise")) == (document(), 0)


async def test_other_documents_of_the_run_are_untouched_F53(bench: Bench) -> None:
    await bench.plan(document("1000"), record_id=999)
    await bench.serve()
    await bench.deliver(*(bench.plan_of(each, record_id=index) for index, each in enumerate(documents(20))))
    await bench.serve_through()
    others = {each.document_id: each.version for each in bench.ledger.kept.values() if each.document.number != "1001"}
    await bench.plan(changed(), revision="r2", record_id=0, approved=True)
    await bench.serve()
    assert [each.document for each in bench.ledger.live("1001")] == [changed()]
    assert others == {
        each.document_id: each.version for each in bench.ledger.kept.values() if each.document.number != "1001"
    }
    assert bench.ledger.sizes[-1] == 1


async def test_after_a_restored_backup_a_change_is_looked_up_first(posted: Bench) -> None:
    plan = await approve(posted, changed())
    async with posted.database.transaction() as tx:
        mine = intent.c.posting_id == plan.posting.posting_id
        await tx.execute(sa.update(intent).where(mine).values(step="update", contact_key="contact:CW-19"))
        await mark_restored(tx)
    kept(posted).document = changed()
    await posted.serve_through()
    assert await posted.states() == ["revised", "posted"]
    assert posted.ledger.count("/revise") == 0
