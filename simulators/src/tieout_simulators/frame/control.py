"""The ``/_sim/`` routes: look into a running simulator and script it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.provider import JsonObject, ProviderCall, json_answer

if TYPE_CHECKING:
    from tieout_simulators.frame.gateway import Gateway

_DETAIL_LIMIT = 100


class Control:
    """Answers ``/_sim/health clock calls faults latency load dump event``."""

    def __init__(self, gateway: "Gateway") -> None:
        self._gateway = gateway
        self._routes: dict[str, Callable[[ProviderCall], Any]] = {
            "GET /_sim/health": lambda _: {"simulator": gateway.simulator.name, "status": "ok"},
            "GET /_sim/clock": lambda _: self._clock(),
            "POST /_sim/clock": self._move_clock,
            "GET /_sim/calls": self._calls,
            "POST /_sim/calls": self._keep_bodies,
            "DELETE /_sim/calls": lambda _: self._clear_calls(),
            "GET /_sim/faults": lambda _: gateway.faults.described(),
            "POST /_sim/faults": self._add_faults,
            "DELETE /_sim/faults": lambda _: self._clear_faults(),
            "GET /_sim/latency": lambda _: {"ms": gateway.latency_ms},
            "POST /_sim/latency": self._set_latency,
            "POST /_sim/load": lambda call: {"loaded": gateway.simulator.load(_object(call))},
            "GET /_sim/dump": lambda _: gateway.simulator.dump(),
            "POST /_sim/event": lambda call: gateway.simulator.mutate(_object(call)),
        }

    def answer(self, call: ProviderCall) -> Response:
        """200 with JSON; 400 ``{"error": ...}`` for what cannot be done; 404 for an unknown route."""
        route = self._routes.get(f"{call.method} {call.path}")
        if route is None:
            return json_answer({"error": "no such control route", "routes": sorted(self._routes)}, 404)
        try:
            return json_answer(route(call))
        except (ValueError, KeyError, TypeError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, 400)

    def _clock(self) -> JsonObject:
        return {"now": self._gateway.clock.now().isoformat()}

    def _move_clock(self, call: ProviderCall) -> JsonObject:
        wanted = _object(call)
        if "set" in wanted:
            self._gateway.clock.set(datetime.fromisoformat(wanted["set"]))
        if "advance_s" in wanted:
            self._gateway.clock.advance(float(wanted["advance_s"]))
        return self._clock()

    def _calls(self, call: ProviderCall) -> Any:
        if call.query.get("detail", "false").lower() not in ("true", "1"):
            return self._gateway.calls.summary()
        limit = int(call.query.get("limit", _DETAIL_LIMIT))
        return self._gateway.calls.detail(call.query.get("route"), limit)

    def _keep_bodies(self, call: ProviderCall) -> JsonObject:
        self._gateway.calls.keep_bodies = bool(_object(call)["keep_bodies"])
        return {"keep_bodies": self._gateway.calls.keep_bodies}

    def _clear_calls(self) -> JsonObject:
        self._gateway.calls.clear()
        return self._gateway.calls.summary()

    def _clear_faults(self) -> list[JsonObject]:
        self._gateway.faults.clear()
        return self._gateway.faults.described()

    def _add_faults(self, call: ProviderCall) -> list[JsonObject]:
        rules = exact_json.loads(call.body)
        self._gateway.faults.add(rules if isinstance(rules, list) else [rules])
        return self._gateway.faults.described()

    def _set_latency(self, call: ProviderCall) -> JsonObject:
        self._gateway.latency_ms = float(_object(call)["ms"])
        return {"ms": self._gateway.latency_ms}


def _object(call: ProviderCall) -> JsonObject:
    body = exact_json.loads(call.body)
    if not isinstance(body, dict):
        msg = "the body must be a JSON object"
        raise ValueError(msg)
    return body
