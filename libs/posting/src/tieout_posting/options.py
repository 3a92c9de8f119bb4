"""The engine's sizes and times; a writer's settings fill them. Every wait and every list has its limit here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    bulk_linger_s: float = 1.0
    """A bulk call that is not full is sent when nothing of its organisation became ready for so long."""
    bulk_wait_limit_s: float = 5.0
    """At latest when its oldest member waited so long."""
    ledger_timeout_s: float = 40.0
    """The whole time of one call, answer included."""
    send_margin_s: float = 2.0
    """Added to the time-out: until then a call may reach the ledger, and nothing of it is looked up."""
    lease_margin_s: float = 5.0
    """How much longer than `send_until` a lease lasts."""
    draft_trust_s: float = 120.0
    """A draft that was seen longer ago is looked at again before it is approved or deleted."""
    prepare_size: int = 200
    look_up_members: int = 100
    max_body_bytes: int = 3_000_000
    failure_wait_limit_s: float = 60.0
    retry_wait_limit_s: float = 600.0
    tries_told: int = 4
    """After so many attempts without a usable answer the record is shown as waiting, with the cause."""
    shared_tries: int = 3
    reconnect_wait_s: float = 300.0
    """How long an organisation rests whose connection was refused; a change of settings wakes it earlier."""
    waits_told_s: float = 120.0
    """A wait longer than this is told for each of the organisation's records."""
    reference_refresh_s: float = 6 * 3600.0
    reference_min_age_s: float = 60.0
    """Settings changes and retries read the reference again only if it is older than this."""
    idle_s: float = 60.0
    announce_after_s: float = 60.0
    announce_limit: int = 6
    announce_size: int = 500
    refused_body_days: int = 30
    call_retention_days: int = 90

    @property
    def call_lease_s(self) -> float:
        """What a lease must still last when a call is stored: the call can never outlive it."""
        return self.ledger_timeout_s + self.send_margin_s + self.lease_margin_s


def backoff_s(failures: int, limit_s: float) -> float:
    """1, 2, 4 ... seconds, up to a limit."""
    return min(limit_s, float(2 ** min(max(failures - 1, 0), 20)))
