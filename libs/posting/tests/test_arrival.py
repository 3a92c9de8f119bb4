from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tieout_posting.arrival import Standing, arrive, withdraw

THEN = datetime(2026, 11, 1, tzinfo=UTC)
NOW = THEN + timedelta(minutes=1)
PLAN = uuid4()


def standing(state: Any, step: Any = "draft", *, own: bool = False, **changes: Any) -> Standing:
    posting_id: UUID = PLAN if own else uuid4()
    return Standing(posting_id, state, step, changes.pop("planned_at", THEN), **changes)


def test_the_first_plan_of_a_record_is_stored_ready() -> None:
    arrival = arrive(PLAN, NOW, [])
    assert (arrival.verdict, arrival.state, arrival.changes) == ("store", "ready", ())


@pytest.mark.parametrize("step", ["prepare", "draft"])
def test_a_newer_revision_supersedes_one_not_yet_sent_I1(step: str) -> None:
    arrival = arrive(PLAN, NOW, [standing("ready", step)])
    assert (arrival.state, [change.state for change in arrival.changes]) == ("ready", ["superseded"])


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_newer_revision_waits_behind_one_under_way_which_is_then_taken_back_I1(state: str) -> None:
    arrival = arrive(PLAN, NOW, [standing(state)])
    assert arrival.state == "waiting"
    assert [(change.state, change.withdrawn) for change in arrival.changes] == [(state, "superseded")]


def test_a_draft_of_the_older_revision_is_taken_back_first_I1() -> None:
    arrival = arrive(PLAN, NOW, [standing("ready", "approve", document_id="doc-1")])
    assert (arrival.state, arrival.changes[0].step) == ("waiting", "discard")


def test_after_posting_a_newer_revision_is_changed_and_never_posted_by_itself() -> None:
    arrival = arrive(PLAN, NOW, [standing("posted", "approve", document_id="doc-1")])
    assert (arrival.verdict, arrival.state, arrival.changes) == ("store", "changed", ())


def test_a_conflict_of_which_nothing_is_ours_gives_way() -> None:
    arrival = arrive(PLAN, NOW, [standing("held")])
    assert (arrival.state, arrival.changes[0].state) == ("ready", "superseded")


def test_a_held_draft_of_ours_is_looked_up_before_the_next_revision_goes_I1() -> None:
    arrival = arrive(PLAN, NOW, [standing("held", "approve", document_id="doc-1")])
    change = arrival.changes[0]
    assert (arrival.state, change.state, change.step, change.look_up) == ("waiting", "unknown", "discard", "retry")


def test_only_the_newest_waits() -> None:
    arrival = arrive(PLAN, NOW, [standing("sending"), standing("waiting")])
    assert [change.state for change in arrival.changes] == ["superseded", "sending"]


def test_a_plan_older_than_another_of_the_record_is_stale() -> None:
    assert arrive(PLAN, THEN, [standing("ready", planned_at=NOW)]).verdict == "stale"


def test_a_plan_delivered_twice_is_stale() -> None:
    assert arrive(PLAN, THEN, [standing("ready", own=True)]).verdict == "stale"


def test_a_posted_plan_that_is_planned_again_is_announced_again() -> None:
    assert arrive(PLAN, NOW, [standing("posted", own=True)]).verdict == "announce"


def test_a_plan_under_way_goes_on() -> None:
    assert arrive(PLAN, NOW, [standing("sending", own=True)]).verdict == "keep"


def test_a_plan_that_is_being_taken_back_starts_over_afterwards() -> None:
    arrival = arrive(PLAN, NOW, [standing("sending", "discard", own=True, withdrawn="superseded"), standing("waiting")])
    assert (arrival.verdict, [change.state for change in arrival.changes]) == ("revive", ["superseded"])


@pytest.mark.parametrize("state", ["refused", "discarded", "superseded", "cancelled"])
def test_a_retry_starts_an_ended_plan_over(state: str) -> None:
    arrival = arrive(PLAN, NOW, [standing(state, own=True)])
    assert (arrival.verdict, arrival.state, arrival.look_first) == ("again", "ready", None)


def test_a_retry_of_a_held_plan_looks_first_I6() -> None:
    assert arrive(PLAN, NOW, [standing("held", own=True)]).look_first == "retry"


def test_a_retry_of_a_refused_plan_that_may_once_have_been_sent_looks_first_I6() -> None:
    assert arrive(PLAN, NOW, [standing("refused", own=True, maybe_sent=True)]).look_first == "retry"


def test_an_unsent_intent_is_cancelled_at_once_and_a_posted_one_not_at_all() -> None:
    cancelled = withdraw(standing("ready", "prepare"))
    assert cancelled is not None
    assert cancelled.state == "cancelled"
    assert withdraw(standing("posted")) is None


def test_a_cancelled_draft_is_taken_back() -> None:
    change = withdraw(standing("ready", "approve", document_id="doc-1"))
    assert change is not None
    assert (change.state, change.step, change.withdrawn) == ("ready", "discard", "cancelled")
