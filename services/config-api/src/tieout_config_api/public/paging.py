"""Pages: a cursor says where the page before ended, in the list's own stable order. It is opaque to whoever sends it.

A list that is an object has `next_cursor` in it; one that is an array says the same in `Link: <...>; rel="next"`
(RFC 8288).
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request, Response

from tieout_config_api.public.door import refused

MOST = 200
LONGEST_CURSOR = 2_000
Limit = Annotated[int, Query(ge=1, le=MOST)]
Cursor = Annotated[str | None, Query(max_length=LONGEST_CURSOR, description="`next_cursor`, or that of `Link`.")]
T = TypeVar("T")


def write_cursor(*place: str | int) -> str:
    """Where a page ended."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def read_cursor(cursor: str | None, *kinds: type) -> Any:
    """The place that was written, of these kinds; None for the first page. 422 for what was not written here."""
    if cursor is None:
        return None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
            raise ValueError
        if any(b"\0" in part.encode() for part in place if isinstance(part, str)):
            raise ValueError  # no column takes NUL, nor half a surrogate pair, at which encode() raises one
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise refused(422, "api.bad_cursor") from None
    return tuple(place)


def newest_first(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Where a list goes on that has its newest first; its places are a moment and an id (`moment_place`)."""
    place = read_cursor(cursor, str, str)
    if place is None:
        return None
    try:
        moment = datetime.fromisoformat(place[0])
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC), UUID(place[1])
    except (ValueError, OverflowError):
        raise refused(422, "api.bad_cursor") from None


def moment_place(moment: datetime, key: UUID) -> tuple[str, str]:
    """The place of a row in a list that `newest_first` reads."""
    return moment.isoformat(), str(key)


def page_of(
    found: Sequence[T], limit: int, request: Request, response: Response, place: Callable[[T], tuple[str | int, ...]]
) -> Sequence[T]:
    """The first `limit` of `found`, which holds one more where there is more; that is then said in `Link`."""
    if len(found) <= limit:
        return found
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    following = urlencode([*asked, ("cursor", write_cursor(*place(found[limit - 1])))])
    response.headers["Link"] = f'<{request.url.path}?{following}>; rel="next"'
    return found[:limit]
