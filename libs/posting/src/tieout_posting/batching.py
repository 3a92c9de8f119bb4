"""Which bulk call goes next, and how long to wait for it to fill (pure).

A call is sent when it is full, when nothing of its organisation became ready for the linger, or when its oldest member
waited too long. The first document of a kind (its canary) goes alone and at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tieout_contracts.documents import DocumentKind
from tieout_posting.options import Options
from tieout_posting.states import Purpose

ORDER: tuple[Purpose, ...] = (
    "contact_link",
    "contact_create",
    "item_create",
    "contact_change",
    "discard",
    "approve",
    "update",
    "draft",
)
"""What others wait for goes first; then what is begun is finished before more is begun."""


@dataclass(frozen=True, slots=True)
class Group:
    """What could travel together now."""

    purpose: Purpose
    kind: DocumentKind | None
    count: int
    oldest: datetime
    newest: datetime
    size: int
    """The most members of one call."""
    alone: bool = False
    """Its first member goes alone: the canary of its company, kind and tax mode has not sung yet."""

    @property
    def is_full(self) -> bool:
        return self.alone or self.count >= self.size

    def due_at(self, quiet_since: datetime, options: Options) -> datetime:
        """When it is to be sent, if nothing more becomes ready; `quiet_since` is when the last thing did."""
        if self.is_full:
            return self.oldest
        quiet = quiet_since + timedelta(seconds=options.bulk_linger_s)
        return min(quiet, self.oldest + timedelta(seconds=options.bulk_wait_limit_s))


def next_group(groups: Sequence[Group], now: datetime, options: Options) -> Group | None:
    """The group to send now; full ones before others, then in the order of their purposes."""
    quiet_since = max((group.newest for group in groups), default=now)
    due = [group for group in groups if group.due_at(quiet_since, options) <= now]
    return min(due, key=_urgency, default=None)


def next_due_at(groups: Sequence[Group], options: Options) -> datetime | None:
    """When the first of them is to be sent."""
    quiet_since = max((group.newest for group in groups), default=None)
    if quiet_since is None:
        return None
    return min(group.due_at(quiet_since, options) for group in groups)


def _urgency(group: Group) -> tuple[bool, int, datetime]:
    # Documents do not wait for contacts to be changed, but once that is due it goes first: their persons may get mail.
    is_urgent = group.is_full or group.purpose == "contact_change"
    return not is_urgent, ORDER.index(group.purpose), group.oldest
