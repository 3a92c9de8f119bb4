"""ConnectWise's `conditions` language, built so that a value can never end its own quotation.

`where("locationId").one_of([1, 2]) & where("lastUpdated").at_least(moment)` gives
`locationId in (1,2) and lastUpdated >= [2026-01-31T00:00:00Z]`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.errors import Unsendable

FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
MAX_URL_CHARS = 2000  # the developer guide recommends to stay below
UNQUOTED_IN_QUERY = "(),/"

Value = str | int | bool | datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """A finished condition; `&` and `|` join two."""

    text: str
    joined_by: str = ""

    def __str__(self) -> str:
        return self.text

    def __and__(self, other: "Condition") -> "Condition":
        return _joined("and", self, other)

    def __or__(self, other: "Condition") -> "Condition":
        return _joined("or", self, other)


def where(field: str) -> "Field":
    """A field of the record, `company/identifier` for one of a reference. Raises Unsendable for anything else."""
    if not FIELD.fullmatch(field):
        raise Unsendable(CONNECTWISE, "condition_bad", f"{field!r} is no field of a ConnectWise record.")
    return Field(field)


@dataclass(frozen=True, slots=True)
class Field:
    """The left side of a comparison; made by `where`."""

    field: str

    def equals(self, value: Value) -> Condition:
        """The field is exactly this (text compares without case on ConnectWise's side)."""
        return self._compare("=", value)

    def differs(self, value: Value) -> Condition:
        """The field is not this."""
        return self._compare("!=", value)

    def less_than(self, value: Value) -> Condition:
        """The field is below."""
        return self._compare("<", value)

    def at_most(self, value: Value) -> Condition:
        """The field is this or below."""
        return self._compare("<=", value)

    def more_than(self, value: Value) -> Condition:
        """The field is above."""
        return self._compare(">", value)

    def at_least(self, value: Value) -> Condition:
        """The field is this or above."""
        return self._compare(">=", value)

    def contains(self, text: str) -> Condition:
        """The field holds this text anywhere."""
        return Condition(f"{self.field} contains {quoted(escaped_wildcards(text))}")

    def is_null(self) -> Condition:
        """The field has no value."""
        return Condition(f"{self.field}=null")

    def is_set(self) -> Condition:
        """The field has a value."""
        return Condition(f"{self.field}!=null")

    def one_of(self, values: Iterable[int]) -> Condition:
        """The field is one of these numbers. Raises Unsendable for none: ConnectWise would refuse `in ()`."""
        listed = ",".join(literal(value) for value in values)
        if not listed:
            raise Unsendable(CONNECTWISE, "condition_bad", "A list of values to look for must not be empty.")
        return Condition(f"{self.field} in ({listed})")

    def _compare(self, operator: str, value: Value) -> Condition:
        return Condition(f"{self.field}{operator}{literal(value)}")


def literal(value: Value) -> str:
    """A value as the language writes it. Raises Unsendable for text that cannot be quoted safely."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, datetime):
        return f"[{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}]"
    return quoted(value)


def quoted(text: str) -> str:
    """Text in whichever quotation marks it does not contain: no escape inside quotes is documented."""
    if not text.isprintable():
        raise Unsendable(CONNECTWISE, "condition_bad", "A value to look for must not contain control characters.")
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise Unsendable(CONNECTWISE, "condition_bad", "A value to look for must not contain both ' and \".")


def escaped_wildcards(text: str) -> str:
    """A literal `[x]` as the guide writes it for pattern matching: `[[]x]`. Unconfirmed: that `=` needs it as well."""
    return text.replace("[", "[[]")


def query(parameters: Iterable[tuple[str, str]]) -> str:
    """A query string, percent-encoded but for what a list of ids needs most."""
    return "&".join(f"{name}={quote(value, safe=UNQUOTED_IN_QUERY)}" for name, value in parameters)


def chunks_that_fit(values: Sequence[int], url_chars_with: Callable[[Sequence[int]], int]) -> Iterator[Sequence[int]]:
    """Cut `values` so that each piece's whole address stays within MAX_URL_CHARS (at least one value a piece)."""
    rest = list(dict.fromkeys(values))
    while rest:
        fitting = _most_that_fit(rest, url_chars_with)
        yield rest[:fitting]
        rest = rest[fitting:]


def _most_that_fit(values: Sequence[int], url_chars_with: Callable[[Sequence[int]], int]) -> int:
    low, high = 1, len(values)
    while low < high:
        middle = (low + high + 1) // 2
        if url_chars_with(values[:middle]) <= MAX_URL_CHARS:
            low = middle
        else:
            high = middle - 1
    return low


def _joined(word: str, left: Condition, right: Condition) -> Condition:
    parts = [part.text if part.joined_by in ("", word) else f"({part.text})" for part in (left, right)]
    return Condition(f" {word} ".join(parts), joined_by=word)
