"""Lists: the where filter, the order and the pages."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from tieout_simulators.xero.request import XeroRequest
from tieout_simulators.xero.where import Filter, QueryError, parse_where

Record = TypeVar("Record")
Lookup = Callable[[Record, str], Any]
"""Gives the value of a record's field by its path, None when it has none."""


def filter_of(request: XeroRequest) -> Filter:
    """The parsed ``where``. Raises ``QueryError``."""
    text = request.call.query.get("where")
    return parse_where(text) if text and text.strip() else Filter()


def filtered(records: Sequence[Record], where: Filter, lookup: Lookup[Record]) -> list[Record]:
    """The records that pass the filter."""
    return [record for record in records if where.passes(partial(lookup, record))]


def ordered(request: XeroRequest, records: list[Record], lookup: Lookup[Record], id_path: str) -> list[Record]:
    """Sorted by ``order`` (``Date DESC``), by default by ``UpdatedDateUTC ASC`` and id. Raises ``QueryError``."""
    words = request.call.query.get("order", "UpdatedDateUTC ASC").split()
    direction = words[1].upper() if len(words) > 1 else "ASC"
    if not words or len(words) > 2 or direction not in ("ASC", "DESC"):
        msg = f"the order is not understood: {request.call.query.get('order')!r}"
        raise QueryError(msg)
    records = sorted(records, key=lambda record: str(lookup(record, id_path)))
    path = words[0]
    known = [record for record in records if lookup(record, path) is not None]
    unknown = [record for record in records if lookup(record, path) is None]
    return sorted(known, key=lambda record: lookup(record, path), reverse=direction == "DESC") + unknown


def paged(request: XeroRequest, records: Sequence[Record]) -> tuple[Sequence[Record], dict[str, int] | None]:
    """The asked page and its pagination object; all and None when no page is asked for. Raises ``QueryError``."""
    asked = request.page()
    if asked is None:
        return records, None
    page, size = asked
    pagination = {"page": page, "pageSize": size, "pageCount": -(-len(records) // size), "itemCount": len(records)}
    return records[(page - 1) * size : page * size], pagination
