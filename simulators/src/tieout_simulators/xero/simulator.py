"""The Xero simulator as the frame sees it: who may call, how often, and which endpoint answers."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import Handler, JsonObject, Pause, ProviderCall, ProviderRoute
from tieout_simulators.xero import answers
from tieout_simulators.xero.apps import App
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.endpoints import ENDPOINTS, PREFIX
from tieout_simulators.xero.events import play
from tieout_simulators.xero.idempotency import METHODS, IdempotencyStore
from tieout_simulators.xero.identity import Identity, unauthorised
from tieout_simulators.xero.limits import Refusal
from tieout_simulators.xero.loading import dump_state, load_state
from tieout_simulators.xero.request import PreconditionError, XeroRequest
from tieout_simulators.xero.scopes import scopes_allow
from tieout_simulators.xero.webhooks import Webhooks
from tieout_simulators.xero.where import QueryError

MAX_BODY_BYTES = 3_500_000


class XeroSimulator:
    """Apps, their organisations, and the API over them."""

    name = "xero"
    api_prefixes: Sequence[str] = (PREFIX,)

    def __init__(self, clock: SimulatorClock, limit_overrides: dict[str, int] | None = None) -> None:
        self.clock = clock
        self.limit_overrides = limit_overrides or {}
        self.apps: dict[str, App] = {}
        self.books: dict[str, Books] = {}
        self.last_kept: IdempotencyStore | None = None
        """Whose store kept an answer last."""
        self.identity = Identity(clock, self.apps, self.books)
        self.webhooks = Webhooks(clock)
        api = [
            ProviderRoute(method, PREFIX + template, self._served(endpoint)) for method, template, endpoint in ENDPOINTS
        ]
        self.routes: Sequence[ProviderRoute] = [*self.identity.routes, *api]

    async def answer(self, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Token, organisation, scope, body size, limits, Idempotency-Key, in this order; then the endpoint."""
        if not call.path.startswith(f"{PREFIX}/"):
            await pause()
            return handler(call)
        admitted = self._admitted(call)
        if isinstance(admitted, Response):
            return admitted
        app, tenant_id = admitted
        refusal = app.meter.enter(tenant_id, self.clock.now())
        if refusal is not None:
            return _throttled(refusal, app.meter.headers(tenant_id))
        try:
            answer = await self._once(app, call, handler, pause)
        finally:
            app.meter.leave(tenant_id)
            self._announce()
        return _with_headers(answer, app.meter.headers(tenant_id))

    def unrouted(self, call: ProviderCall) -> Response:
        """A path or method that is not simulated."""
        return answers.problem(404, "Not Found", f"{call.method} {call.path} is not simulated")

    def load(self, state: JsonObject) -> JsonObject:
        """Add a data file's app and organisations. Raises ``ValueError`` with the record that is wrong."""
        loaded = load_state(self, state)
        for books in self.books.values():
            books.take_changes()
        return loaded

    def dump(self) -> JsonObject:
        """All organisations in the data file's format, and the webhooks sent."""
        return {**dump_state(self), "webhook_deliveries": self.webhooks.described()}

    def mutate(self, event: JsonObject) -> JsonObject:
        """Play one scripted event. Raises ``ValueError``."""
        happened = play(self, event)
        self._announce()
        return happened

    def expire_tokens(self) -> None:
        """No access token is valid any more."""
        self.identity.tokens.expire_access()

    def _announce(self) -> None:
        """Tell the webhooks of what changed since the last time."""
        for books in self.books.values():
            if changes := books.take_changes():
                for app in self.apps.values():
                    if app.webhook_url and books.tenant_id in app.connections:
                        self.webhooks.announce(app, books.tenant_id, changes)

    async def _once(self, app: App, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Run the request, or give the kept answer of the same Idempotency-Key."""
        key = call.headers.get("idempotency-key")
        if not key or call.method not in METHODS:
            await pause()
            return handler(call)
        kept = app.idempotency.claim(key, call, self.clock.now())
        if kept is not None:
            await pause()
            return kept
        try:
            await pause()
            answer = handler(call)
            app.idempotency.keep(key, answer)
            self.last_kept = app.idempotency
        finally:
            app.idempotency.release(key)
        return answer

    def _admitted(self, call: ProviderCall) -> tuple[App, str] | Response:
        known = self.identity.bearer(call)
        if known is None:
            return unauthorised()
        app, grant = known
        tenant_id = call.headers.get("xero-tenant-id", "").lower()
        if not tenant_id and len(app.connections) == 1:
            tenant_id = next(iter(app.connections))
        if tenant_id not in app.connections:
            return answers.problem(403, "Forbidden", "AuthenticationUnsuccessful")
        endpoint = call.path.removeprefix(f"{PREFIX}/").partition("/")[0]
        if not scopes_allow(grant.scopes, call.method, endpoint):
            return answers.problem(403, "Forbidden", "AuthorizationUnsuccessful")
        if "application/json" not in call.headers.get("accept", ""):
            return answers.problem(406, "Not Acceptable", "Xero answers XML unless you send Accept: application/json")
        if len(call.body) > MAX_BODY_BYTES:
            return answers.problem(413, "Request Entity Too Large", f"a request is at most {MAX_BODY_BYTES} bytes")
        return app, tenant_id

    def _served(self, endpoint: Callable[[XeroRequest], Response]) -> Handler:
        def handle(call: ProviderCall) -> Response:
            admitted = self._admitted(call)
            if isinstance(admitted, Response):
                return admitted
            app, tenant_id = admitted
            request = XeroRequest(call, self.books[tenant_id], app.client_id, self.clock.now())
            try:
                return endpoint(request)
            except QueryError as error:
                return answers.query_invalid(str(error))
            except PreconditionError as error:
                return answers.problem(412, "Precondition Failed", str(error))

        return handle


def _throttled(refusal: Refusal, remaining: dict[str, str]) -> Response:
    headers = {**remaining, "X-Rate-Limit-Problem": refusal.problem}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return answers.problem(429, "Too Many Requests", f"the {refusal.problem} limit is used up", headers)


def _with_headers(answer: Response, headers: dict[str, Any]) -> Response:
    """A copy with the limit headers of now, so that a kept answer can be given again."""
    copy = Response(answer.body, answer.status_code, dict(answer.headers))
    copy.headers.update(headers)
    return copy
