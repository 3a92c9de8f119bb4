"""Xero's dates: ``YYYY-MM-DD`` or ``/Date(ms+0000)/`` coming in, ``/Date(ms+0000)/`` going out."""

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSOFT = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def ms_moment(moment: datetime) -> str:
    """``/Date(1552327126117+0000)/``; the milliseconds are UTC."""
    return f"/Date({_milliseconds(moment)}+0000)/"


def ms_envelope(moment: datetime) -> str:
    """The same without an offset, as an answer's ``DateTimeUTC`` has it."""
    return f"/Date({_milliseconds(moment)})/"


def ms_day(day: date) -> str:
    """A zoneless day as ``/Date()/`` at midnight UTC."""
    return ms_moment(datetime(day.year, day.month, day.day, tzinfo=UTC))


def day_string(day: date) -> str:
    """``DateString``: ``2019-03-11T00:00:00``."""
    return f"{day.isoformat()}T00:00:00"


def moment_string(moment: datetime) -> str:
    """``UpdatedDateUTCString``: ISO with whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def parse_day(value: Any) -> date:
    """A document date as written; a time of day is cut off. Raises ``ValueError``."""
    if isinstance(value, str):
        if match := _MICROSOFT.fullmatch(value):
            return (_EPOCH + timedelta(milliseconds=int(match[1]))).date()
        if _ISO_DAY.match(value):
            return datetime.fromisoformat(value).date()
    msg = f"{value!r} is no date"
    raise ValueError(msg)


def parse_moment(value: str) -> datetime:
    """A UTC moment from ``/Date()/``, ISO text (UTC when it has no zone) or an HTTP date. Raises ``ValueError``."""
    if match := _MICROSOFT.fullmatch(value):
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = parsedate_to_datetime(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
