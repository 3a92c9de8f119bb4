"""The three GET routes that every list of records has: the list, its count, and one record."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from tieout_simulators.connectwise.errors import endpoint_missing, record_missing
from tieout_simulators.connectwise.query.paging import page_of, page_wanted
from tieout_simulators.connectwise.query.selection import field_tree, ordered, reduced, selected
from tieout_simulators.connectwise.records import Collection, Record
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer

API_PREFIX = "/{codebase}/apis/3.0"
JSON = "application/json"
Source = Callable[[ProviderCall], Collection]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of records behind a path; ``source`` finds the collection that a call means."""

    path: str
    source: Source

    def routes(self) -> list[ProviderRoute]:
        """``GET path``, ``GET path/count`` and ``GET path/{id}``."""
        template = API_PREFIX + self.path
        one = template.rstrip("/")
        return [
            ProviderRoute("GET", template, self._list),
            ProviderRoute("GET", f"{one}/count", self._count),
            ProviderRoute("GET", f"{one}/{{id}}", self._one),
        ]

    def _list(self, call: ProviderCall) -> Response:
        collection = self.source(call)
        wanted = page_wanted(call.query, call.headers.get("pagination-type"))
        records = selected(collection, call.query)
        if wanted.after_id is None:
            records = ordered(records, call.query.get("orderBy"), collection.model)
        page = page_of(records, wanted, url_of(call), call.query)
        tree = field_tree(call.query.get("fields"))
        if tree is None:
            body = b"[" + b",".join(record.encoded() for record in page.records) + b"]"
        else:
            body = exact_json.dumps([reduced(record.fields, tree) for record in page.records])
        return Response(body, headers={} if page.link is None else {"Link": page.link}, media_type=JSON)

    def _count(self, call: ProviderCall) -> Response:
        return json_answer({"count": len(selected(self.source(call), call.query))})

    def _one(self, call: ProviderCall) -> Response:
        return record_answer(record_of(self.source(call), call), call)


def id_in(call: ProviderCall, name: str = "id") -> int:
    """An id of the path. Raises ``RefusedError`` (404, no such endpoint) for what is no number."""
    text = call.path_params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise endpoint_missing()
    return int(text)


def record_of(collection: Collection, call: ProviderCall) -> Record:
    """The record that the path names. Raises ``RefusedError`` (404, no such record)."""
    record = collection.get(id_in(call))
    if record is None:
        raise record_missing(collection.singular, id_in(call))
    return record


def record_answer(record: Record, call: ProviderCall, status: int = 200) -> Response:
    """One record, whole or reduced to the ``fields`` asked for."""
    tree = field_tree(call.query.get("fields"))
    if tree is None:
        return Response(record.encoded(), status, media_type=JSON)
    return json_answer(reduced(record.fields, tree), status)


def base_url(call: ProviderCall) -> str:
    """Scheme and host as the caller addressed them."""
    return f"http://{call.headers.get('host', 'localhost')}"


def url_of(call: ProviderCall) -> str:
    """The address of the call without its query."""
    return base_url(call) + call.path
