"""What an error of a call means for it (pure): see the table.

| error | then |
|---|---|
| not sent, throttled, unauthorised, forbidden | certainly not done: the same call again, later |
| refused as a whole | certainly not done: halved, down to the bad element |
| anything after the bytes left | unknown: looked up after `send_until` |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tieout_contracts.problems import Problem, problem
from tieout_providers.errors import (
    Forbidden,
    NotFound,
    NotSent,
    ProviderError,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unsendable,
)

KEY_REUSED = "idempotency_key_reused"
THROTTLED_WAIT_S = {"minute": 60.0, "day": 3600.0, "concurrent": 1.0, "app_minute": 60.0, "unspecified": 60.0}


class NoAccess(Exception):
    """The connection cannot be used now; the text says why, for a person."""


@dataclass(frozen=True, slots=True)
class Fault:
    """again: certainly not done. reject: the ledger refused the whole call. unknown: it may have been done.

    `wait_s` is what the ledger asked for; None lets the organisation back off by its own count of failures.
    """

    action: Literal["again", "reject", "unknown"]
    wait_s: float | None = None
    messages: tuple[str, ...] = ()
    limit: str | None = None
    """Which limit of the ledger was hit."""
    access: str | None = None
    """Why the connection was refused."""


def fault_of(error: ProviderError, reconnect_wait_s: float) -> Fault:
    """What to do with the call that failed so."""
    if isinstance(error, Throttled):
        wait_s = THROTTLED_WAIT_S[error.scope] if error.retry_after_s is None else error.retry_after_s
        return Fault("again", max(wait_s, 1.0), limit=error.scope)
    if isinstance(error, Unauthorised | Forbidden):
        return Fault("again", reconnect_wait_s, access=error.sentence)
    if isinstance(error, NotSent):
        return Fault("again")
    if isinstance(error, Rejected) and error.kind != KEY_REUSED:
        return Fault("reject", messages=tuple(each.message for each in error.problems) or (error.sentence,))
    if isinstance(error, NotFound | Unsendable):
        return Fault("reject", messages=(error.sentence,))
    asked_s = error.retry_after_s if isinstance(error, Unavailable) else None
    return Fault("unknown", asked_s)


def cause_of(fault: Fault, connection: str, wait_s: float, now: datetime) -> Problem | None:
    """What is told to a person about a long wait."""
    if fault.access is not None:
        return problem("ledger.disconnected", connection=connection, reason=fault.access)
    if fault.limit is not None:
        until = (now + timedelta(seconds=wait_s)).strftime("%Y-%m-%d %H:%M UTC")
        return problem("ledger.parked", until=until, limit=fault.limit)
    return None
