"""The ``where`` language: comparisons joined by ``AND`` and ``OR``, AND binding closer.

``Type=="ACCREC" AND InvoiceNumber=="INV-1"``, ``Contact.ContactID==guid("…")``, ``Date>=DateTime(2026,1,31)``.
The rest of Xero's language (methods, brackets) is refused with a clear text.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

_CONDITION = re.compile(
    r"""\s*(?P<path>[A-Za-z_][A-Za-z0-9_.]*)\s*(?P<operator>==|!=|>=|<=|>|<|=)\s*
    (?: "(?P<text>(?:[^"\\]|\\.)*)"
      | guid\(\s*"(?P<guid>[0-9A-Fa-f-]{36})"\s*\)
      | datetime\(\s*(?P<year>\d{4})\s*,\s*(?P<month>\d{1,2})\s*,\s*(?P<day>\d{1,2})\s*\)
      | (?P<flag>true|false)
      | (?P<number>-?\d+(?:\.\d+)?)
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_JOINED = re.compile(r"AND\b|OR\b|&&|\|\|", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "=": operator.eq, "!=": operator.ne,
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
MAX_CONDITIONS = 100


class QueryError(ValueError):
    """A query parameter that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a field with a constant."""

    path: str
    operator: str
    value: Any

    @property
    def is_equality(self) -> bool:
        return self.operator in ("==", "=")

    def holds(self, value: Any) -> bool:
        """Compare; texts without regard to case. A field that is absent or of another kind differs."""
        if isinstance(value, str) and isinstance(self.value, str):
            return _OPERATORS[self.operator](value.casefold(), self.value.casefold())
        constant = self.value
        if isinstance(value, datetime) and isinstance(constant, date):
            constant = datetime(constant.year, constant.month, constant.day, tzinfo=UTC)
        try:
            return _OPERATORS[self.operator](value, constant)
        except TypeError:
            return False


@dataclass(frozen=True, slots=True)
class Filter:
    """Groups of conditions: a record passes that meets all of any one group. Without groups every record passes."""

    groups: tuple[tuple[Condition, ...], ...] = ()

    def passes(self, value_of: Callable[[str], Any]) -> bool:
        """``value_of`` gives the record's value by path, None when it has none."""
        return not self.groups or any(
            all(condition.holds(value_of(condition.path)) for condition in group) for group in self.groups
        )

    def equal_to(self, path: str) -> str | None:
        """The text a field must equal whatever else holds: lets an index answer."""
        if len(self.groups) == 1:
            for condition in self.groups[0]:
                if condition.path == path and condition.is_equality and isinstance(condition.value, str):
                    return condition.value
        return None


def parse_where(text: str) -> Filter:
    """Parse a filter. Raises ``QueryError`` at the first place that is not understood."""
    groups: list[list[Condition]] = [[]]
    position = count = 0
    while True:
        match = _CONDITION.match(text, position)
        count += 1
        if match is None or count > MAX_CONDITIONS:
            msg = f"the filter is not understood at character {position}: {text[position : position + 40]!r}"
            raise QueryError(msg)
        groups[-1].append(Condition(match["path"], match["operator"], _constant(match)))
        position = match.end()
        if position == len(text):
            return Filter(tuple(tuple(group) for group in groups))
        joined = _JOINED.match(text, position)
        if joined is None:
            msg = f"AND or OR is expected here: {text[position : position + 40]!r}"
            raise QueryError(msg)
        if joined[0].upper() in ("OR", "||"):
            groups.append([])
        position = joined.end()


def _constant(match: re.Match[str]) -> Any:
    if match["text"] is not None:
        return re.sub(r"\\(.)", r"\1", match["text"])
    if match["guid"] is not None:
        return match["guid"].lower()
    if match["year"] is not None:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    if match["flag"] is not None:
        return match["flag"].lower() == "true"
    return Decimal(match["number"])
