"""QuickBooks' moments and days: local ISO times with an offset, zoneless document dates."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from tieout_simulators.qbo.assumptions import SERVER_OFFSET_H

_SERVER_ZONE = timezone(timedelta(hours=SERVER_OFFSET_H))


def printed_moment(moment: datetime) -> str:
    """``2020-09-29T05:58:07-08:00``: whole seconds, the server's offset."""
    return moment.astimezone(_SERVER_ZONE).isoformat(timespec="seconds")


def printed_envelope(moment: datetime) -> str:
    """The ``time`` of an answer, with milliseconds."""
    return moment.astimezone(_SERVER_ZONE).isoformat(timespec="milliseconds")


def today(now: datetime) -> date:
    """The document date where none is sent."""
    return now.astimezone(_SERVER_ZONE).date()


def parse_moment(text: str) -> datetime:
    """A moment with an offset; without one it is taken as the server's. Raises ``ValueError``."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=_SERVER_ZONE)).astimezone(UTC)


def parse_day(value: Any) -> date:
    """A document date as written; an offset or time behind it is cut off. Raises ``ValueError``."""
    if not isinstance(value, str) or len(value) < len("2026-01-31"):
        msg = f"{value!r} is no date"
        raise ValueError(msg)
    return date.fromisoformat(value[: len("2026-01-31")])
