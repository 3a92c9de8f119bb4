from datetime import UTC, datetime, timedelta
from typing import Any

from tieout_posting.batching import Group, next_due_at, next_group
from tieout_posting.matching import Held, Wanted, match
from tieout_posting.options import Options

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OPTIONS = Options(bulk_linger_s=1.0, bulk_wait_limit_s=5.0)


def group(count: int, oldest_s: float, newest_s: float, purpose: Any = "draft", **changes: Any) -> Group:
    oldest, newest = (NOW - timedelta(seconds=age) for age in (oldest_s, newest_s))
    return Group(purpose, "sales_invoice", count, oldest, newest, changes.pop("size", 50), **changes)


def test_a_full_call_goes_at_once() -> None:
    assert next_group([group(50, 0.1, 0.0)], NOW, OPTIONS) is not None


def test_a_call_that_still_fills_lingers() -> None:
    assert next_group([group(12, 0.9, 0.2)], NOW, OPTIONS) is None
    assert next_due_at([group(12, 0.9, 0.2)], OPTIONS) == NOW + timedelta(seconds=0.8)


def test_a_call_that_nothing_joined_for_the_linger_goes() -> None:
    assert next_group([group(12, 3.0, 1.0)], NOW, OPTIONS) is not None


def test_a_quiet_call_waits_while_others_of_its_organisation_still_fill() -> None:
    groups = [group(2, 3.0, 3.0, "approve"), group(12, 0.5, 0.1)]
    assert next_group(groups, NOW, OPTIONS) is None
    assert next_due_at(groups, OPTIONS) == NOW + timedelta(seconds=0.9)


def test_a_call_whose_oldest_member_waited_too_long_goes_although_it_still_fills() -> None:
    assert next_group([group(12, 5.0, 0.1)], NOW, OPTIONS) is not None


def test_a_canary_goes_at_once() -> None:
    assert next_group([group(7, 0.0, 0.0, alone=True, size=1)], NOW, OPTIONS) is not None


def test_full_calls_go_first_and_what_is_begun_is_finished_before_more_is_begun() -> None:
    lingered = group(3, 9.0, 9.0, "approve")
    assert next_group([lingered, group(50, 0.0, 0.0, "draft")], NOW, OPTIONS).purpose == "draft"  # type: ignore[union-attr]
    both = [group(50, 0.0, 0.0, "draft"), group(50, 0.0, 0.0, "approve")]
    assert next_group(both, NOW, OPTIONS).purpose == "approve"  # type: ignore[union-attr]


WANTED = Wanted("contact", "CW-19", "fabrikam")


def held(code: str | None, name: str = "fabrikam", **changes: Any) -> Held:
    return Held(changes.pop("ledger_id", "c1"), code, name, changes.pop("active", True), **changes)


def test_a_contact_is_found_by_our_number_whatever_its_name() -> None:
    assert match(WANTED, [held("CW-19", "renamed since")]).state == "known"


def test_a_contact_of_the_exact_name_without_a_number_is_linked() -> None:
    found = match(WANTED, [held(None)])
    assert (found.state, found.ledger_id) == ("link", "c1")


def test_a_name_that_belongs_to_another_company_is_ambiguous() -> None:
    found = match(WANTED, [held("CW-20")])
    assert (found.state, found.other) == ("refused", "CW-20")


def test_an_archived_contact_of_the_name_does_not_count() -> None:
    assert match(WANTED, [held(None, active=False)]).state == "create"


def test_an_unknown_contact_is_created() -> None:
    assert match(WANTED, []).state == "create"


def test_an_item_is_found_by_its_code_alone() -> None:
    assert match(Wanted("item", "WS", "x"), [held("ws", "other")]).state == "known"
    assert match(Wanted("item", "WS", "x"), [held("WT", "x")]).state == "create"
