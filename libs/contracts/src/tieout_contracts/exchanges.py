"""What was said between a writer and its ledger, for the evidence of tenants that keep it."""

from datetime import datetime

from tieout_contracts.base import Contract


class LedgerExchange(Contract):
    """One attempt of a call that changes the ledger. It never holds a credential: those are added when it is sent."""

    purpose: str
    """draft, approve, update, discard; contact_create, contact_link, item_create."""
    method: str
    target: str
    """Path and query, below the ledger's address."""
    request_body: str
    finding: str
    """answered, or the kind of failure."""
    status: int | None = None
    """None: no answer came."""
    answer_body: str | None = None
    left_out: bool = False
    """The bodies were too large for a message of the bus, and are not kept."""
    ended_at: datetime
