"""JSON with exact numbers, both ways.

Decimals are written as bare plain text (never an exponent: ledgers have misread `5e-05`) and read back as Decimals.
A float is refused: it has already lost what it was. Text is UTF-8.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring  # in C, and keeps UTF-8 as it is
from typing import Any, NoReturn

MAX_NUMBER_DIGITS = 40
MAX_DEPTH = 40


class NotExactJson(ValueError):
    """The bytes are no JSON, or hold a number that cannot be kept exactly."""


def dumps(value: Any) -> bytes:
    """Write mappings, sequences, str, int, bool, None, Decimal and date. Raises TypeError or ValueError otherwise."""
    parts: list[str] = []
    _write(value, parts, MAX_DEPTH)
    return "".join(parts).encode()


def loads(text: bytes | str) -> Any:
    """Read JSON: numbers with a point or exponent become Decimals, whole numbers ints. Raises NotExactJson."""
    try:
        return _DECODER.decode(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise NotExactJson(f"not exact JSON: {type(error).__name__}") from error


def plain(number: Decimal) -> str:
    """A Decimal as plain text with all its places. Raises ValueError for NaN, infinities and absurd sizes."""
    if not number.is_finite():
        raise ValueError("a number must be finite")
    if len(number.as_tuple().digits) > MAX_NUMBER_DIGITS or abs(number.adjusted()) > MAX_NUMBER_DIGITS:
        raise ValueError(f"a number must not need more than {MAX_NUMBER_DIGITS} digits")
    return format(number, "f") if number else format(abs(number), "f")


def _write(value: Any, parts: list[str], depth: int) -> None:
    kind = type(value)
    if kind is str:
        parts.append(encode_basestring(value))
    elif kind is Decimal:
        parts.append(plain(value))
    elif kind is dict:
        _write_mapping(value, parts, depth)
    elif kind is list or kind is tuple:
        _write_sequence(value, parts, depth)
    else:
        _write_rarer(value, parts, depth)


def _write_rarer(value: Any, parts: list[str], depth: int) -> None:
    if value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(plain(Decimal(value)))
    elif isinstance(value, str):
        parts.append(encode_basestring(str(value)))
    elif isinstance(value, Decimal):
        parts.append(plain(value))
    elif isinstance(value, date) and not isinstance(value, datetime):
        parts.append(f'"{value.isoformat()}"')
    elif isinstance(value, Mapping):
        _write_mapping(value, parts, depth)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        _write_sequence(value, parts, depth)
    else:
        raise TypeError(f"{type(value).__name__} has no exact JSON form")


def _write_mapping(value: Mapping[str, Any], parts: list[str], depth: int) -> None:
    if depth == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    separator = "{"
    for key, member in value.items():
        if not isinstance(key, str):
            raise TypeError("a JSON name must be text")
        parts.append(f"{separator}{encode_basestring(key)}:")
        _write(member, parts, depth - 1)
        separator = ","
    parts.append("}" if value else "{}")


def _write_sequence(value: Sequence[Any], parts: list[str], depth: int) -> None:
    if depth == 0:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    separator = "["
    for member in value:
        parts.append(separator)
        _write(member, parts, depth - 1)
        separator = ","
    parts.append("]" if value else "[]")


def _bounded_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number and abs(number.adjusted()) > MAX_NUMBER_DIGITS:
        raise ValueError("a number is out of any sensible range")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_float=_bounded_decimal, parse_constant=_no_constant)
