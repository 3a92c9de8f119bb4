"""A ledger without drafts: compared after the creation, taken back only while nobody took the document up."""

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench, documents
from posting_kit.ledger import FakeLedgerOfItems, without_drafts
from posting_kit.values import document, intent, seen

from tieout_contracts.documents import LedgerItem
from tieout_posting.compare import actual_totals, differences
from tieout_posting.ledger import DirectoryEntry, Element, NeededItem, SeenDocument
from tieout_posting.needs import needed_items
from tieout_posting.outcomes.answers import after_draft
from tieout_posting.outcomes.look_ups import after_look_up
from tieout_posting.tables import organisation

WRONG = {"total": Decimal("110.01")}


def accepted(shown: SeenDocument) -> Element:
    return Element(accepted=True, key=shown.number, ledger_id=shown.document_id, seen=shown)


# -- what becomes of it


def test_a_final_document_that_ties_out_is_posted_and_opens_the_canary() -> None:
    decision = after_draft(intent(), accepted(seen(document(), "final")))
    assert (decision.state, decision.outcome, decision.matched) == ("posted", "posted", True)


def test_a_final_document_that_does_not_is_taken_back_by_a_step_of_its_own() -> None:
    decision = after_draft(intent(), accepted(seen(document(), "final", **WRONG)))
    assert (decision.state, decision.step, decision.matched, decision.stops_company) == (
        "ready",
        "discard",
        False,
        False,
    )


def test_a_final_document_that_does_not_is_left_where_the_company_chose_so() -> None:
    decision = after_draft(intent(keeps_mismatch=True), accepted(seen(document(), "final", **WRONG)))
    assert (decision.state, decision.outcome, decision.matched) == ("held", "waiting", False)


def test_one_that_somebody_took_up_meanwhile_stays_and_stops_the_company() -> None:
    decision = after_draft(intent(), accepted(seen(document(), "approved", **WRONG)))
    assert (decision.state, decision.stops_company) == ("held", True)


def test_one_of_a_superseded_revision_is_taken_back_even_if_it_ties_out() -> None:
    decision = after_draft(intent(withdrawn="superseded"), accepted(seen(document(), "final")))
    assert (decision.state, decision.step, decision.outcome) == ("ready", "discard", None)


def test_a_first_look_that_finds_nothing_lets_the_document_be_created() -> None:
    asked = intent(state="unknown", look_up="first")
    decision = after_look_up(asked, [], bears_mark=lambda *_: False, is_echo=lambda *_: False)
    assert (decision.state, decision.step, decision.outcome) == ("ready", "draft", None)


def test_a_ledger_that_keeps_tax_for_the_whole_document_is_compared_by_its_totals() -> None:
    shown = seen(document(), "final")
    untold = replace(shown, lines=tuple(replace(line, tax=None, account_code=None) for line in shown.lines))
    assert differences(document(), untold) == ()
    assert actual_totals(untold).tax_by_code == ()
    wrong = replace(untold, lines=(replace(untold.lines[0], amount=Decimal("79.99")), untold.lines[1]))
    assert [each.what for each in differences(document(), wrong)] == ["line 1"]
    assert differences(document(), replace(untold, lines=untold.lines[::-1])) == ()


def test_a_document_that_the_ledger_numbered_itself_is_not_the_expected_one() -> None:
    decision = after_draft(intent(), accepted(seen(document(), "final", number="77")))
    assert (decision.state, decision.step, decision.matched) == ("ready", "discard", False)
    assert "number 77" in decision.problems[0].sentence


# -- which items it needs


def test_lines_that_name_their_account_need_only_what_the_plan_names() -> None:
    assert needed_items(without_drafts(), document()) == document().items


def test_a_line_without_an_item_needs_the_one_of_its_account() -> None:
    needed = needed_items(FakeLedgerOfItems(), document())
    assert needed == (
        NeededItem(code="WS", name="Managed workstation", account_code="200"),
        NeededItem(code="Sales 200", name="Sales 200", account_code="200"),
    )


def test_an_item_that_no_line_names_is_not_needed() -> None:
    unused = document(items=(LedgerItem(code="OTHER", name="Other"),))
    assert [each.code for each in needed_items(FakeLedgerOfItems(), unused)] == ["Sales 200"]


# -- on real rows

CENT = Decimal("0.01")


@pytest.fixture
def final(bench: Bench) -> Bench:
    bench.ledger = without_drafts()
    bench.new_engine()
    return bench


@pytest.mark.postgres
async def test_a_plan_is_posted_with_one_call_after_one_look(final: Bench) -> None:
    await final.plan()
    await final.serve()
    assert await final.outcomes() == ["posted"]
    assert [each.phase for each in final.ledger.live("1001")] == ["final"]
    assert (final.ledger.count("/look_up"), final.ledger.count("/create"), final.ledger.count("/promote")) == (1, 1, 0)


@pytest.mark.postgres
async def test_many_are_looked_for_and_created_in_few_calls(final: Bench) -> None:
    await final.deliver(*(final.plan_of(each, record_id=index) for index, each in enumerate(documents(60))))
    await final.serve()
    assert set(await final.states()) == {"posted"}
    assert final.ledger.count("/look_up") <= 3
    assert final.ledger.count("/create") <= 4


@pytest.mark.postgres
async def test_a_number_that_is_there_already_is_proposed_and_never_doubled(final: Bench) -> None:
    await final.plan(document("1001"), record_id=1)
    await final.serve()
    contact_id = final.ledger.live("1001")[0].contact_id
    final.ledger.put_by_somebody(document("1002"), contact_id)
    final.ledger.put_by_somebody(document("1003"), "somebody else")
    await final.plan(document("1002"), record_id=2)
    await final.plan(document("1003"), record_id=3)
    await final.serve()
    assert await final.states() == ["posted", "held", "held"]
    outcomes = {each.number: each.settlement.outcome for each in await final.settled()}
    assert outcomes == {"1001": "posted", "1002": "adopt_proposed", "1003": "conflict"}
    assert len(final.ledger.live("1002")) == len(final.ledger.live("1003")) == 1


@pytest.mark.postgres
async def test_two_records_of_one_number_do_not_both_stand_in_the_books(final: Bench) -> None:
    await final.plan(document("1001"), record_id=1)
    await final.plan(document("1001", reference="another"), record_id=2)
    await final.serve_through()
    assert len(final.ledger.live("1001")) == 1
    assert sorted(await final.states()) == ["held", "posted"]


@pytest.mark.postgres
@pytest.mark.parametrize("fault", ["lost_before", "lost_after"])
async def test_a_lost_answer_doubles_nothing_although_the_ledger_would_take_it_I6(final: Bench, fault: str) -> None:
    final.ledger.faults.append(None)  # the contact
    final.ledger.faults.append(None)  # the item
    final.ledger.faults.append(fault)  # type: ignore[arg-type]
    await final.plan()
    await final.serve_through()
    assert await final.states() == ["posted"]
    assert len(final.ledger.live("1001")) == 1


@pytest.mark.postgres
async def test_a_mismatch_is_taken_back_and_a_new_attempt_has_a_new_key(final: Bench) -> None:
    final.ledger.off_by["1001"] = CENT
    plan = await final.plan()
    await final.serve()
    assert await final.outcomes() == ["discarded"]
    assert final.ledger.live("1001") == []
    final.ledger.off_by.clear()
    await final.deliver(final.again(plan))
    await final.serve()
    assert await final.outcomes() == ["discarded", "posted"]
    assert len(final.ledger.live("1001")) == 1
    assert final.ledger.count("/create") == 2  # the fake replays a key's answer: with the old one nothing would be made


@pytest.mark.postgres
async def test_a_mismatch_that_somebody_touched_is_hers(final: Bench) -> None:
    final.ledger.off_by["1001"] = CENT
    await final.plan()
    while final.ledger.count("/create") == 0:
        await final.engine.serve()
    final.ledger.live("1001")[0].touched = True
    await final.serve()
    assert await final.states() == ["held"]
    assert len(final.ledger.live("1001")) == 1
    (settled,) = await final.settled()
    assert [each.code for each in settled.settlement.problems] == ["ledger.draft_touched"]


@pytest.mark.postgres
async def test_lines_get_the_ids_of_items_made_with_their_accounts(bench: Bench) -> None:
    bench.ledger = FakeLedgerOfItems()
    bench.new_engine()
    given: list[dict[str, str]] = []
    make = bench.ledger.create

    def create(books, kind, drafts, keys, key):  # type: ignore[no-untyped-def]
        given.append(dict(keys))
        return make(books, kind, drafts, keys, key)

    bench.ledger.create = create  # type: ignore[method-assign]
    await bench.plan()
    await bench.serve()
    assert await bench.states() == ["posted"]
    ids = {code: entry.ledger_id for code, entry in bench.ledger.items.items()}
    assert given == [{"a": "b", "item:WS": ids["WS"], "item:Sales 200": ids["Sales 200"]}]


@pytest.mark.postgres
async def test_a_contact_that_is_linked_is_not_linked_to_another_company_of_that_name(bench: Bench) -> None:
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    for each in list(bench.ledger.contacts.values()):  # the ledger keeps no number of ours on it
        bench.ledger.contacts[each.ledger_id] = replace(each, code=None)
    other = document().contact.model_copy(update={"connectwise_company_id": 20, "contact_number": "CW-20"})
    async with bench.database.transaction() as tx:
        await tx.execute(sa.update(organisation).values(reference_due_at=sa.func.now()))
    await bench.plan(document("1002", contact=other), record_id=2)
    await bench.serve()
    assert bench.ledger.count("/reference") == 2
    assert await bench.states() == ["posted", "refused"]


@pytest.mark.postgres
async def test_a_contact_that_can_bear_no_number_is_linked_in_our_rows_alone(bench: Bench) -> None:
    bench.ledger.limits = replace(bench.ledger.limits, keeps_contact_numbers=False)
    name = document().contact.name
    bench.ledger.contacts["7"] = DirectoryEntry("7", None, name.upper())
    await bench.plan(document("1001"), record_id=1)
    await bench.serve()
    other = document().contact.model_copy(update={"connectwise_company_id": 20, "contact_number": "CW-20"})
    await bench.plan(document("1002", contact=other), record_id=2)
    await bench.serve()
    assert await bench.states() == ["posted", "refused"]
    assert [each.contact_id for each in bench.ledger.live("1001")] == ["7"]
    assert bench.ledger.count("/link") == bench.ledger.count("/contacts") == 0
