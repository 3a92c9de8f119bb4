"""Which bulk call goes next, and how long to wait for it to fill (pure).

A call is sent when it is full, when nothing joined it for the linger, or when its oldest member waited too long. The
first document of a kind (its canary) goes alone and at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tieout_contracts.documents import DocumentKind
from tieout_posting.options import Options
from tieout_posting.states import Purpose

ORDER: tuple[Purpose, ...] = ("contact_link", "contact_create", "item_create", "discard", "approve", "draft")
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

    def due_at(self, options: Options) -> datetime:
        """When it is to be sent, if nothing joins it."""
        if self.alone or self.count >= self.size:
            return self.oldest
        quiet = self.newest + timedelta(seconds=options.bulk_linger_s)
        return min(quiet, self.oldest + timedelta(seconds=options.bulk_wait_limit_s))


def next_group(groups: Iterable[Group], now: datetime, options: Options) -> Group | None:
    """The group to send now; full ones before others, then in the order of their purposes."""
    due = [group for group in groups if group.count and group.due_at(options) <= now]
    return min(due, key=_urgency, default=None)


def next_due_at(groups: Sequence[Group], options: Options) -> datetime | None:
    """When the first of them is to be sent."""
    return min((group.due_at(options) for group in groups if group.count), default=None)


def _urgency(group: Group) -> tuple[bool, int, datetime]:
    is_full = group.alone or group.count >= group.size
    return not is_full, ORDER.index(group.purpose), group.oldest
