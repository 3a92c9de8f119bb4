"""Where the ledger finds the tax itself: its own must be the expected one, or ours is sent in its stead once proved."""

from decimal import Decimal

import pytest
from posting_kit.bench import Bench
from posting_kit.ledger import Died, Fault, without_drafts
from posting_kit.values import document, intent, seen

from tieout_contracts.documents import LedgerDocument, TaxMode
from tieout_posting.ledger import Element, SeenDocument
from tieout_posting.outcomes.answers import after_discard, after_draft

CENT = Decimal("0.01")
OTHER_TAX = {"tax": Decimal("10.01"), "total": Decimal("110.01")}
DISCARDED = Element(accepted=True, ledger_id="doc-1")


def of(mode: TaxMode, number: str = "1001") -> LedgerDocument:
    return document(number, tax_mode=mode)


def accepted(shown: SeenDocument) -> Element:
    return Element(accepted=True, key=shown.number, ledger_id=shown.document_id, seen=shown)


# -- what becomes of it


def test_the_ledgers_own_tax_stands_where_it_is_the_expected_one() -> None:
    decision = after_draft(intent(document=of("computed")), accepted(seen(of("computed"), "final")))
    assert (decision.state, decision.outcome, decision.matched) == ("posted", "posted", True)


@pytest.mark.parametrize("keeps", [False, True])
def test_another_tax_is_taken_back_and_refused_with_both_amounts_whatever_the_company_keeps(keeps: bool) -> None:
    mine = intent(document=of("computed"), keeps_mismatch=keeps)
    back = after_draft(mine, accepted(seen(of("computed"), "final", **OTHER_TAX)))
    assert (back.state, back.step, back.outcome, back.matched) == ("ready", "discard", None, False)
    (why,) = back.problems
    assert why.sentence.startswith("The ledger computes 10.01 tax for 1001, ConnectWise says 10.00")
    gone = after_discard(intent(document=of("computed"), step="discard", problems=back.problems), DISCARDED)
    assert (gone.state, gone.outcome, gone.problems) == ("refused", "refused", back.problems)


def test_where_a_line_differs_as_well_it_is_a_mismatch_like_any_other() -> None:
    wrong = seen(of("computed"), "final", subtotal=Decimal("100.01"), **OTHER_TAX)
    decision = after_draft(intent(document=of("computed"), keeps_mismatch=True), accepted(wrong))
    assert (decision.state, decision.problems[0].code) == ("held", "ledger.draft_kept")


@pytest.mark.parametrize(("keeps", "code"), [(False, "ledger.draft_mismatch"), (True, "ledger.draft_kept")])
def test_an_override_that_the_ledger_did_not_keep_goes_by_the_companys_rule_for_mismatches(
    keeps: bool, code: str
) -> None:
    mine = intent(document=of("override"), keeps_mismatch=keeps)
    decision = after_draft(mine, accepted(seen(of("override"), "final", **OTHER_TAX)))
    assert (decision.matched, [each.code for each in decision.problems]) == (False, [code])


# -- on real rows


@pytest.fixture
def final(bench: Bench) -> Bench:
    bench.ledger = without_drafts()
    bench.new_engine()
    return bench


async def codes(bench: Bench) -> list[str]:
    return [each.code for said in await bench.settled() for each in said.settlement.problems]


@pytest.mark.postgres
async def test_a_document_of_another_tax_leaves_the_books_and_posts_once_they_agree(final: Bench) -> None:
    final.ledger.off_by["1001"] = CENT
    plan = await final.plan(of("computed"))
    await final.serve()
    assert (await final.outcomes(), await codes(final)) == (["refused"], ["ledger.tax_differs"])
    assert final.ledger.live("1001") == []
    final.ledger.off_by.clear()
    await final.deliver(final.again(plan))
    await final.serve()
    assert await final.outcomes() == ["refused", "posted"]
    assert len(final.ledger.live("1001")) == 1


@pytest.mark.postgres
@pytest.mark.parametrize("removal", ["not_sent", "lost_before", "lost_after", "late", "died"])
async def test_the_removal_happens_once_whatever_becomes_of_its_call_I6_I9(final: Bench, removal: Fault | str) -> None:
    final.ledger.off_by["1001"] = CENT
    await final.plan(of("computed"))
    while final.ledger.count("/create") == 0:
        await final.engine.serve()
    final.ledger.faults.append(Died() if removal == "died" else removal)  # type: ignore[arg-type]
    for _ in range(8):
        try:
            await final.serve()
        except Died:
            final.new_engine()
        final.ledger.deliver_late()
        await final.time_passes()
    assert (await final.states(), await codes(final)) == (["refused"], ["ledger.tax_differs"])
    assert [each.phase for each in final.ledger.kept.values()] == ["gone"]
    assert final.ledger.count("/create") == 1


@pytest.mark.postgres
async def test_no_override_is_sent_before_one_approved_document_proved_it(final: Bench) -> None:
    first = await final.plan(of("override", "1001"), record_id=1)
    await final.plan(of("exclusive", "1002"), record_id=2)
    await final.serve()
    assert await final.states() == ["refused", "posted"]
    assert await codes(final) == ["ledger.override_unproved"]
    await final.deliver(final.approved(final.again(first)))
    await final.serve()
    assert len(final.ledger.live("1001")) == 1
    await final.deliver(*(final.plan_of(of("override", f"20{each}"), record_id=each) for each in range(10, 15)))
    await final.serve()
    assert set(await final.states()) == {"posted"}


@pytest.mark.postgres
async def test_one_override_that_was_not_kept_undoes_the_proof(final: Bench) -> None:
    plan = final.approved(await final.plan(of("override", "1001"), record_id=1))
    await final.deliver(final.again(plan))
    await final.serve()
    final.ledger.off_by["1002"] = CENT
    await final.plan(of("override", "1002"), record_id=2)
    await final.serve()
    await final.plan(of("override", "1003"), record_id=3)
    await final.serve()
    assert await final.states() == ["posted", "discarded", "refused"]
    assert [final.ledger.live(number) for number in ("1002", "1003")] == [[], []]
