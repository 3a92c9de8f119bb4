"""What a simulator gives to the frame: its routes, its state's door, and how it guards a call."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response

from tieout_simulators.frame import exact_json

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One request, its body read whole."""

    method: str
    path: str
    raw_query: str
    query: QueryParams
    headers: Headers
    body: bytes
    template: str
    path_params: dict[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """Method and path template, such as ``PUT /api.xro/2.0/Invoices``."""
        return f"{self.method} {self.template}"


Handler = Callable[[ProviderCall], Response]
"""Handles a call at once and without awaiting, so that every call is atomic."""

Pause = Callable[[], Awaitable[None]]
"""Waits out the latency and the scripted delays of this call."""


@dataclass(frozen=True, slots=True)
class ProviderRoute:
    """A method, a path template in Starlette's syntax (``/x/{id}``) and who handles it. First match wins."""

    method: str
    template: str
    handler: Handler


class Simulator(Protocol):
    """One provider's simulator, as the frame sees it."""

    name: str
    api_prefixes: Sequence[str]
    """Path prefixes left out of the routes in ``by_route``."""
    routes: Sequence[ProviderRoute]

    async def answer(self, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Guard the call (credentials, limits), ``await pause()``, then ``handler(call)``."""
        ...

    def unrouted(self, call: ProviderCall) -> Response:
        """The provider's answer to a path or method that it does not have."""
        ...

    def load(self, state: JsonObject) -> JsonObject:
        """Add the records of a data file; returns how many of each. Raises ``ValueError`` with the place."""
        ...

    def dump(self) -> JsonObject:
        """The whole state in the provider's own shapes."""
        ...

    def mutate(self, event: JsonObject) -> JsonObject:
        """Do one scripted change (``event["kind"]``). Raises ``ValueError`` for an unknown one."""
        ...

    def expire_tokens(self) -> None:
        """Make every access token handed out so far invalid."""
        ...


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An exact-decimal JSON response."""
    return Response(exact_json.dumps(value), status, headers, media_type="application/json")
