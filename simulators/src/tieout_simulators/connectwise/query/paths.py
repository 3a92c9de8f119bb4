"""Following a field path such as ``company/identifier`` through ConnectWise's models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tieout_simulators.connectwise.models import MODELS, Model, field_named
from tieout_simulators.connectwise.query.tokens import ConditionsError
from tieout_simulators.connectwise.records import Record, printed

Getter = Callable[[Record], Any]


@dataclass(frozen=True, slots=True)
class Path:
    """A resolved path: its canonical segments, the kind of its field and how to read it."""

    segments: tuple[str, ...]
    kind: str
    value_of: Getter


def resolved(path: str, model: Model) -> Path:
    """Raises ``ConditionsError`` for a field that the model lacks, or one inside a list (``childConditions``).

    Every object answers to ``lastUpdated``, whether it has such a field or not.
    """
    names = path.split("/")
    if names[-1].lower() == "lastupdated" and (len(names) == 1 or names[0].lower() == "_info"):
        return Path(("_info", "lastUpdated"), "date-time", lambda record: printed(record.last_updated))
    segments: list[str] = []
    kind = "object"
    here: Model | None = model
    for name in names:
        if here is None:
            segments.append(name)
            kind = "object"
            continue
        field = field_named(here, name)
        if field is None:
            raise ConditionsError(f"there is no field {path!r} to filter or sort by")
        segments.append(field)
        kind = here[field]
        if kind.endswith("[]"):
            raise ConditionsError(f"{path!r} is inside a list: use childConditions")
        here = MODELS.get(kind)
        if here is None and kind != "object" and name is not names[-1]:
            raise ConditionsError(f"{field!r} has no fields of its own in {path!r}")
    return Path(tuple(segments), kind, _getter(tuple(segments)))


def _getter(segments: tuple[str, ...]) -> Getter:
    if len(segments) == 1:
        only = segments[0]
        return lambda record: record.fields.get(only)

    def deep(record: Record) -> Any:
        value: Any = record.fields
        for segment in segments:
            value = value.get(segment) if isinstance(value, dict) else None
        return value

    return deep
