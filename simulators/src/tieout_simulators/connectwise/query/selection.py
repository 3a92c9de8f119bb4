"""A list query as a whole: which records, in which order, with which fields."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from starlette.datastructures import QueryParams

from tieout_simulators.connectwise.assumptions import comparable_text
from tieout_simulators.connectwise.errors import RefusedError, invalid_field, invalid_object
from tieout_simulators.connectwise.models import Model
from tieout_simulators.connectwise.query.conditions import (
    Predicate,
    child_predicate,
    custom_field_predicate,
    predicate_of,
    required_ids,
)
from tieout_simulators.connectwise.query.parser import parsed
from tieout_simulators.connectwise.query.paths import Path, resolved
from tieout_simulators.connectwise.query.tokens import ConditionsError
from tieout_simulators.connectwise.records import Collection, Record

FieldTree = dict[str, "FieldTree"]


def selected(collection: Collection, query: QueryParams) -> Sequence[Record]:
    """The records that meet the query's conditions, by id. Raises ``RefusedError`` (400) for a bad condition."""
    records: Sequence[Record] = collection.in_order()
    predicates: list[Predicate] = []
    if text := query.get("conditions"):
        with _errors_named("conditions"):
            condition = parsed(text)
            predicates.append(predicate_of(condition, collection.model))
            if (ids := required_ids(condition)) is not None:
                records = collection.some(ids)
    if text := query.get("childConditions"):
        with _errors_named("childConditions"):
            predicates.append(child_predicate(text, collection.model))
    if text := query.get("customFieldConditions"):
        with _errors_named("customFieldConditions"):
            predicates.append(custom_field_predicate(text, collection.model))
    for predicate in predicates:
        records = [record for record in records if predicate(record)]
    return records


def ordered(records: Sequence[Record], order_by: str | None, model: Model) -> Sequence[Record]:
    """Sorted by ``orderBy`` (``company/name desc, id``); nulls come first, as in SQL Server."""
    if not order_by:
        return records
    result = list(records)
    for clause in reversed(order_by.split(",")):
        name, _, direction = clause.strip().partition(" ")
        with _errors_named("orderBy"):
            if direction.strip().lower() not in ("", "asc", "desc"):
                raise ConditionsError(f"sorting goes asc or desc, not {direction.strip()!r}")
            path = resolved(name, model)
        result.sort(key=partial(_sort_key, path), reverse=direction.strip().lower() == "desc")
    return result


def field_tree(fields: str | None) -> FieldTree | None:
    """``id,status/id`` as a tree; None when all fields are wanted."""
    if not fields:
        return None
    tree: FieldTree = {}
    for path in fields.split(","):
        here = tree
        for name in path.strip().split("/"):
            here = here.setdefault(name.lower(), {})
    return tree


def reduced(value: Any, tree: FieldTree) -> Any:
    """Only the wanted fields; a branch named without its own fields comes whole."""
    if not tree:
        return value
    if isinstance(value, list):
        return [reduced(each, tree) for each in value]
    if isinstance(value, dict):
        return {name: reduced(each, tree[name.lower()]) for name, each in value.items() if name.lower() in tree}
    return value


def _sort_key(path: Path, record: Record) -> tuple[bool, Any]:
    value = path.value_of(record)
    if isinstance(value, str):
        return True, comparable_text(value)
    return value is not None, 0 if value is None else value


@contextmanager
def _errors_named(parameter: str) -> Iterator[None]:
    """A ``ConditionsError`` becomes the 400 that names the parameter."""
    try:
        yield
    except ConditionsError as error:
        raise refused_parameter(parameter, str(error)) from error


def refused_parameter(parameter: str, message: str) -> RefusedError:
    """The 400 for a query parameter that cannot be taken."""
    return invalid_object(parameter, [invalid_field(parameter, message)])
