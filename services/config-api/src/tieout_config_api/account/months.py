"""Months of a tenant: they begin at midnight where the tenant is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, StringConstraints


def _is_a_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("name a time zone as the IANA does, such as Australia/Sydney, or UTC")
    return name


ZoneName = Annotated[str, StringConstraints(max_length=100), AfterValidator(_is_a_zone)]


def month_at(moment: datetime, zone: str) -> date:
    """The month that a moment is in, as its first day."""
    return moment.astimezone(ZoneInfo(zone)).date().replace(day=1)


def next_month(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def last_months(last: date, count: int) -> list[date]:
    """So many months, the last of them at the end; none before the year 1."""
    ordinals = range(last.year * 12 + last.month - count, last.year * 12 + last.month)
    return [date(each // 12, each % 12 + 1, 1) for each in ordinals if each >= 12]


def bounds(months: Sequence[date], zone: str) -> list[datetime]:
    """The moments at which consecutive months begin, and the one at which the last of them ends; in UTC."""
    return [starts(each, zone) for each in (*months, next_month(months[-1]))]


def starts(month: date, zone: str) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
