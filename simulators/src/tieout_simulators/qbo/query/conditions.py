"""Testing records against the conditions of a query."""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.assumptions import UNFILTERABLE, compared_text
from tieout_simulators.qbo.dates import parse_moment
from tieout_simulators.qbo.query.parser import Comparison, Literal
from tieout_simulators.qbo.refusals import query_invalid

Predicate = Callable[[JsonObject], bool]
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_MOMENTS = frozenset({"MetaData.CreateTime", "MetaData.LastUpdatedTime"})


def value_at(record: JsonObject, path: str) -> Any:
    """A member by its dotted path; a reference stands for its value."""
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value.get("value") if isinstance(value, dict) and "value" in value else value


def check_path(entity: str, path: str, known: frozenset[str]) -> None:
    """Raises 4001 for a member that the entity does not have or that cannot be filtered by."""
    if path.partition(".")[0] not in known:
        raise query_invalid(f"Property {path} not found for Entity {entity}")
    if path in UNFILTERABLE:
        raise query_invalid(f"property '{path}' is not queryable")


def predicate(entity: str, comparison: Comparison) -> Predicate:
    """What a record must meet. A record without the member meets nothing."""
    if comparison.path == "Id" and comparison.operator not in ("=", "IN"):
        raise query_invalid(f"operator {comparison.operator} is not supported for Id of {entity}")
    if comparison.operator == "LIKE":
        return _like(comparison)
    if comparison.operator == "IN":
        return _any([_compare(comparison.path, "=", value) for value in comparison.values])
    return _compare(comparison.path, comparison.operator, comparison.values[0])


def sort_value(value: Any) -> tuple[int, Any]:
    """Absent values first, numbers before texts."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | Decimal):
        return (1, value)
    text = str(value)
    return (1, int(text)) if text.isdecimal() else (2, compared_text(text))


def _any(predicates: list[Predicate]) -> Predicate:
    return lambda record: any(each(record) for each in predicates)


def _like(comparison: Comparison) -> Predicate:
    parts = compared_text(str(comparison.values[0])).split("%")
    pattern = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)

    def matches(record: JsonObject) -> bool:
        value = value_at(record, comparison.path)
        return isinstance(value, str) and pattern.fullmatch(compared_text(value)) is not None

    return matches


def _compare(path: str, symbol: str, literal: Literal) -> Predicate:
    compare = _ORDERINGS[symbol]
    moment = _moment(literal) if path in _MOMENTS else None

    def meets(record: JsonObject) -> bool:
        value = value_at(record, path)
        if value is None:
            return False
        if moment is not None:
            return compare(parse_moment(str(value)), moment)
        if isinstance(value, bool):
            return compare(value, _flag(literal))
        if isinstance(value, int | Decimal):
            return compare(Decimal(value), _number(path, literal))
        return compare(compared_text(str(value)), compared_text(str(literal)))

    return meets


def _moment(literal: Literal) -> datetime:
    try:
        return parse_moment(str(literal))
    except ValueError:
        raise query_invalid(f"{literal} is no date-time") from None


def _flag(literal: Literal) -> bool:
    return literal if isinstance(literal, bool) else str(literal).lower() == "true"


def _number(path: str, literal: Literal) -> Decimal:
    try:
        return Decimal(literal) if not isinstance(literal, bool) else Decimal(int(literal))
    except InvalidOperation:
        raise query_invalid(f"{literal} is no number for {path}") from None
