"""What is to become of a listed record: a pure decision from what is known of it and what its company wants."""

from datetime import date
from typing import Literal

from tieout_contracts.settings import Arming, SettingsSnapshot
from tieout_ingest.canonical import Listed
from tieout_ingest.changed import CHANGED_STATES
from tieout_ingest.routing import Unrouted
from tieout_ingest.store.records import EMPTY, Record

Move = Literal["leave", "capture", "list", "close", "unroute", "removed", "recheck"]
"""leave: nothing. capture: export it. list: shown, before the go-live date. close: batch it without posting, as the
company chose for older records. unroute: no company may have it. removed: our batch of it was deleted. recheck: posted
and closed anew, so batch it if its content is still the one that was posted."""

SHOWN_ANEW = ("batched", "batched_elsewhere", "gone", *CHANGED_STATES)
"""States of a posted record that is closed anew: a preview shows what its document would become."""

REROUTABLE_OUTCOMES = frozenset({"plan_refused", "refused", "conflict", "discarded", EMPTY})
"""After these nothing of the record is, or will be, in the ledger that it was captured for."""


def judge(listed: Listed, route: SettingsSnapshot | Unrouted, known: Record | None) -> Move:
    """The next move of a record that ConnectWise lists as unposted."""
    if known is None:
        return _fresh(listed, route, None)
    if known.is_posted:
        return _posted(listed, known)
    return _unposted(listed, route, known)


def looked_at(move: Move, known: Record | None, *, named: bool = False) -> Move:
    """What becomes of a move in a run that only looks: nothing that would be batched is, now; and nothing supersedes
    what is on its way to a ledger, because what is captured for a preview is not posted in its place. A record that is
    `named` is captured, too, where it would only be listed; the next look lists it again."""
    only_listed = known is None or known.state == "listed" or (known.preview and known.state == "captured")
    match move:
        case "list" | "close" | "leave" if named and only_listed:
            return "capture"
        case "capture" if known is not None and not known.preview and not is_free(known):
            return "leave"
        case "close":
            return "list"
        case "removed" | "recheck":
            return "capture" if known is not None and known.state in SHOWN_ANEW else "leave"
        case _:
            return move


def waits_for_request(route: SettingsSnapshot | Unrouted, known: Record | None, *, asked: bool) -> bool:
    """Whether a record is left as it is until a run asks for its company; a posted one is batched all the same."""
    if isinstance(route, Unrouted) or route.settings.sync == "automatic" or asked:
        return False
    return known is None or not known.is_posted


def is_free(known: Record) -> bool:
    """Whether nothing of the record is, or may still come to be, in a ledger."""
    return not known.is_posted and (known.revision is None or known.outcome in REROUTABLE_OUTCOMES)


def is_older(document_date: date | None, arming: Arming) -> bool:
    """Whether a record is from before its company's go-live date."""
    return arming.armed and arming.go_live is not None and document_date is not None and document_date < arming.go_live


def _posted(listed: Listed, known: Record) -> Move:
    """A document of it stands in the ledger: it is only ever batched, never posted again by itself. While it is
    `captured` a change of that document is under way, as a person approved it."""
    if known.state in ("batched", "batched_elsewhere", "gone"):
        return "removed" if known.state == "batched" else "recheck"
    if known.state in ("to_batch", "found", "captured"):
        return "leave"
    return "recheck" if listed.seen != known.seen else "leave"


def _unposted(listed: Listed, route: SettingsSnapshot | Unrouted, known: Record) -> Move:
    match known.state:
        case "to_batch" | "batch_removed":
            return "leave"
        case "batched":
            return "removed"
        case "captured":
            return _captured(listed, route, known)
        case "refused" | "cancelled" | "waiting":
            return "leave" if known.skipped or listed.seen == known.seen else _fresh(listed, route, known)
        case _:
            return _fresh(listed, route, known)


def _captured(listed: Listed, route: SettingsSnapshot | Unrouted, known: Record) -> Move:
    """Another content is captured anew; so is a preview once its company is armed."""
    if isinstance(route, Unrouted):
        return "leave"
    if route.company_id != known.company_id and known.outcome not in REROUTABLE_OUTCOMES:
        return "leave"
    if listed.seen != known.seen:
        return _fresh(listed, route, known)
    arming = route.settings.arming
    if not (known.preview and arming.armed):
        return "leave"
    move = _fresh(listed, route, known)
    return "list" if move == "close" else move


def _fresh(listed: Listed, route: SettingsSnapshot | Unrouted, known: Record | None) -> Move:
    """As if it were seen for the first time; what it already is needs no move."""
    state = known.state if known else None
    if isinstance(route, Unrouted):
        return "leave" if state == "unrouted" else "unroute"
    arming = route.settings.arming.of(listed.kind)
    if is_older(listed.document_date, arming) and arming.older_records != "post":
        if arming.older_records == "batch_without_posting":
            return "close"
        return "leave" if state == "listed" else "list"
    return "leave" if state == "found" else "capture"
