"""``/system/callbacks`` and the key that signs a callback."""

from starlette.responses import Response

from tieout_simulators.connectwise.body import json_body, patched
from tieout_simulators.connectwise.callbacks import RESOURCE
from tieout_simulators.connectwise.deliveries import KEY_PATH, Deliveries
from tieout_simulators.connectwise.errors import record_missing
from tieout_simulators.connectwise.reading import API_PREFIX, Listing, record_answer, record_of
from tieout_simulators.connectwise.records import Collection
from tieout_simulators.connectwise.site import Site
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer

CALLBACKS = "/system/callbacks"


class CallbackRoutes:
    """Create, read, change and delete callback entries."""

    def __init__(self, site: Site, deliveries: Deliveries) -> None:
        self._site = site
        self._deliveries = deliveries

    def routes(self) -> list[ProviderRoute]:
        """All routes; that of the key needs no credentials."""
        one = f"{API_PREFIX}{CALLBACKS}/{{id}}"
        return [
            *Listing(CALLBACKS, lambda _: self._records).routes(),
            ProviderRoute("POST", f"{API_PREFIX}{CALLBACKS}", self._create),
            ProviderRoute("PUT", one, self._put),
            ProviderRoute("PATCH", one, self._patch),
            ProviderRoute("DELETE", one, self._delete),
        ]

    def key_routes(self) -> list[ProviderRoute]:
        """The key endpoint, with one slash and with the two that real messages name."""
        return [ProviderRoute("GET", f"/{{codebase}}{slash}{KEY_PATH}", self._key) for slash in ("", "/")]

    @property
    def _records(self) -> Collection:
        return self._site.callbacks.records

    def _create(self, call: ProviderCall) -> Response:
        return record_answer(self._site.callbacks.register(json_body(call), self._site.settings.member), call, 201)

    def _put(self, call: ProviderCall) -> Response:
        record = record_of(self._records, call)
        return record_answer(self._site.callbacks.replace(record, json_body(call), self._site.settings.member), call)

    def _patch(self, call: ProviderCall) -> Response:
        record = record_of(self._records, call)
        body = patched(record.fields, json_body(call), RESOURCE)
        return record_answer(self._site.callbacks.replace(record, body, self._site.settings.member), call)

    def _delete(self, call: ProviderCall) -> Response:
        self._site.callbacks.remove(record_of(self._records, call).id)
        return Response(status_code=204)

    def _key(self, call: ProviderCall) -> Response:
        key_id = call.query.get("id", "")
        key = self._deliveries.signing_key(key_id)
        if key is None or call.query.get("companyName", "").lower() != self._site.settings.company_id.lower():
            raise record_missing("CallbackKey", key_id)
        return json_answer({"signing_key": key})
