"""Running a query over one company."""

from collections.abc import Callable, Iterable
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import schema
from tieout_simulators.qbo.assumptions import MIXED_LIST_COLUMNS, default_order
from tieout_simulators.qbo.company import COLLECTIONS, TRANSACTIONS, Company
from tieout_simulators.qbo.query.conditions import check_path, predicate, sort_value, value_at
from tieout_simulators.qbo.query.parser import Query, parsed
from tieout_simulators.qbo.refusals import query_invalid
from tieout_simulators.qbo.views import shown, single_records

_COMMON = frozenset({"Id", "SyncToken", "MetaData", "Active", "Name", "FullyQualifiedName"})
_ALWAYS = ("domain", "sparse", "Id")


def run_query(company: Company, text: str) -> JsonObject:
    """The ``QueryResponse``. Lists show active entities only unless Active is asked for; deleted ones never appear.

    Raises ``RefusedError`` (4000, 4001).
    """
    query = parsed(text)
    records = list(_records(company, query))
    known = _known(query.entity, records)
    for path in [*(each.path for each in query.conditions), *(path for path, _ in query.order)]:
        check_path(query.entity, path, known)
    if query.entity not in TRANSACTIONS and not any(each.path == "Active" for each in query.conditions):
        records = [record for record in records if record.get("Active", True)]
    for condition in query.conditions:
        meets = predicate(query.entity, condition)
        records = [record for record in records if meets(record)]
    if query.counts:
        return {"totalCount": len(records)}
    page = _ordered(query, records)[query.start - 1 : query.start - 1 + query.size]
    if not page:
        return {}
    found = [_columns(query, record) for record in page]
    return {query.entity: found, "startPosition": query.start, "maxResults": len(found)}


def _records(company: Company, query: Query) -> Iterable[JsonObject]:
    singles = single_records(company).get(query.entity)
    if singles is not None:
        return singles
    if query.entity not in COLLECTIONS:
        raise query_invalid(f"invalid context declaration: {query.entity}")
    return (shown(company, query.entity, record) for record in company.collections[query.entity])


def _known(entity: str, records: list[JsonObject]) -> frozenset[str]:
    written = schema.PROPERTIES.get(entity)
    return written or _COMMON.union(*(record.keys() for record in records))


def _ordered(query: Query, records: list[JsonObject]) -> list[JsonObject]:
    ordered = sorted(records, key=lambda record: default_order(query.entity, record))
    for path, descending in reversed(query.order):
        ordered.sort(key=_by(path), reverse=descending)
    return ordered


def _by(path: str) -> Callable[[JsonObject], tuple[int, Any]]:
    return lambda record: sort_value(value_at(record, path))


def _columns(query: Query, record: JsonObject) -> JsonObject:
    if query.takes_all:
        left_out = MIXED_LIST_COLUMNS.get(query.entity, frozenset()) - set(query.columns)
        return {name: value for name, value in record.items() if name not in left_out}
    wanted = {column.partition(".")[0] for column in query.columns} | set(_ALWAYS)
    return {name: True if name == "sparse" else value for name, value in record.items() if name in wanted}
