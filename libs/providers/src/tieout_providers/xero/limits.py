"""What Xero says about its limits, on every answer."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Calls that remain: of the organisation's day and minute, and of the app's minute. None: not told."""

    day_remaining: int | None = None
    minute_remaining: int | None = None
    app_minute_remaining: int | None = None


def limits_of(headers: Mapping[str, str]) -> Limits:
    """From an answer's headers (names in lower case, as `Answer.headers` has them); nonsense counts as not told."""
    return Limits(
        day_remaining=_count(headers.get("x-daylimit-remaining")),
        minute_remaining=_count(headers.get("x-minlimit-remaining")),
        app_minute_remaining=_count(headers.get("x-appminlimit-remaining")),
    )


def _count(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
