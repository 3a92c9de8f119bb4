"""Texts of ConnectWise: empty and missing are the same."""

from datetime import UTC, datetime


def first_text(*texts: object) -> str | None:
    """The first that says anything, without the space around it; what is no text counts as missing."""
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), None)


def moment_of(text: str | None) -> datetime | None:
    """A point in time as ConnectWise writes it, UTC where it names no zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
