"""Xero's call limits as budgets (https://developer.xero.com/documentation/guides/oauth2/limits)."""

from tieout_contracts.connections import XeroAccess
from tieout_posting.ledger import Books, Budget, LedgerLimits, Remaining
from tieout_providers.call import Answer
from tieout_providers.xero.limits import limits_of

LIMITS = LedgerLimits(bulk_size=50, item_bulk_size=100, look_up_size=40, key_lifetime_s=300, contact_persons=5)
"""A key is remembered for six minutes from the first call; five are counted on."""

CALLS_A_MINUTE = 60
CALLS_AT_ONCE = 5
APP_CALLS_A_MINUTE = 10_000


def organisation_scope(books: Books) -> str:
    """One organisation reached through one app: a connection is an app's."""
    return f"xero:{books.tenant_id}/{books.connection_id}/{books.organisation_id}"


def app_scope(books: Books) -> str:
    """Everything that one app calls."""
    return f"xero-app:{books.tenant_id}/{books.connection_id}"


def budgets_of(books: Books, access: XeroAccess) -> tuple[Budget, ...]:
    """What a call to these books takes from. The day's limit is that of the app's price tier."""
    organisation = Budget(
        organisation_scope(books),
        minute=CALLS_A_MINUTE,
        day=access.day_limit,
        at_once=CALLS_AT_ONCE,
        limits=("minute", "day", "concurrent", "unspecified"),
    )
    app = Budget(app_scope(books), minute=APP_CALLS_A_MINUTE, day=None, at_once=None, limits=("app_minute",))
    return organisation, app


def remaining_of(books: Books, answer: Answer) -> tuple[Remaining, ...]:
    """What the answer's headers say is left."""
    told = limits_of(answer.headers)
    return (
        Remaining(organisation_scope(books), told.minute_remaining, told.day_remaining),
        Remaining(app_scope(books), told.app_minute_remaining, None),
    )
