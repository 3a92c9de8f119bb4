"""Which fields ConnectWise's models have (``models.json``): what may be loaded, asked for and served.

A field's kind is ``integer number string boolean date-time``, the name of another model, one of these with ``[]``
for a list, or ``object`` for anything.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from typing import Any, TypeGuard

JsonObject = dict[str, Any]
Model = dict[str, str]

MODELS: dict[str, Model] = json.loads(
    resources.files("tieout_simulators.connectwise").joinpath("models.json").read_text("utf-8")
)
_LIST = "[]"


def field_named(model: Model, name: str) -> str | None:
    """The model's own spelling of ``name``, whatever its case; None when it has no such field."""
    if name in model:
        return name
    return next((field for field in model if field.lower() == name.lower()), None)


def without_nulls(value: Any) -> Any:
    """A deep copy without the fields that are null, as ConnectWise leaves them out of its answers."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def misfits(value: Any, model_name: str, place: str, tolerate_unknown: bool = False) -> Iterator[str]:
    """Where ``value`` is no record of that model, as sentences. Nulls must be gone (``without_nulls``)."""
    if not isinstance(value, dict):
        yield f"{place} must be a JSON object of {model_name}"
        return
    model = MODELS[model_name]
    for name, each in value.items():
        kind = model.get(name)
        if kind is None:
            if not tolerate_unknown:
                yield f"{place}.{name}: ConnectWise's {model_name} has no such field"
        else:
            yield from _misfits_of_kind(each, kind, f"{place}.{name}", tolerate_unknown)


def _misfits_of_kind(value: Any, kind: str, place: str, tolerate_unknown: bool) -> Iterator[str]:
    if kind.endswith(_LIST):
        if not isinstance(value, list):
            yield f"{place} must be a list"
            return
        for position, each in enumerate(value):
            yield from _misfits_of_kind(each, kind[: -len(_LIST)], f"{place}[{position}]", tolerate_unknown)
    elif kind in MODELS:
        yield from misfits(value, kind, place, tolerate_unknown)
    elif not _is_of_plain_kind(value, kind):
        yield f"{place}: {value!r} is no {kind}"


def _is_of_plain_kind(value: Any, kind: str) -> bool:
    match kind:
        case "integer":
            return is_integer(value)
        case "number":
            return isinstance(value, Decimal) or is_integer(value)
        case "boolean":
            return isinstance(value, bool)
        case "string" | "date-time":
            return isinstance(value, str)
        case _:
            return not isinstance(value, float)


def is_integer(value: Any) -> TypeGuard[int]:
    """Whether it is an int and not one of Python's booleans."""
    return isinstance(value, int) and not isinstance(value, bool)
