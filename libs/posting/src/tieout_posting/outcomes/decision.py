"""What a decision says about an intent."""

from dataclasses import dataclass

from tieout_contracts.posting import SettledOutcome
from tieout_contracts.problems import Problem
from tieout_posting.intent import Intent
from tieout_posting.ledger import SeenDocument
from tieout_posting.states import LookUpReason, State, Step


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an intent goes from here, and what is told about it."""

    state: State
    step: Step
    outcome: SettledOutcome | None = None
    """Published when set."""
    problems: tuple[Problem, ...] = ()
    look_up: LookUpReason | None = None
    seen: SeenDocument | None = None
    """The ledger's document that this is about."""
    ours: bool = True
    """Whether `seen` is this intent's own document from now on; else it is only proposed."""
    forgets: bool = False
    """The document that was ours is gone; the next one is another."""
    matched: bool | None = None
    """Whether the ledger's arithmetic was ours: opens or closes the canary."""
    stops_company: bool = False
    send_again: bool = False
    """Nothing of it is in the ledger: the same call again, or a new one."""
    bulk_cap: int | None = None
    """Next time in a call of at most so many members."""


def look_it_up(intent: Intent, reason: LookUpReason) -> Decision:
    """Unknown until the ledger was asked."""
    return Decision("unknown", intent.step, look_up=reason)


def held(intent: Intent, problem: Problem, seen: SeenDocument | None = None) -> Decision:
    """A person must decide about a document of ours."""
    return Decision("held", intent.step, outcome="waiting", problems=(problem,), seen=seen)


def held_for(intent: Intent, outcome: SettledOutcome, problem: Problem, seen: SeenDocument | None) -> Decision:
    """A person must decide about somebody else's document."""
    return Decision("held", intent.step, outcome=outcome, problems=(problem,), seen=seen, ours=False)


def refused(intent: Intent, *problems: Problem) -> Decision:
    """Nothing of it is in the ledger; of a change: it was not carried out."""
    if intent.withdrawn and not intent.is_update:
        return withdrawn(intent)
    return Decision("refused", intent.step, outcome="refused", problems=problems)


def withdrawn(intent: Intent) -> Decision:
    """Nothing of it is in the ledger, and it was to be taken back."""
    assert intent.withdrawn is not None
    if intent.withdrawn == "again":
        return Decision("ready", "prepare", forgets=True)
    return Decision(intent.withdrawn, intent.step)
