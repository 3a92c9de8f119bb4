"""The answers that a company keeps under their requestid: the same id gets the original answer again, even after
the document was deleted (reference 3.1)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import (
    OTHER_BODY_IS_REPLAYED,
    REQUEST_ID_RETENTION,
    is_remembered,
    is_request_id,
)

MAX_LENGTH = 50
MAX_BATCH_LENGTH = 36
MAX_BATCH_ITEM_LENGTH = 10


@dataclass(slots=True)
class _Entry:
    began: datetime
    fingerprint: str
    answer: Response | None = None


class RequestIds:
    """The request ids of one company, over all apps."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def claim(self, request_id: str, body: bytes, now: datetime, *, batch: bool) -> Response | None:
        """The answer to give again; None makes the id this request's. Raises ``RefusedError`` (2130, 600)."""
        check_length(request_id, MAX_BATCH_LENGTH if batch else MAX_LENGTH)
        self._forget_old(now)
        entry = self._entries.get(request_id)
        fingerprint = hashlib.sha256(body).hexdigest()
        if entry is None:
            self._entries[request_id] = _Entry(now, fingerprint)
            return None
        if entry.answer is None or (entry.fingerprint != fingerprint and not OTHER_BODY_IS_REPLAYED):
            raise refusals.request_in_flight(request_id)
        return entry.answer

    def settle(self, request_id: str, answer: Response | None) -> None:
        """Keep the answer of a claimed id; without one that is remembered the id is free again."""
        if answer is not None and is_remembered(answer.status_code):
            if (entry := self._entries.get(request_id)) is not None:
                entry.answer = answer
        else:
            self._entries.pop(request_id, None)

    def _forget_old(self, now: datetime) -> None:
        while self._entries:
            oldest_id, oldest = next(iter(self._entries.items()))
            if timedelta() <= now - oldest.began < REQUEST_ID_RETENTION:
                return
            del self._entries[oldest_id]


def check_length(request_id: str, limit: int) -> None:
    """Raises ``RefusedError`` (2130) for an id that is too long or has other characters."""
    if len(request_id) > limit:
        raise refusals.malformed_request_id(f"at most {limit} characters")
    if not is_request_id(request_id):
        raise refusals.malformed_request_id("letters, digits, '-', '_' and '.' only")
