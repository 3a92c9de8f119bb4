"""GET, PUT and POST Items."""

from typing import Any

from starlette.responses import Response

from tieout_simulators.xero import answers, messages
from tieout_simulators.xero.bulk import Collection, Written, read_elements, write_elements
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.items import Item
from tieout_simulators.xero.listing import filter_of, filtered, ordered
from tieout_simulators.xero.reference_endpoints import not_found
from tieout_simulators.xero.request import XeroRequest

ITEMS = Collection("Items", "Item", "ItemID", None)
MAX_ITEMS = 500


def get_items(request: XeroRequest) -> Response:
    """All items; never paged."""
    where = filter_of(request)
    book = request.books.items
    code = where.equal_to("Code")
    found = [book.by_code[code]] if code is not None and code in book.by_code else list(book.by_id.values())
    if (since := request.modified_since) is not None:
        found = [item for item in found if item.updated >= since]
    found = ordered(request, filtered(found, where, _field), _field, "ItemID")
    return answers.envelope(request.now, "Items", [item.as_json(request.unit_places) for item in found])


def get_item(request: XeroRequest) -> Response:
    """One item by ItemID or Code."""
    item = request.books.items.find(request.call.path_params["item"])
    if item is None:
        return not_found()
    return answers.envelope(request.now, "Items", [item.as_json(request.unit_places)])


def put_items(request: XeroRequest) -> Response:
    """Create only: an existing code is refused; at most 500 in one request."""
    return _too_many(request) or write_elements(
        request, ITEMS, lambda sent: _write(request, None, {**sent, "ItemID": None})
    )


def post_items(request: XeroRequest) -> Response:
    """Change the item of the ItemID or Code, else create one; at most 500 in one request."""
    return _too_many(request) or write_elements(request, ITEMS, lambda sent: _upsert(request, sent))


def post_item(request: XeroRequest) -> Response:
    """Change the item in the path."""
    item = request.books.items.find(request.call.path_params["item"])
    if item is None:
        return not_found()
    return write_elements(request, ITEMS, lambda sent: _write(request, item, sent), single=True)


def _too_many(request: XeroRequest) -> Response | None:
    elements = read_elements(ITEMS, request.call.body)
    if isinstance(elements, list) and len(elements) > MAX_ITEMS:
        return answers.post_data_invalid(f"at most {MAX_ITEMS} items in one request")
    return None


def _upsert(request: XeroRequest, sent: Element) -> Written:
    book = request.books.items
    item_id = str(sent.get("ItemID") or "").lower()
    known = book.by_id.get(item_id)
    if item_id and known is None:
        return Written(sent, None, [messages.not_found("Item", "ItemID")])
    return _write(request, known or book.by_code.get(str(sent.get("Code") or "")), sent)


def _write(request: XeroRequest, known: Item | None, sent: Element) -> Written:
    problems: list[str] = []
    item = request.books.items.plan(sent, known, request.unit_places, request.now, problems)
    if problems:
        return Written(sent, None, problems)
    request.books.items.save(item)
    return Written(sent, item.as_json(request.unit_places))


def _field(item: Item, path: str) -> Any:
    return item.updated if path == "UpdatedDateUTC" else item.shape.get(path)
