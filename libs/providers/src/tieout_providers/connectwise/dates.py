"""ConnectWise's dates: several shapes, no zone that could be trusted. The date is taken as it is printed."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
ISO = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){TIME}")
AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){TIME}")
NO_DATE = date(1, 1, 1)  # how the server's platform writes a date that was never set


def printed_date(value: Any) -> date | None:
    """`2011-06-20T00:00:00`, `2025-04-25T00:00:00Z`, `5/1/2014 5:21:58 AM` (month first) or a plain date.

    The zone is ignored on purpose: converting would move document dates. Raises ValueError for anything else.
    """
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    text = str(value).strip()
    if not text:
        return None
    if match := ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := AMERICAN.fullmatch(text):
        month, day, year = (int(part) for part in match.groups())
    else:
        raise ValueError("not a date in any shape that ConnectWise is known to print")
    found = date(year, month, day)
    return None if found == NO_DATE else found


PrintedDate = Annotated[date | None, BeforeValidator(printed_date)]
"""A document date as printed; None if missing, empty or never set."""
