"""After a look-up: every document of the intent's number (and id) that the ledger shows, with the proof of whose it is.

| found | then |
|---|---|
| one, ours | it goes on from where the ledger has it |
| one, not ours, same customer, date, tax and total | proposed for adoption |
| one, not ours, other figures | a conflict, with the difference in words |
| several | a person |
| none | certainly not there: it may be sent again |
"""

from collections.abc import Callable, Sequence

from tieout_contracts.problems import problem
from tieout_posting.compare import same_business
from tieout_posting.intent import Intent
from tieout_posting.ledger import SeenDocument
from tieout_posting.outcomes.answers import drafted, taken_back
from tieout_posting.outcomes.decision import Decision, held, held_for, refused, withdrawn
from tieout_posting.outcomes.revisions import after_look_up_of_update

Proof = Callable[[Intent, SeenDocument], bool]
"""Whether a document carries the intent's own mark, or echoes exactly what it sent."""


def after_look_up(intent: Intent, found: Sequence[SeenDocument], *, bears_mark: Proof, is_echo: Proof) -> Decision:
    """What the ledger's own books say about an intent whose state was unknown."""
    if intent.look_up == "adopt" and not intent.is_update:
        return _adopted(intent, found)
    if intent.document_id is not None:
        after = after_look_up_of_update if intent.is_update else _after_look_up_of_own
        return after(intent, _by_id(found, intent.document_id), is_echo)
    live = [each for each in found if each.phase != "gone"]
    if len(live) > 1:
        marked = [each for each in live if bears_mark(intent, each)]
        if len(marked) != 1:
            return held(intent, problem("ledger.several_found", count=len(live), number=intent.number))
        live = marked
    if not live:
        return _none(intent, found)
    seen = live[0]
    if bears_mark(intent, seen) or (intent.maybe_sent and is_echo(intent, seen)):
        return drafted(intent, seen)
    return _not_ours(intent, seen)


def _after_look_up_of_own(intent: Intent, seen: SeenDocument | None, is_echo: Proof) -> Decision:
    """The document's id is known: an approval or a discard was interrupted, or the draft is old."""
    if seen is None or seen.phase == "gone":
        return _own_is_gone(intent, seen)
    if not is_echo(intent, seen):
        return _touched(intent, seen)
    if intent.step != "discard":
        return drafted(intent, seen)
    if seen.phase == "approved":
        return _touched(intent, seen)
    return Decision("ready", "discard", problems=intent.problems, seen=seen)


def _own_is_gone(intent: Intent, seen: SeenDocument | None) -> Decision:
    if intent.step == "discard":
        return taken_back(intent)
    if intent.withdrawn:
        return withdrawn(intent)
    if intent.look_up == "retry":
        return Decision("ready", "draft", forgets=True)
    return _touched(intent, seen)


def _touched(intent: Intent, seen: SeenDocument | None) -> Decision:
    """A draft that a person touched is hers."""
    state = "not found" if seen is None else seen.status
    return held(intent, problem("ledger.draft_touched", number=intent.number, state=state), seen)


def _none(intent: Intent, gone: Sequence[SeenDocument]) -> Decision:
    if intent.look_up == "duplicate":
        if gone:
            return _conflict(intent, f"it is {gone[0].status} and keeps its number", gone[0])
        return refused(intent, problem("ledger.number_taken", number=intent.number))
    if intent.withdrawn:
        return withdrawn(intent)
    return Decision("ready", intent.step, send_again=True)


def _not_ours(intent: Intent, seen: SeenDocument) -> Decision:
    if intent.withdrawn:
        return withdrawn(intent)
    found = same_business(intent.document, intent.contact_id or "", seen)
    if found:
        return _conflict(intent, "; ".join(map(str, found)), seen)
    return held_for(intent, "adopt_proposed", problem("ledger.adopt", number=intent.number), seen)


def _conflict(intent: Intent, difference: str, seen: SeenDocument | None) -> Decision:
    told = problem("ledger.conflict", number=intent.number, difference=difference)
    return held_for(intent, "conflict", told, seen)


def _adopted(intent: Intent, found: Sequence[SeenDocument]) -> Decision:
    """A person approved linking: only if the ledger still holds what was proposed."""
    live = [each for each in found if each.phase != "gone"]
    own = _by_id(live, intent.document_id) if intent.document_id else None
    if own is None and len(live) != 1:
        if not live:
            return refused(intent, problem("ledger.proposal_gone", number=intent.number))
        return held(intent, problem("ledger.several_found", count=len(live), number=intent.number))
    seen = own or live[0]
    differing = same_business(intent.document, intent.contact_id or "", seen)
    if differing:
        return _conflict(intent, "; ".join(map(str, differing)), seen)
    return Decision("posted", intent.step, outcome="posted", seen=seen)


def _by_id(found: Sequence[SeenDocument], document_id: str) -> SeenDocument | None:
    return next((each for each in found if each.document_id == document_id), None)
