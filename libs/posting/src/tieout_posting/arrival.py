"""A plan arrives at a record that may already have intents: what becomes of it and of them (pure).

A newer revision supersedes one not yet sent, waits behind one whose document is, or may be, in the ledger (a draft of
it is taken back first), and after posting it is *changed*: shown, never posted by itself. Once a person approved that
very plan it *revises* what is posted: it changes the same document (F53). A change under way is never taken back: it is
called off as long as the ledger still holds what was posted, and whatever comes meanwhile waits behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from tieout_posting.states import LIVE_STATES, LookUpReason, State, Step, Withdrawal

Verdict = Literal["stale", "announce", "keep", "revive", "store", "again"]
"""stale: nothing to do. announce: it is posted, say so again. keep: it is under way. revive: it is just being taken
back and starts over afterwards. store: a new row. again: its row starts over."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An intent that the record already has."""

    posting_id: UUID
    state: State
    step: Step
    planned_at: datetime
    document_id: str | None = None
    maybe_sent: bool = False
    withdrawn: Withdrawal | None = None
    revises: UUID | None = None

    @property
    def is_update(self) -> bool:
        """Whether it is a change of a posted document, and under way."""
        return self.revises is not None and self.state != "posted"

    @property
    def may_be_in_ledger(self) -> bool:
        """Whether a document of ours is there, or cannot be excluded without asking."""
        return self.document_id is not None or (self.maybe_sent and self.state != "ready")


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an older intent."""

    posting_id: UUID
    state: State
    step: Step
    withdrawn: Withdrawal | None
    look_up: LookUpReason | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """What becomes of the plan (`state`, for store and again) and of the record's other intents."""

    verdict: Verdict
    state: State = "ready"
    look_first: LookUpReason | None = None
    changes: tuple[Change, ...] = ()
    revises: UUID | None = None
    """The posted intent whose document it is to change."""

    @property
    def is_new(self) -> bool:
        """Whether nothing of the plan can be in the ledger, and it is to get there."""
        return self.verdict in ("store", "again") and self.state in ("ready", "waiting") and self.look_first is None


def arrive(posting_id: UUID, planned_at: datetime, standing: Sequence[Standing], *, approved: bool = False) -> Arrival:
    """Decide about a plan made at `planned_at`; `standing` are all the record's intents. `approved`: a person wants it
    in place of what is posted."""
    own = next((each for each in standing if each.posting_id == posting_id), None)
    others = [each for each in standing if each.posting_id != posting_id]
    if any(each.planned_at > planned_at for each in others) or (own and own.planned_at >= planned_at):
        return Arrival("stale")
    if own and own.state == "posted":
        return Arrival("announce")
    passed = tuple(
        Change(each.posting_id, "superseded", each.step, "superseded") for each in others if each.state == "waiting"
    )
    if own and own.state in ("ready", "sending", "unknown"):
        return Arrival("revive" if own.withdrawn else "keep", own.state, changes=passed)
    live = next((each for each in others if each.state in LIVE_STATES), None)
    if approved and live and live.state == "posted":
        revised = Change(live.posting_id, "revised", live.step, None)
        return Arrival("again" if own else "store", "ready", None, (*passed, revised), revises=live.posting_id)
    state, change = _beside(live, "superseded")
    look_first: LookUpReason | None = "retry" if own and (own.state == "held" or own.may_be_in_ledger) else None
    return Arrival("again" if own else "store", state, look_first, (*passed, *change))


def withdraw(standing: Standing) -> Change | None:
    """An unfinished intent is called off; None: it is posted, and stays."""
    if standing.state == "waiting":
        return Change(standing.posting_id, "cancelled", standing.step, "cancelled")
    _, change = _beside(standing, "cancelled")
    return change[0] if change else None


def call_off_update(update: Standing, end: Literal["superseded", "cancelled"]) -> Change:
    """A change of a posted document is given up if the ledger still holds what was posted: that is looked up first."""
    if update.state in ("sending", "unknown"):
        return Change(update.posting_id, update.state, update.step, end)
    return Change(update.posting_id, "unknown", update.step, end, "retry")


def _beside(live: Standing | None, end: Literal["superseded", "cancelled"]) -> tuple[State, tuple[Change, ...]]:
    """The state of a newer plan beside a live intent, and how that one ends."""
    if live is None or live.state == "posted":
        return "changed" if live else "ready", ()
    if live.is_update:
        return "waiting", (call_off_update(live, end),)
    if live.state in ("sending", "unknown"):
        return "waiting", (Change(live.posting_id, live.state, live.step, end),)
    if not live.may_be_in_ledger:
        return "ready", (Change(live.posting_id, end, live.step, end),)
    step: Step = "discard" if live.document_id else live.step
    if live.state == "held":
        return "waiting", (Change(live.posting_id, "unknown", step, end, "retry"),)
    return "waiting", (Change(live.posting_id, "ready", step, end),)
