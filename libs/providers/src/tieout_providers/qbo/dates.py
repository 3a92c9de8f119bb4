"""QuickBooks Online's dates: `YYYY-MM-DD` for documents, ISO with an offset for moments."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator


def instant(value: Any) -> datetime | None:
    """A moment in UTC; one without an offset is UTC."""
    if value is None or value == "":
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("not a moment in ISO form") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def document_date(value: Any) -> date | None:
    """A zoneless date, as printed: an offset behind it is left out and never applied."""
    if value is None or value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        raise ValueError("not a date in ISO form") from None


Instant = Annotated[datetime | None, BeforeValidator(instant)]
DocumentDate = Annotated[date | None, BeforeValidator(document_date)]
