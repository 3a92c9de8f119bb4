"""The Idempotency-Key store of one app: answers are kept for 6 minutes from the first call, errors too."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from tieout_simulators.frame.provider import ProviderCall
from tieout_simulators.xero import answers, messages

RETENTION = timedelta(minutes=6)
MAX_KEY = 128
METHODS = ("POST", "PUT", "PATCH")


@dataclass(slots=True)
class _Entry:
    fingerprint: str
    began: datetime
    answer: Response | None = None


class IdempotencyStore:
    """Keys of one app, over all its organisations."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._latest: _Entry | None = None

    def claim(self, key: str, call: ProviderCall, now: datetime) -> Response | None:
        """The answer to give instead of running the request; None makes the key this request's."""
        self._forget_old(now)
        if len(key) > MAX_KEY:
            return answers.key_refused(messages.too_long("Idempotency-Key", MAX_KEY))
        entry = self._entries.get(key)
        fingerprint = _fingerprint(call)
        if entry is None:
            self._entries[key] = _Entry(fingerprint, now)
            return None
        if entry.fingerprint != fingerprint:
            return answers.key_refused(messages.key_reused(key))
        return entry.answer or _in_flight(key)

    def keep(self, key: str, answer: Response) -> None:
        """Remember the answer, an error too, for whoever repeats the request."""
        if (entry := self._entries.get(key)) is not None:
            entry.answer = answer
            self._latest = entry

    def release(self, key: str) -> None:
        """The request was never run."""
        if (entry := self._entries.get(key)) is not None and entry.answer is None:
            del self._entries[key]

    def replace_latest(self, answer: Response) -> None:
        """Script: the answer kept last becomes another one."""
        if self._latest is not None:
            self._latest.answer = answer

    def _forget_old(self, now: datetime) -> None:
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            if timedelta() <= now - oldest.began < RETENTION:
                return
            del self._entries[key]


def _fingerprint(call: ProviderCall) -> str:
    """What makes two requests the same: method, URL and body, but not the organisation (keys belong to the app)."""
    head = f"{call.method} {call.path}?{call.raw_query}\n".encode()
    return hashlib.sha256(head + call.body).hexdigest()


def _in_flight(key: str) -> Response:
    """Unconfirmed: what Xero answers while the first request with the key still runs."""
    return answers.key_refused(f"Idempotency Key: {key} belongs to a request that is still being processed.", 409)
