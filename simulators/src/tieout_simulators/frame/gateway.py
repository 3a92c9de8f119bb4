"""The door every provider call goes through: routing, latency, faults and the record of the call."""

import asyncio
import functools
import logging
import time
from collections.abc import Sequence
from re import Pattern

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from tieout_simulators.frame.calls import CallLog
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.connections import OpenConnections
from tieout_simulators.frame.control import Control
from tieout_simulators.frame.faults import FaultBook
from tieout_simulators.frame.provider import Handler, JsonObject, ProviderCall, Simulator, json_answer

MAX_BODY_BYTES = 64 * 1024 * 1024
UNROUTED = "(unrouted)"
_logger = logging.getLogger("tieout_simulators")


class Gateway:
    """An ASGI application around one simulator; ``/_sim/`` goes to the control routes, all else to the provider."""

    def __init__(self, simulator: Simulator, clock: SimulatorClock, latency_ms: float = 0) -> None:
        self.simulator = simulator
        self.clock = clock
        self.latency_ms = latency_ms
        self.calls = CallLog(simulator.api_prefixes)
        self.faults = FaultBook()
        self.connections = OpenConnections()
        self._control = Control(self)
        self._routes: Sequence[tuple[str, Pattern[str], str, Handler]] = [
            (route.method, compile_path(route.template)[0], route.template, route.handler) for route in simulator.routes
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await _read_body(receive)
        except _ClientGoneError:
            return
        if body is None:
            await json_answer({"error": "body too large for this simulator"}, 413)(scope, receive, send)
            return
        call, handler = self._routed(scope, body)
        if call.path.startswith("/_sim/"):
            await self._control.answer(call)(scope, receive, send)
            return
        started, ticks = self.clock.now(), time.perf_counter()
        answer = await self._provide(call, handler)
        self.calls.add(call, answer, started, (time.perf_counter() - ticks) * 1000)
        if answer is None:
            await self.connections.abort(scope, receive)
        else:
            await answer(scope, receive, send)

    def _routed(self, scope: Scope, body: bytes) -> tuple[ProviderCall, Handler]:
        method, path = scope["method"], scope["path"]
        template, params = UNROUTED, dict[str, str]()
        handler: Handler = self.simulator.unrouted
        for route_method, pattern, route_template, route_handler in self._routes:
            if route_method == method and (match := pattern.match(path)):
                template, handler, params = route_template, route_handler, match.groupdict()
                break
        raw_query = scope["query_string"].decode("latin-1")
        headers = Headers(scope=scope)
        return ProviderCall(method, path, raw_query, QueryParams(raw_query), headers, body, template, params), handler

    async def _provide(self, call: ProviderCall, handler: Handler) -> Response | None:
        """The answer after faults, or None when the connection is to be dropped."""
        struck = self.faults.strike(call)
        delay_ms = self.latency_ms + sum(float(then.get("delay_ms", 0)) for then in struck)
        if any(then.get("expire_tokens") for then in struck):
            self.simulator.expire_tokens()
        if any(then.get("drop") == "before" for then in struck):
            return None
        for then in struck:
            if "status" in then and not then.get("after_handling"):
                await _pause(delay_ms)
                return _scripted(then)
        answer = await self._handled(call, handler, delay_ms, [then["event"] for then in struck if "event" in then])
        if any(then.get("drop") == "after" for then in struck):
            return None
        late = [then for then in struck if then.get("after_handling")]
        return _scripted(late[0]) if late else answer

    async def _handled(
        self, call: ProviderCall, handler: Handler, delay_ms: float, events: list[JsonObject]
    ) -> Response:
        """Handle the call, then let the scripted events happen before anything else can."""
        try:
            answer = await self.simulator.answer(call, handler, functools.partial(_pause, delay_ms))
            for event in events:
                self.simulator.mutate(event)
            return answer
        except Exception:
            _logger.exception("the %s simulator failed on %s", self.simulator.name, call.route)
            return json_answer({"simulator_fault": f"the simulator itself failed on {call.route}"}, 500)


class _ClientGoneError(Exception):
    """The client left before its request was whole: nothing was asked."""


async def _pause(delay_ms: float) -> None:
    if delay_ms > 0:
        await asyncio.sleep(delay_ms / 1000)


async def _read_body(receive: Receive) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise _ClientGoneError
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        chunks.append(chunk)
        if size > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return b"".join(chunks)


def _scripted(then: JsonObject) -> Response:
    body = then.get("body", "")
    if not isinstance(body, str):
        return json_answer(body, int(then["status"]), then.get("headers"))
    return Response(body, int(then["status"]), then.get("headers"), media_type=then.get("content_type", "text/html"))
