"""Conditions as predicates over records, with the operand types checked against the model beforehand."""

import re
from collections.abc import Callable
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from tieout_simulators.connectwise.assumptions import comparable_text, null_meets_comparison
from tieout_simulators.connectwise.models import MODELS, Model, field_named
from tieout_simulators.connectwise.query.parser import AllOf, AnyOf, Comparison, Condition, Literal, parsed
from tieout_simulators.connectwise.query.paths import Path, resolved
from tieout_simulators.connectwise.query.tokens import ConditionsError
from tieout_simulators.connectwise.records import Record, moment_of

Predicate = Callable[[Record], bool]
_Convert = Callable[[Any], Any]
_Test = Callable[[Any], bool]

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_LITERALS_OF_KIND = {
    "integer": ("number",),
    "number": ("number",),
    "boolean": ("boolean",),
    "date-time": ("moment",),
    "string": ("string", "moment"),
    "object": ("string", "number", "boolean", "moment"),
}


def predicate_of(condition: Condition, model: Model) -> Predicate:
    """Whether a record meets the condition. Raises ``ConditionsError`` for what the model cannot answer."""
    if isinstance(condition, Comparison):
        return _comparison(condition, resolved(condition.path, model))
    parts = [predicate_of(part, model) for part in condition.parts]
    if isinstance(condition, AllOf):
        return lambda record: all(part(record) for part in parts)
    return lambda record: any(part(record) for part in parts)


def child_predicate(text: str, model: Model) -> Predicate:
    """``childConditions``: one entry of one list field meets them all."""
    condition = parsed(text)
    lists = {path.partition("/")[0] for path in _paths(condition)}
    field = field_named(model, lists.pop()) if len(lists) == 1 else None
    kind = model[field] if field else ""
    child_model = MODELS.get(kind.removesuffix("[]"))
    if field is None or child_model is None or not kind.endswith("[]"):
        raise ConditionsError("childConditions take the fields of one list, each written list/field")
    return _any_child(field, predicate_of(_inside(condition), child_model))


def custom_field_predicate(text: str, model: Model) -> Predicate:
    """``customFieldConditions``: one custom field meets them all."""
    if "customFields" not in model:
        raise ConditionsError("this record has no custom fields")
    return _any_child("customFields", predicate_of(parsed(text), MODELS["CustomFieldValue"]))


def required_ids(condition: Condition) -> set[int] | None:
    """The only ids that can meet the condition, or None when it does not narrow them."""
    if isinstance(condition, AnyOf):
        return None
    if isinstance(condition, AllOf):
        sets = [ids for part in condition.parts if (ids := required_ids(part)) is not None]
        return set.intersection(*sets) if sets else None
    if condition.path.lower() != "id" or condition.negated or condition.operator not in ("=", "in"):
        return None
    return {int(each.value) for each in condition.values if isinstance(each.value, Decimal) and each.value % 1 == 0}


def _any_child(field: str, meets: Predicate) -> Predicate:
    def any_child(record: Record) -> bool:
        return any(meets(Record(each, record.last_updated)) for each in record.fields.get(field, []))

    return any_child


def _paths(condition: Condition) -> list[str]:
    if isinstance(condition, Comparison):
        return [condition.path]
    return [path for part in condition.parts for path in _paths(part)]


def _inside(condition: Condition) -> Condition:
    if isinstance(condition, Comparison):
        path = condition.path.partition("/")[2]
        return Comparison(path, condition.operator, condition.values, condition.negated)
    parts = tuple(_inside(part) for part in condition.parts)
    return AllOf(parts) if isinstance(condition, AllOf) else AnyOf(parts)


def _comparison(comparison: Comparison, path: Path) -> Predicate:
    value_of = path.value_of
    if any(literal.kind == "null" for literal in comparison.values):
        return _null_test(comparison, path)
    convert, test = _test(comparison, path)
    negated, with_null = comparison.negated, null_meets_comparison()

    def compares(record: Record) -> bool:
        value = value_of(record)
        converted = None if value is None else convert(value)
        return with_null if converted is None else test(converted) != negated

    return compares


def _null_test(comparison: Comparison, path: Path) -> Predicate:
    if comparison.operator not in ("=", "!="):
        raise ConditionsError(f"null is only tested with = and !=, not with {comparison.operator}")
    wanted = comparison.operator == "="
    return lambda record: (path.value_of(record) is None) == wanted


def _test(comparison: Comparison, path: Path) -> tuple[_Convert, _Test]:
    literals = comparison.values
    kinds = {literal.kind for literal in literals}
    taken = _LITERALS_OF_KIND.get(path.kind, ())
    if len(kinds) != 1 or not kinds.issubset(taken):
        raise ConditionsError(f"{comparison.path!r} is of type {path.kind}; it is not compared with {_named(literals)}")
    kind = kinds.pop()
    if comparison.operator in ("like", "contains"):
        if kind != "string":
            raise ConditionsError(f"{comparison.operator} needs a text in quotes")
        return _text_of, _pattern_test(comparison.operator, str(literals[0].value))
    operands = [_operand(literal) for literal in literals]
    if comparison.operator == "in":
        return _convert_of(kind), frozenset(operands).__contains__
    if kind == "boolean" and comparison.operator not in ("=", "!="):
        raise ConditionsError(f"a boolean is only compared with = and !=, not with {comparison.operator}")
    compare, operand = _ORDERINGS[comparison.operator], operands[0]
    return _convert_of(kind), lambda value: compare(value, operand)


def _named(literals: tuple[Literal, ...]) -> str:
    return ", ".join(f"{literal.kind} {literal.value}" for literal in literals)


def _operand(literal: Literal) -> Any:
    if literal.kind == "moment":
        moment = moment_of(literal.value)
        if moment is None:
            raise ConditionsError(f"[{literal.value}] is no date-time")
        return moment
    return comparable_text(literal.value) if isinstance(literal.value, str) else literal.value


def _convert_of(kind: str) -> _Convert:
    return {"moment": moment_of, "number": _number_of, "boolean": _boolean_of}.get(kind, _text_of)


def _number_of(value: Any) -> Decimal | int | None:
    return value if isinstance(value, Decimal | int) else None


def _boolean_of(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text_of(value: Any) -> str | None:
    return comparable_text(value) if isinstance(value, str) else None


def _pattern_test(operator: str, operand: str) -> _Test:
    wanted = comparable_text(operand)
    if operator == "contains":
        return lambda value: wanted in value
    pattern = re.compile(_pattern_of(wanted), re.DOTALL)
    return lambda value: pattern.fullmatch(value) is not None


def _pattern_of(text: str) -> str:
    """``*`` is any text; ``[[]`` is a literal bracket, as in SQL's LIKE."""
    return "".join({"*": ".*", "[[]": r"\["}.get(part, re.escape(part)) for part in re.split(r"(\*|\[\[\])", text))
