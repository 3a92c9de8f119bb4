"""What happened to each record, derived from one group of columns per stage.

Topics are not ordered among each other, so no event may rely on having come after another: each handler writes its
own columns, newest wins, and the status is derived from all of them.
"""

from datetime import datetime
from typing import Literal

from tieout_config_api.store import Row

Status = Literal[
    "captured",
    "planned",
    "previewed",
    "posted",
    "batched",
    "batched_without_posting",
    "refused",
    "listed",
    "unrouted",
    "adopt_proposed",
    "conflict",
    "batched_elsewhere",
    "batch_removed",
    "changed_while_posting",
    "changed_after_posting",
    "waiting",
    "gone",
    "cancelled",
]

IN_MOTION: frozenset[str] = frozenset({"captured", "planned", "posted"})
"""Statuses that Tieout itself will move on from; every other one is at rest until somebody does something."""

NEEDS_A_PERSON: frozenset[str] = frozenset(
    {"refused", "adopt_proposed", "conflict", "changed_while_posting", "changed_after_posting", "waiting", "gone"}
)

WITHOUT_POSTING = "batches.without_posting"
_SHOWN_WITH_ITS_PLAN = frozenset({"changed_while_posting", "changed_after_posting"})
"""What is captured of these is for a preview only: they rest once the rules have said what it would become."""

_OUTCOMES: dict[str, Status] = {
    "posted": "posted",
    "adopt_proposed": "adopt_proposed",
    "conflict": "conflict",
    "refused": "refused",
    "discarded": "refused",
    "waiting": "waiting",
}


def status_of(row: Row) -> Status:
    """The one word for where a record stands; the newest stage that answers the newest capture wins."""
    captured_at: datetime | None = row["captured_at"]
    stage = _stage_of(row)
    if stage == "listed" and _later(row["settled_at"], row["staged_at"]):
        return _OUTCOMES[
            row["outcome"]
        ]  # a person had a document linked to a record that is older than the go-live date
    if stage is not None and _answers(row["staged_at"], captured_at):
        answered = _answers(row["planned_at"], captured_at) or _answers(row["plan_refused_at"], captured_at)
        return "captured" if stage in _SHOWN_WITH_ITS_PLAN and captured_at and not answered else stage
    if row["outcome"] is not None and _answers(row["settled_at"], captured_at):
        return _OUTCOMES[row["outcome"]]
    if _answers(row["plan_refused_at"], captured_at) and not _later(row["planned_at"], row["plan_refused_at"]):
        return "refused"
    if _answers(row["planned_at"], captured_at):
        return "previewed" if row["disposition"] == "preview" else "planned"
    return "captured"


def _stage_of(row: Row) -> Status | None:
    """What ingest said last; a batch of what was never posted is told apart."""
    stage: Status | None = row["stage"]
    codes = {each["code"] for each in row["stage_problems"] or ()}
    return "batched_without_posting" if stage == "batched" and WITHOUT_POSTING in codes else stage


def _answers(at: datetime | None, captured_at: datetime | None) -> bool:
    return at is not None and (captured_at is None or at >= captured_at)


def _later(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other
