"""Envelopes and error bodies."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame.provider import json_answer
from tieout_simulators.xero.dates import ms_envelope
from tieout_simulators.xero.ids import NOTHING

PROVIDER_NAME = "Tieout Xero simulator"
VALIDATION_ERROR, POST_DATA_INVALID, QUERY_INVALID, NO_DATA = 10, 14, 16, 17


def envelope(
    now: datetime, collection: str, records: Sequence[Any], pagination: dict[str, int] | None = None
) -> Response:
    """A 200 with the standard head."""
    paging = {} if pagination is None else {"pagination": pagination}
    return json_answer(
        {
            "Id": str(uuid.uuid4()),
            "Status": "OK",
            "ProviderName": PROVIDER_NAME,
            "DateTimeUTC": ms_envelope(now),
            **paging,
            collection: records,
        }
    )


def validation_failed(elements: Sequence[Any]) -> Response:
    """The summarised 400: it lists the bad elements only."""
    return json_answer(
        {
            "ErrorNumber": VALIDATION_ERROR,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        },
        400,
    )


def post_data_invalid(reason: str) -> Response:
    """A body that cannot be read."""
    return _exception(POST_DATA_INVALID, "PostDataInvalidException", f"JSON for post data was invalid,{reason}")


def no_data(kind: str) -> Response:
    """A body without a record."""
    return _exception(
        NO_DATA,
        "NoDataProcessedException",
        f"No data has been processed for this endpoint. This endpoint is expecting {kind} data to be specifed in the "
        "request body.",
    )


def query_invalid(reason: str) -> Response:
    """A filter, order or page that cannot be read."""
    return _exception(QUERY_INVALID, "QueryParseException", reason)


def key_refused(reason: str, status: int = 400) -> Response:
    """An Idempotency-Key that cannot be used."""
    return _exception(VALIDATION_ERROR, "ValidationException", reason, status)


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """The shape in which Xero's gateway refuses: 401, 403, 404, 406, 413, 429."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": NOTHING,
        "Extensions": {},
    }
    return json_answer(body, status, headers)


def _exception(number: int, kind: str, message: str, status: int = 400) -> Response:
    return json_answer({"ErrorNumber": number, "Type": kind, "Message": message}, status)
