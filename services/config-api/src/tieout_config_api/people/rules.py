"""For how long and how often: sessions, links, attempts."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class AccessRules:
    """`public_url`: where people reach the public port, as the links in mails say it."""

    public_url: str = "http://127.0.0.1:8700"
    session_idle: timedelta = timedelta(hours=1)
    session_most: timedelta = timedelta(hours=12)
    invitation: timedelta = timedelta(days=7)
    password_reset: timedelta = timedelta(hours=1)


DEFAULT_RULES = AccessRules()


@dataclass(frozen=True)
class Limit:
    """So many attempts in a window."""

    most: int
    window: timedelta


QUARTER = timedelta(minutes=15)
SIGN_INS_OF_AN_EMAIL = Limit(10, QUARTER)
SIGN_INS_FROM_AN_ADDRESS = Limit(100, QUARTER)
CODES_OF_A_PERSON = Limit(5, QUARTER)
"""Three codes of a million are good at a time: at this rate a guesser needs years."""
EMAIL_CODES_OF_A_PERSON = Limit(3, timedelta(hours=1))
RESETS_OF_AN_EMAIL = Limit(3, timedelta(hours=1))
RESETS_FROM_AN_ADDRESS = Limit(30, timedelta(hours=1))
LONGEST_WINDOW = timedelta(hours=1)
