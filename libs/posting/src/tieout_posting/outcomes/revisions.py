"""A change of a posted document: decided right before it is sent, after its answer, after a look-up (F53).

| the ledger holds | before sending | after a lost answer |
|---|---|---|
| what was approved, and it ties out | posted: nothing is sent | posted |
| what was posted | sent, unless paid, locked or gone | read again and sent, under a new key |
| neither | refused: a person changed it | a person decides |

A refused change leaves the record posted as it was.
"""

from collections.abc import Callable
from datetime import date

from tieout_contracts.problems import Problem, problem
from tieout_posting.compare import differences, told
from tieout_posting.content import content_mark
from tieout_posting.intent import Intent
from tieout_posting.ledger import Element, SeenDocument
from tieout_posting.outcomes.decision import Decision, held, look_it_up, refused
from tieout_posting.states import State

MAX_STALE_READS = 2
"""How often a change that the ledger calls stale is looked up before it is refused."""

Echo = Callable[[Intent, SeenDocument], bool]


def before_update(
    intent: Intent, seen: SeenDocument | None, locked_until: date | None, is_echo: Echo
) -> Decision | None:
    """What becomes of a change whose document was just read; None: it may be sent."""
    if seen is None or seen.phase == "gone":
        return _gone(intent, seen)
    if not _is_as_posted(intent, seen):
        if is_echo(intent, seen):
            return _changed(intent, seen)
        return _refused(intent, problem("ledger.update_touched", number=intent.number), seen)
    if seen.obstacle is not None:
        return _refused(intent, problem("ledger.update_settled", number=intent.number, reason=seen.obstacle), seen)
    days = [day for day in (seen.document_date, intent.document.document_date) if day is not None]
    if locked_until is not None and min(days) <= locked_until:
        told_locked = problem(
            "ledger.update_locked", number=intent.number, document_date=min(days), lock_date=locked_until
        )
        return _refused(intent, told_locked, seen)
    return None


def after_update(intent: Intent, element: Element | None) -> Decision:
    """The ledger answered a change."""
    if element is None or (element.accepted and element.seen is None):
        return look_it_up(intent, "lost")
    if element.accepted:
        assert element.seen is not None
        return _changed(intent, element.seen)
    if element.fault == "status" and intent.look_ups < MAX_STALE_READS:
        return look_it_up(intent, "status")
    reason = "; ".join(element.messages) or "no reason given"
    return refused(intent, problem("ledger.update_refused", number=intent.number, reason=reason))


def after_look_up_of_update(intent: Intent, seen: SeenDocument | None, is_echo: Echo) -> Decision:
    """What the ledger's books say about a change that may have been carried out."""
    if seen is None or seen.phase == "gone":
        return _gone(intent, seen)
    if _is_as_posted(intent, seen):
        if intent.withdrawn is not None:
            called_off = problem("ledger.update_called_off", number=intent.number)
            end: State = "cancelled" if intent.withdrawn == "cancelled" else "superseded"
            return Decision(end, intent.step, outcome="refused", problems=(called_off,), seen=seen)
        return Decision("ready", intent.step, seen=seen, send_again=True)
    if is_echo(intent, seen):
        return _changed(intent, seen)
    if intent.look_up == "status":  # refused as stale: it was not carried out
        return _refused(intent, problem("ledger.update_touched", number=intent.number), seen)
    return held(intent, problem("ledger.update_unclear", number=intent.number), seen)


def _changed(intent: Intent, seen: SeenDocument) -> Decision:
    """The document is the approved one: compared to the cent, as after a creation."""
    found = differences(intent.document, seen)
    if not found:
        return Decision("posted", intent.step, outcome="posted", seen=seen, matched=True)
    why = problem(
        "ledger.update_mismatch", number=intent.number, actual=told(found, "actual"), expected=told(found, "expected")
    )
    return Decision("held", intent.step, outcome="waiting", problems=(why,), seen=seen, matched=False)


def _is_as_posted(intent: Intent, seen: SeenDocument) -> bool:
    return intent.content_before is not None and content_mark(seen) == intent.content_before


def _gone(intent: Intent, seen: SeenDocument | None) -> Decision:
    state = "not found" if seen is None else seen.status.lower()
    return _refused(intent, problem("ledger.update_gone", number=intent.number, state=state), seen)


def _refused(intent: Intent, why: Problem, seen: SeenDocument | None) -> Decision:
    return Decision("refused", intent.step, outcome="refused", problems=(why,), seen=seen)
