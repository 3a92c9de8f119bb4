"""A bounded record of every provider call, so that a test can count them and read what went over the wire."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame.provider import ProviderCall

MAX_CALLS = 20_000
MAX_BODIES = 5_000
MAX_BODIES_BYTES = 256 * 1024 * 1024
DROPPED = "dropped"
"""Stands where the status would be when the connection was closed without an answer."""


@dataclass(slots=True)
class RecordedCall:
    """One call; the bodies are None unless ``keep_bodies`` was on."""

    number: int
    call: ProviderCall
    status: int | None
    started: datetime
    duration_ms: float
    request: bytes | None = None
    answer: bytes | None = None

    def size(self) -> int:
        return len(self.request or b"") + len(self.answer or b"")


def route_matches(wanted: str, route: str) -> bool:
    """``PUT /Invoices`` meets ``PUT /api.xro/2.0/Invoices``: same method (``*`` is any), template ends in the path."""
    wanted_method, _, wanted_path = wanted.partition(" ")
    method, _, template = route.partition(" ")
    return wanted_method in ("*", method) and template.endswith(wanted_path)


class CallLog:
    """Counts since the last ``clear``; details of the last 20,000 calls, bodies of the last 5,000 (or 256 MiB)."""

    def __init__(self, api_prefixes: Sequence[str] = ()) -> None:
        self._api_prefixes = api_prefixes
        self.keep_bodies = False
        self._next_number = 1
        self.clear()

    def clear(self) -> None:
        """Forget all calls and counts; numbering goes on."""
        self._calls: deque[RecordedCall] = deque(maxlen=MAX_CALLS)
        self._with_bodies: deque[RecordedCall] = deque()
        self._kept_bytes = 0
        self._total = 0
        self._by_route: Counter[str] = Counter()
        self._by_status: Counter[str] = Counter()

    def add(self, call: ProviderCall, answer: Response | None, started: datetime, duration_ms: float) -> None:
        """Record one finished call; no answer means that the connection was dropped."""
        status = None if answer is None else answer.status_code
        recorded = RecordedCall(self._next_number, call, status, started, round(duration_ms, 3))
        self._next_number += 1
        self._total += 1
        self._by_route[self._short(call.route)] += 1
        self._by_status[DROPPED if status is None else str(status)] += 1
        if self.keep_bodies:
            self._keep(recorded, call.body, b"" if answer is None else bytes(answer.body))
        recorded.call = _without_body(call)
        self._calls.append(recorded)

    def summary(self) -> dict[str, Any]:
        """Totals by route and by status."""
        return {"total": self._total, "by_route": dict(self._by_route), "by_status": dict(self._by_status)}

    def detail(self, route: str | None, limit: int) -> list[dict[str, Any]]:
        """The last ``limit`` calls in the order they ended, of one route when given."""
        wanted = [each for each in self._calls if route is None or route_matches(route, each.call.route)]
        return [_described(each) for each in wanted[-limit:]] if limit > 0 else []

    def _keep(self, recorded: RecordedCall, request: bytes, answer: bytes) -> None:
        recorded.request, recorded.answer = request, answer
        self._with_bodies.append(recorded)
        self._kept_bytes += recorded.size()
        while len(self._with_bodies) > MAX_BODIES or self._kept_bytes > MAX_BODIES_BYTES:
            oldest = self._with_bodies.popleft()
            self._kept_bytes -= oldest.size()
            oldest.request = oldest.answer = None

    def _short(self, route: str) -> str:
        method, _, template = route.partition(" ")
        for prefix in self._api_prefixes:
            if template.startswith(prefix):
                return f"{method} {template[len(prefix) :]}"
        return route


def _without_body(call: ProviderCall) -> ProviderCall:
    return ProviderCall(
        call.method, call.path, call.raw_query, call.query, call.headers, b"", call.template, call.path_params
    )


def _described(recorded: RecordedCall) -> dict[str, Any]:
    call = recorded.call
    return {
        "number": recorded.number,
        "route": call.route,
        "path": call.path,
        "query": call.raw_query,
        "headers": {name: value for name, value in call.headers.items() if name != "authorization"},
        "status": recorded.status,
        "started": recorded.started.isoformat(),
        "duration_ms": recorded.duration_ms,
        "request": None if recorded.request is None else recorded.request.decode(errors="replace"),
        "answer": None if recorded.answer is None else recorded.answer.decode(errors="replace"),
    }
