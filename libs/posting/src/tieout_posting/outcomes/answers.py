"""After an answer: the member's element, or None when the answer does not mention it."""

from collections.abc import Sequence
from dataclasses import replace

from tieout_contracts.problems import Problem, problem
from tieout_posting.compare import Difference, differences, told
from tieout_posting.intent import Intent
from tieout_posting.ledger import Element, SeenDocument
from tieout_posting.outcomes.decision import Decision, held, look_it_up, refused, withdrawn

MAX_LOOK_UPS = 5
DISCARDED_FOR_MISMATCH = "ledger.draft_mismatch"


def after_draft(intent: Intent, element: Element | None) -> Decision:
    """The ledger answered a creation."""
    if element is None or (element.accepted and element.seen is None):
        return look_it_up(intent, "lost")
    if element.accepted:
        assert element.seen is not None
        return drafted(intent, element.seen)
    if element.fault == "duplicate":
        return look_it_up(intent, "duplicate")
    return refused(intent, problem("ledger.rejected", number=intent.number, reason=_reasons(element)))


def drafted(intent: Intent, seen: SeenDocument) -> Decision:
    """The document exists and is ours: compared before anything else is done with it.

    One that is final is compared like a draft: it is posted if it ties out, and taken back like a draft if not. Where
    the ledger's own tax was to stand and is another one, it is taken back whatever the company does with mismatches.
    """
    found = differences(intent.document, seen)
    if seen.phase == "approved":
        return approved(intent, seen)
    if intent.withdrawn:
        return Decision("ready", "discard", seen=seen, matched=not found)
    if not found:
        if _reached(intent, seen):
            return Decision("posted", intent.step, outcome="posted", seen=seen, matched=True)
        return Decision("ready", "approve", seen=seen, matched=True)
    return _mismatched(intent, seen, found)


def after_approval(intent: Intent, element: Element | None) -> Decision:
    """The ledger answered an approval (or a submission)."""
    if element is None or (element.accepted and element.seen is None):
        return look_it_up(intent, "lost")
    if element.accepted:
        assert element.seen is not None
        return _promoted(intent, element.seen)
    if element.fault == "status" and intent.look_ups < MAX_LOOK_UPS:
        return look_it_up(intent, "status")
    return _unapprovable(intent, _reasons(element))


def after_discard(intent: Intent, element: Element | None) -> Decision:
    """The ledger answered the deletion of a draft."""
    if element is None:
        return look_it_up(intent, "lost")
    if element.accepted:
        return taken_back(intent)
    if element.fault == "status" and intent.look_ups < MAX_LOOK_UPS:
        return look_it_up(intent, "status")
    told_why = problem("ledger.discard_refused", number=intent.number, reason=_reasons(element))
    return held(intent, told_why)


def taken_back(intent: Intent) -> Decision:
    """The draft is gone: nothing of it is in the ledger."""
    if intent.withdrawn:
        return withdrawn(intent)
    mismatched = any(each.code == DISCARDED_FOR_MISMATCH for each in intent.problems)
    if mismatched:
        return Decision("discarded", "discard", outcome="discarded", problems=intent.problems)
    return Decision("refused", "discard", outcome="refused", problems=intent.problems)


def approved(intent: Intent, seen: SeenDocument) -> Decision:
    """An approved document that is ours: posted if it ties out, else the company stops and a person is called."""
    found = differences(intent.document, seen)
    if not found:
        return Decision("posted", intent.step, outcome="posted", seen=seen, matched=True)
    stop = held(intent, _mismatch("ledger.approved_mismatch", intent, found), seen)
    return replace(stop, matched=False, stops_company=True)


def _mismatched(intent: Intent, seen: SeenDocument, found: Sequence[Difference]) -> Decision:
    other_tax = _other_tax(intent, seen, found)
    if intent.keeps_mismatch and other_tax is None:
        return replace(held(intent, _mismatch("ledger.draft_kept", intent, found), seen), matched=False)
    why = other_tax or _mismatch(DISCARDED_FOR_MISMATCH, intent, found)
    return Decision("ready", "discard", problems=(why,), seen=seen, matched=False)


def _other_tax(intent: Intent, seen: SeenDocument, found: Sequence[Difference]) -> Problem | None:
    """The ledger found another tax by its own rates; nothing else differs."""
    if intent.document.tax_mode != "computed" or not {each.what for each in found} <= {"tax", "total"}:
        return None
    ledger_tax, connectwise_tax = (f"{tax:,.2f}" for tax in (seen.tax, intent.document.expected.tax))
    return problem("ledger.tax_differs", number=intent.number, ledger_tax=ledger_tax, connectwise_tax=connectwise_tax)


def _promoted(intent: Intent, seen: SeenDocument) -> Decision:
    if seen.phase == "approved":
        return approved(intent, seen)
    if _reached(intent, seen) and not differences(intent.document, seen):
        return Decision("posted", intent.step, outcome="posted", seen=seen)
    if intent.look_ups < MAX_LOOK_UPS:
        return look_it_up(intent, "status")
    return _unapprovable(intent, f"it stays {seen.status}.")


def _unapprovable(intent: Intent, reason: str) -> Decision:
    """The draft is right and the ledger will not approve it (a lock date, a plan's limit)."""
    if intent.keeps_mismatch and not intent.withdrawn:
        return held(intent, problem("ledger.unapprovable", number=intent.number, reason=reason))
    why: tuple[Problem, ...] = (problem("ledger.rejected", number=intent.number, reason=reason),)
    return Decision("ready", "discard", problems=why)


def _reached(intent: Intent, seen: SeenDocument) -> bool:
    target = intent.document.target_status
    return seen.phase == "final" or target == "draft" or (target == "submitted" and seen.phase == "submitted")


def _mismatch(code: str, intent: Intent, found: Sequence[Difference]) -> Problem:
    return problem(code, number=intent.number, actual=told(found, "actual"), expected=told(found, "expected"))


def _reasons(element: Element) -> str:
    return "; ".join(element.messages) or "no reason given"
