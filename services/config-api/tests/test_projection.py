"""A record's status is derived from what each stage said, in whatever order the news came."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tieout_config_api.projection import status_of

T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
EMPTY: dict[str, Any] = dict.fromkeys(
    ("captured_at", "stage", "staged_at", "outcome", "settled_at", "planned_at", "plan_refused_at", "disposition")
) | {"stage_problems": []}


def at(minutes: int) -> datetime:
    return T0 + timedelta(minutes=minutes)


CAPTURED = {"captured_at": at(0)}
PLANNED = {"planned_at": at(1), "disposition": "post"}
SETTLED = {"settled_at": at(2), "outcome": "posted"}
CLOSED = [{"code": "batches.without_posting"}]
BATCHED = {"staged_at": at(3), "stage": "batched"}


@pytest.mark.parametrize("order", list(permutations((CAPTURED, PLANNED, SETTLED, BATCHED))))
def test_the_order_of_the_news_does_not_matter(order: tuple[dict[str, Any], ...]) -> None:
    row = dict(EMPTY)
    for news in order:
        row.update(news)
    assert status_of(row) == "batched"


@pytest.mark.parametrize(
    ("news", "status"),
    [
        ((CAPTURED,), "captured"),
        ((CAPTURED, PLANNED), "planned"),
        ((CAPTURED, {"planned_at": at(1), "disposition": "preview"}), "previewed"),
        ((CAPTURED, {"plan_refused_at": at(1)}), "refused"),
        ((CAPTURED, PLANNED, SETTLED), "posted"),
        ((CAPTURED, PLANNED, {"settled_at": at(2), "outcome": "discarded"}), "refused"),
        ((CAPTURED, PLANNED, {"settled_at": at(2), "outcome": "adopt_proposed"}), "adopt_proposed"),
        (({"staged_at": at(0), "stage": "listed"},), "listed"),
        (({"staged_at": at(0), "stage": "batched", "stage_problems": CLOSED},), "batched_without_posting"),
        ((CAPTURED, PLANNED, SETTLED, {"staged_at": at(3), "stage": "changed_while_posting"}), "changed_while_posting"),
        ((PLANNED, SETTLED, {"captured_at": at(4), "staged_at": at(4), "stage": "changed_after_posting"}), "captured"),
        (
            (
                {"captured_at": at(4), "staged_at": at(4), "stage": "changed_after_posting"},
                {"planned_at": at(5), "disposition": "preview"},
            ),
            "changed_after_posting",
        ),
    ],
)
def test_each_stage_has_its_word(news: tuple[dict[str, Any], ...], status: str) -> None:
    row = dict(EMPTY)
    for one in news:
        row.update(one)
    assert status_of(row) == status


def test_a_retry_after_a_refusal_starts_over() -> None:
    refused = {**EMPTY, **CAPTURED, "plan_refused_at": at(1)}
    assert status_of({**refused, "captured_at": at(5)}) == "captured"
    assert status_of({**refused, "captured_at": at(5), "planned_at": at(6), "disposition": "post"}) == "planned"


def test_a_record_listed_before_its_go_live_date_and_captured_later_is_captured() -> None:
    assert status_of({**EMPTY, "staged_at": at(0), "stage": "listed", "captured_at": at(9)}) == "captured"


def test_a_document_linked_to_a_record_from_before_the_go_live_date_is_told_and_a_later_look_too_K24() -> None:
    listed = {**EMPTY, "captured_at": at(0), "staged_at": at(1), "stage": "listed"}
    assert status_of({**listed, "settled_at": at(2), "outcome": "conflict"}) == "conflict"
    assert status_of({**listed, "settled_at": at(2), "outcome": "posted"}) == "posted"
    assert status_of({**listed, "settled_at": at(0), "outcome": "conflict"}) == "listed"
    assert status_of({**listed, "settled_at": at(2), "outcome": "posted", **BATCHED}) == "batched"
