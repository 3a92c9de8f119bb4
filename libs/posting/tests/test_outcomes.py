from dataclasses import replace
from decimal import Decimal

import pytest
from posting_kit.values import document, intent, seen

from tieout_posting.intent import Intent
from tieout_posting.ledger import Element, SeenDocument
from tieout_posting.outcomes.answers import MAX_LOOK_UPS, after_approval, after_discard, after_draft
from tieout_posting.outcomes.decision import Decision
from tieout_posting.outcomes.look_ups import after_look_up
from tieout_posting.states import LookUpReason

WRONG = {"total": Decimal("110.01")}


def accepted(shown: SeenDocument) -> Element:
    return Element(accepted=True, key=shown.number, ledger_id=shown.document_id, seen=shown)


def error(fault: str, *messages: str) -> Element:
    return Element(accepted=False, key="1001", fault=fault, messages=messages)  # type: ignore[arg-type]


def looked_up(
    reason: LookUpReason, *found: SeenDocument, echo: bool = True, mark: bool = False, **changes: object
) -> Decision:
    asked = intent(state="unknown", look_up=reason, **changes)
    return after_look_up(asked, found, bears_mark=lambda _, __: mark, is_echo=lambda _, __: echo)


def codes(decision: Decision) -> list[str]:
    return [each.code for each in decision.problems]


# -- drafts


def test_a_draft_that_ties_out_goes_on_to_approval_and_opens_the_canary() -> None:
    decision = after_draft(intent(), accepted(seen(document())))
    assert (decision.state, decision.step, decision.matched, decision.outcome) == ("ready", "approve", True, None)


def test_a_document_that_shall_stay_a_draft_is_posted_as_a_draft_F48() -> None:
    planned = document(target_status="draft")
    decision = after_draft(intent(document=planned), accepted(seen(planned)))
    assert (decision.state, decision.outcome) == ("posted", "posted")


def test_a_mismatching_draft_is_discarded_by_a_step_of_its_own_and_closes_the_canary() -> None:
    decision = after_draft(intent(), accepted(seen(document(), **WRONG)))
    assert (decision.state, decision.step, decision.matched) == ("ready", "discard", False)
    assert codes(decision) == ["ledger.draft_mismatch"]
    assert "total 110.01 for 1001, total 110.00 was expected" in decision.problems[0].sentence


def test_a_mismatching_draft_is_kept_where_the_company_chose_so() -> None:
    decision = after_draft(intent(keeps_mismatch=True), accepted(seen(document(), **WRONG)))
    assert (decision.state, decision.outcome, codes(decision)) == ("held", "waiting", ["ledger.draft_kept"])


def test_a_refused_element_is_refused_with_all_of_the_ledgers_words() -> None:
    decision = after_draft(intent(), error("other", "Account code '299' is not valid.", "Tax rate must be valid."))
    assert decision.state == decision.outcome == "refused"
    assert "Account code '299' is not valid.; Tax rate must be valid." in decision.problems[0].sentence


def test_a_taken_number_is_looked_up_before_anything_else() -> None:
    decision = after_draft(intent(), error("duplicate", "Invoice # must be unique."))
    assert (decision.state, decision.look_up, decision.outcome) == ("unknown", "duplicate", None)


def test_a_member_that_the_answer_does_not_mention_is_unknown_I6() -> None:
    decision = after_draft(intent(), None)
    assert (decision.state, decision.look_up) == ("unknown", "lost")


def test_a_draft_of_a_superseded_revision_is_taken_back_even_if_it_ties_out() -> None:
    decision = after_draft(intent(withdrawn="superseded"), accepted(seen(document())))
    assert (decision.state, decision.step, decision.outcome) == ("ready", "discard", None)


# -- approvals


def test_an_approved_document_that_ties_out_is_posted() -> None:
    decision = after_approval(intent(step="approve"), accepted(seen(document(), "approved")))
    assert (decision.state, decision.outcome) == ("posted", "posted")


def test_a_mismatch_after_approval_stops_the_company_and_calls_a_person() -> None:
    decision = after_approval(intent(step="approve"), accepted(seen(document(), "approved", **WRONG)))
    assert (decision.state, decision.stops_company, codes(decision)) == ("held", True, ["ledger.approved_mismatch"])


def test_a_submitted_document_is_posted_when_that_was_the_target_F48() -> None:
    planned = document(target_status="submitted")
    decision = after_approval(intent(document=planned, step="approve"), accepted(seen(planned, "submitted")))
    assert decision.state == "posted"


def test_an_unapprovable_draft_is_taken_back_and_refused_with_the_ledgers_words() -> None:
    asked = intent(step="approve", document_id="doc-1")
    decision = after_approval(asked, error("other", "You have reached the limit of invoices you can approve"))
    assert (decision.state, decision.step) == ("ready", "discard")
    gone = after_discard(replace(asked, step="discard", problems=decision.problems), accepted(seen(document(), "gone")))
    assert (gone.state, gone.outcome, codes(gone)) == ("refused", "refused", ["ledger.rejected"])


def test_an_unapprovable_draft_waits_visibly_where_the_company_chose_so() -> None:
    decision = after_approval(intent(step="approve", keeps_mismatch=True), error("other", "locked"))
    assert (decision.state, codes(decision)) == ("held", ["ledger.unapprovable"])


def test_a_document_in_another_state_is_looked_up_and_at_last_refused() -> None:
    assert after_approval(intent(step="approve"), error("status", "not of valid status")).look_up == "status"
    worn = intent(step="approve", look_ups=MAX_LOOK_UPS)
    assert after_approval(worn, error("status", "not of valid status")).step == "discard"


def test_an_accepted_approval_that_left_a_draft_is_looked_up() -> None:
    assert after_approval(intent(step="approve"), accepted(seen(document(), "draft"))).look_up == "status"


# -- discards


def test_a_mismatching_draft_that_is_gone_is_discarded_with_its_cause() -> None:
    cause = after_draft(intent(), accepted(seen(document(), **WRONG))).problems
    decision = after_discard(intent(step="discard", problems=cause), accepted(seen(document(), "gone")))
    assert (decision.state, decision.outcome, decision.problems) == ("discarded", "discarded", cause)


@pytest.mark.parametrize("end", ["superseded", "cancelled"])
def test_a_withdrawn_draft_that_is_gone_ends_without_a_word(end: str) -> None:
    decision = after_discard(intent(step="discard", withdrawn=end), accepted(seen(document(), "gone")))
    assert (decision.state, decision.outcome) == (end, None)


def test_a_plan_that_came_back_while_its_draft_was_taken_back_starts_over() -> None:
    decision = after_discard(intent(step="discard", withdrawn="again"), accepted(seen(document(), "gone")))
    assert (decision.state, decision.step, decision.forgets) == ("ready", "prepare", True)


def test_a_discard_that_the_ledger_refuses_calls_a_person() -> None:
    decision = after_discard(intent(step="discard"), error("other", "locked"))
    assert (decision.state, codes(decision)) == ("held", ["ledger.discard_refused"])


# -- look-ups


def test_a_lost_draft_that_is_there_and_echoes_ours_goes_on() -> None:
    decision = looked_up("lost", seen(document()), maybe_sent=True)
    assert (decision.state, decision.step, decision.seen and decision.seen.document_id) == ("ready", "approve", "doc-1")


def test_a_lost_draft_that_the_ledger_computed_otherwise_is_still_ours_and_taken_back() -> None:
    decision = looked_up("lost", seen(document(), **WRONG), maybe_sent=True)
    assert (decision.step, codes(decision)) == ("discard", ["ledger.draft_mismatch"])


def test_a_lost_draft_that_is_not_there_may_be_sent_again_I6() -> None:
    decision = looked_up("lost", maybe_sent=True)
    assert (decision.state, decision.step, decision.send_again) == ("ready", "draft", True)


def test_a_deleted_document_of_the_number_is_none() -> None:
    assert looked_up("lost", seen(document(), "gone"), maybe_sent=True).send_again


def test_an_equal_document_that_we_never_sent_is_proposed_for_adoption() -> None:
    decision = looked_up("duplicate", seen(document(), "approved"))
    assert (decision.state, decision.outcome, decision.ours) == ("held", "adopt_proposed", False)


def test_another_document_of_the_number_is_a_conflict_with_the_difference_in_words() -> None:
    decision = looked_up("duplicate", seen(document(), "approved", total=Decimal("99.00")))
    assert (decision.outcome, decision.ours) == ("conflict", False)
    assert "total 99.00 instead of 110.00" in decision.problems[0].sentence


def test_a_document_that_bears_our_mark_is_ours_however_it_came_there() -> None:
    assert looked_up("duplicate", seen(document()), echo=False, mark=True).step == "approve"


def test_a_voided_document_keeps_its_number_and_is_a_conflict() -> None:
    decision = looked_up("duplicate", seen(document(), "gone"))
    assert decision.outcome == "conflict"
    assert "VOIDED" in decision.problems[0].sentence


def test_a_number_that_is_taken_by_nothing_visible_is_refused() -> None:
    assert codes(looked_up("duplicate")) == ["ledger.number_taken"]


def test_several_documents_of_the_number_are_a_persons_business() -> None:
    decision = looked_up("lost", seen(document()), seen(document(), document_id="doc-2"), maybe_sent=True)
    assert (decision.state, codes(decision)) == ("held", ["ledger.several_found"])


def test_a_lost_approval_that_happened_is_posted() -> None:
    decision = looked_up("lost", seen(document(), "approved"), step="approve", document_id="doc-1")
    assert (decision.state, decision.outcome) == ("posted", "posted")


def test_a_lost_approval_that_did_not_happen_is_sent_again() -> None:
    decision = looked_up("lost", seen(document()), step="approve", document_id="doc-1")
    assert (decision.state, decision.step) == ("ready", "approve")


@pytest.mark.parametrize("step", ["approve", "discard"])
def test_a_draft_that_a_person_touched_is_hers(step: str) -> None:
    decision = looked_up("stale", seen(document()), echo=False, step=step, document_id="doc-1")
    assert (decision.state, codes(decision)) == ("held", ["ledger.draft_touched"])


def test_a_draft_that_a_person_deleted_is_not_made_anew() -> None:
    decision = looked_up("stale", seen(document(), "gone"), step="approve", document_id="doc-1")
    assert (decision.state, codes(decision)) == ("held", ["ledger.draft_touched"])


def test_a_draft_that_a_person_deleted_is_made_anew_after_a_retry() -> None:
    decision = looked_up("retry", seen(document(), "gone"), step="draft", document_id="doc-1")
    assert (decision.state, decision.step, decision.forgets) == ("ready", "draft", True)


def test_a_draft_that_a_person_approved_is_not_discarded() -> None:
    decision = looked_up("lost", seen(document(), "approved"), step="discard", document_id="doc-1")
    assert (decision.state, codes(decision)) == ("held", ["ledger.draft_touched"])


def test_a_lost_discard_that_happened_is_done() -> None:
    cause = after_draft(intent(), accepted(seen(document(), **WRONG))).problems
    gone = seen(document(), "gone")
    assert looked_up("lost", gone, step="discard", document_id="doc-1", problems=cause).outcome == "discarded"


def test_adopting_links_the_document_that_was_proposed() -> None:
    decision = looked_up("adopt", seen(document(), "approved"))
    assert (decision.state, decision.outcome, decision.ours) == ("posted", "posted", True)


def test_adopting_a_document_that_changed_meanwhile_is_a_conflict() -> None:
    assert looked_up("adopt", seen(document(), "approved", total=Decimal("1.00"))).outcome == "conflict"


def test_adopting_a_document_that_is_gone_is_refused() -> None:
    assert codes(looked_up("adopt", seen(document(), "gone"))) == ["ledger.proposal_gone"]


def test_a_withdrawn_intent_of_which_nothing_is_there_ends() -> None:
    asked: Intent = intent(state="unknown", look_up="lost", maybe_sent=True, withdrawn="cancelled")
    decision = after_look_up(asked, (), bears_mark=lambda _, __: False, is_echo=lambda _, __: True)
    assert (decision.state, decision.outcome) == ("cancelled", None)
