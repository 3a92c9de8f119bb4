"""ConnectWise PSA as the frame sees it: its routes, the guard before each call, and the doors to its state."""

from collections.abc import Sequence

from starlette.responses import Response

from tieout_simulators.connectwise import assumptions
from tieout_simulators.connectwise.access import RateLimit, authenticate, authorize
from tieout_simulators.connectwise.accounting_routes import ACCOUNTING, AccountingRoutes
from tieout_simulators.connectwise.callback_routes import CallbackRoutes
from tieout_simulators.connectwise.consistency import inconsistencies
from tieout_simulators.connectwise.deliveries import Deliveries
from tieout_simulators.connectwise.errors import ENDPOINT_MISSING, RefusedError, endpoint_missing, forbidden
from tieout_simulators.connectwise.events import Events
from tieout_simulators.connectwise.loading import FORMAT, DataFileRefusedError, incoming
from tieout_simulators.connectwise.master_routes import MasterRoutes
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.reading import API_PREFIX, base_url
from tieout_simulators.connectwise.settings import GENERIC_CODEBASE
from tieout_simulators.connectwise.site import Site
from tieout_simulators.connectwise.taking_in import take_in
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import Handler, Pause, ProviderCall, ProviderRoute, json_answer


class ConnectWise:
    """One ConnectWise server with its state in memory."""

    name = "connectwise"
    api_prefixes: Sequence[str] = (API_PREFIX,)

    def __init__(self, clock: SimulatorClock) -> None:
        self.site = Site(clock)
        self.deliveries = Deliveries(self.site)
        self._rate_limit = RateLimit()
        self._events = Events(self.site, self.deliveries)
        callbacks = CallbackRoutes(self.site, self.deliveries)
        masters = MasterRoutes(self.site)
        self.routes: Sequence[ProviderRoute] = [
            *masters.discovery_routes(),
            *callbacks.key_routes(),
            *AccountingRoutes(self.site).routes(),
            *callbacks.routes(),
            *masters.routes(),
        ]

    async def answer(self, call: ProviderCall, handler: Handler, pause: Pause) -> Response:
        """Check code base, rate limit, keys, clientId and role, then handle; every refusal is an answer."""
        self.deliveries.base_url = base_url(call)
        try:
            self._guard(call)
            await pause()
            answer = handler(call)
        except RefusedError as refused:
            answer = refused.response()
        answer.headers["api-current-version"] = self.site.settings.api_version
        return answer

    def unrouted(self, call: ProviderCall) -> Response:
        """404: there is no such endpoint."""
        return json_answer(ENDPOINT_MISSING, 404)

    def load(self, state: JsonObject) -> JsonObject:
        """Add a data file. Raises ``DataFileRefusedError`` (a ``ValueError``) with all its errors, changing nothing."""
        data = incoming(state, self.site.settings)
        errors = data.errors or list(inconsistencies(data, self.site))
        if errors:
            raise DataFileRefusedError(errors)
        return take_in(data, self.site)

    def dump(self) -> JsonObject:
        """The whole state as a data file, and what became of the last callbacks."""
        site = self.site
        return {
            "format": FORMAT,
            "server": site.settings.dumped(),
            "entities": site.entities.dumped(),
            "gl_transactions": site.ledger.transactions.dumped(),
            "gl_customers": [each.fields for records in site.customers.values() for each in records],
            "batches": site.batches.dumped(),
            "unposted_row_copies": {str(each): copies for each, copies in site.row_copies.items()},
            "incoherent_on_purpose": sorted(site.incoherent_on_purpose),
            "callbacks": site.callbacks.records.dumped(),
            "callback_deliveries": self.deliveries.described(),
        }

    def mutate(self, event: JsonObject) -> JsonObject:
        """Do one scripted change. Raises ``ValueError``."""
        return self._events.happen(event)

    def expire_tokens(self) -> None:
        """ConnectWise has keys and no tokens, so that nothing expires."""

    def _guard(self, call: ProviderCall) -> None:
        settings = self.site.settings
        path = call.template.removeprefix(API_PREFIX)
        codebases = (GENERIC_CODEBASE, settings.codebase_segment)
        if call.path_params.get("codebase", GENERIC_CODEBASE) not in codebases:
            raise endpoint_missing()
        if path == call.template:
            return
        self._rate_limit.take(self.site.clock.now(), settings.requests_per_minute)
        authenticate(call, settings)
        authorize(call.method, path, settings)
        if path.startswith(ACCOUNTING) and not assumptions.accounting_is_licensed(self.site.entities.system_info):
            raise forbidden(path)
