"""QuickBooks Online's call limits as budgets. Its answers do not say what is left."""

from tieout_contracts.connections import QboAccess
from tieout_posting.ledger import Books, Budget, LedgerLimits
from tieout_providers.qbo.limits import MAX_BATCH_ITEMS

LIMITS = LedgerLimits(
    bulk_size=MAX_BATCH_ITEMS,
    item_bulk_size=MAX_BATCH_ITEMS,
    look_up_size=100,
    key_lifetime_s=300,
    refuses_taken_numbers=False,
    keeps_contact_numbers=False,
)
"""How long a request id is remembered is not documented; five minutes are counted on."""

CALLS_AT_ONCE = 5
"""Older documentation allows ten at once instead of ten a second."""


def budgets_of(books: Books, access: QboAccess) -> tuple[Budget, ...]:
    """What a call to these books takes from. Every write is a batch, of which 40 a minute are allowed; reads, of which
    there are few, are counted with them, far below what the company allows of all calls."""
    scope = f"qbo:{books.tenant_id}/{books.connection_id}/{books.organisation_id}"
    limits = ("minute", "concurrent", "unspecified")
    return (
        Budget(
            scope,
            minute=min(access.batch_minute_limit, access.minute_limit),
            day=None,
            at_once=CALLS_AT_ONCE,
            limits=limits,
            second=access.second_limit,
        ),
    )
