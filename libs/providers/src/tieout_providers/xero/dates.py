"""Xero's dates: `YYYY-MM-DD` in, `/Date(ms+0000)/` out. The milliseconds are UTC; the offset is for display only."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

TICKS = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(value: Any) -> datetime | None:
    """A moment in UTC. An ISO text without a zone is UTC (connections print seven digits and no zone)."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = str(value).strip()
    if match := TICKS.fullmatch(text):
        try:
            return EPOCH + timedelta(milliseconds=int(match[1]))
        except OverflowError:
            raise ValueError("a date that no calendar has") from None
    if match := ISO.fullmatch(text):
        day, clock, zone = match.groups()
        seconds, _, fraction = (clock or "00:00:00").partition(".")
        moment = datetime.fromisoformat(
            f"{day}T{seconds if seconds.count(':') == 2 else seconds + ':00'}.{(fraction + '000000')[:6]}{zone or 'Z'}"
        )
        return moment.astimezone(UTC)
    raise ValueError("not a date in any shape that Xero is known to print")


def document_date(value: Any) -> date | None:
    """A zoneless date: that of its midnight in UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    moment = instant(value)
    return moment.date() if moment else None


Instant = Annotated[datetime | None, BeforeValidator(instant)]
DocumentDate = Annotated[date | None, BeforeValidator(document_date)]
