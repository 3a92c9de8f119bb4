"""The QuickBooks simulator as the frame sees it: who may call, how often, and which endpoint answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import Handler, JsonObject, Pause, ProviderCall, ProviderRoute
from tieout_simulators.qbo import answers, refusals
from tieout_simulators.qbo.apps import App
from tieout_simulators.qbo.assumptions import subscription_is_open
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.endpoints import BATCH, ENDPOINTS, PREFIX, QUERY, Endpoint, QboRequest, endpoint_answer
from tieout_simulators.qbo.events import play
from tieout_simulators.qbo.identity import Identity, bearer_token
from tieout_simulators.qbo.loading import dump_state, load_state
from tieout_simulators.qbo.webhooks import Webhooks

MAX_BODY_BYTES = 8 * 1024 * 1024
_ROOT = "/v3/company/"


@dataclass(frozen=True, slots=True)
class _Admitted:
    app: App
    company: Company


class QboSimulator:
    """Apps, the companies they are connected to, and the API over them."""

    name = "qbo"
    api_prefixes: Sequence[str] = (PREFIX,)

    def __init__(self, clock: SimulatorClock, limit_overrides: dict[str, int] | None = None) -> None:
        self.clock = clock
        self.limit_overrides = limit_overrides or {}
        self.apps: dict[str, App] = {}
        self.companies: dict[str, Company] = {}
        self.identity = Identity(clock, self.apps)
        self.webhooks = Webhooks(clock)
        api = [ProviderRoute(method, PREFIX + path, self._served(endpoint)) for method, path, endpoint in ENDPOINTS]
        self.routes: Sequence[ProviderRoute] = [*self.identity.routes, *api]

    async def answer(self, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Token, company, limits, body size, subscription, requestid, in this order; then the endpoint."""
        if not call.path.startswith(_ROOT):
            await pause()
            return answers.with_service_headers(handler(call))
        admitted = self._admitted(call)
        if isinstance(admitted, Response):
            return answers.with_service_headers(admitted)
        if not admitted.app.admit(admitted.company, self.clock.now(), batch=call.path.endswith(BATCH)):
            return answers.with_service_headers(answers.throttled(admitted.app.retry_after_s))
        answer = await self._once(admitted.company, call, handler, pause)
        self._announce()
        return answers.with_service_headers(answer)

    def unrouted(self, call: ProviderCall) -> Response:
        """A path or method that is not simulated."""
        refusal = refusals.unsupported_operation(f"Could not find resource for relative : {call.path}")
        return answers.refused(refusal, self.clock.now())

    def load(self, state: JsonObject) -> JsonObject:
        """Add a data file's app and companies. Raises ``ValueError`` with the record that is wrong."""
        return load_state(self, state)

    def dump(self) -> JsonObject:
        """All companies in the data file's format, and the webhooks sent."""
        return {**dump_state(self), "webhook_deliveries": self.webhooks.described()}

    def mutate(self, event: JsonObject) -> JsonObject:
        """Play one scripted event. Raises ``ValueError``."""
        outcome = play(self, event)
        self._announce()
        return outcome

    def expire_tokens(self) -> None:
        """No access token is valid any more."""
        self.identity.tokens.expire_access()

    async def _once(self, company: Company, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Run the request, or give the kept answer of the same requestid."""
        request_id = call.query.get("requestid") if call.method == "POST" and not call.path.endswith(QUERY) else None
        if not request_id:
            await pause()
            return handler(call)
        try:
            batch = call.path.endswith(BATCH)
            kept = company.request_ids.claim(request_id, call.body, self.clock.now(), batch=batch)
        except refusals.RefusedError as refused:
            await pause()
            return answers.refused(refused, self.clock.now())
        if kept is not None:
            await pause()
            return kept
        answer: Response | None = None
        try:
            await pause()
            answer = handler(call)
        finally:
            company.request_ids.settle(request_id, answer)
        return answer

    def _admitted(self, call: ProviderCall) -> _Admitted | Response:
        now = self.clock.now()
        known = self.identity.bearer(call)
        if known is None:
            return answers.unauthenticated(bearer_token(call), now)
        app, grant = known
        realm_id = call.path.removeprefix(_ROOT).partition("/")[0]
        if realm_id != grant.realm_id or realm_id not in self.companies:
            return answers.unauthorised(now)
        return _Admitted(app, self.companies[realm_id])

    def _served(self, endpoint: Endpoint) -> Handler:
        def handle(call: ProviderCall) -> Response:
            admitted = self._admitted(call)
            if isinstance(admitted, Response):
                return admitted
            company, now = admitted.company, self.clock.now()
            if len(call.body) > MAX_BODY_BYTES:
                return Response("Request Entity Too Large", 413)
            if not subscription_is_open(company.subscription_status):
                return answers.refused(refusals.company_closed(), now)
            return endpoint_answer(endpoint, QboRequest(call, company, now))

        return handle

    def _announce(self) -> None:
        """Tell the webhooks of what changed since the last time."""
        for company in self.companies.values():
            if company.changes:
                changes, company.changes = company.changes, []
                for app in self.apps.values():
                    if app.webhook_url and company.realm_id in app.realms:
                        self.webhooks.announce(app, company.realm_id, changes)
