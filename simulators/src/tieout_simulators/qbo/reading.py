"""Reading one sent entity: known members only, numbers exact, texts within their limits and character set."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals, schema
from tieout_simulators.qbo.assumptions import QUOTED_NUMBERS_ARE_READ
from tieout_simulators.qbo.dates import parse_day
from tieout_simulators.qbo.field_limits import ADDRESS_LINES_TOGETHER, LIMITS

MAX_AMOUNT = Decimal("9999999999.99999")
_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,.]+(\s*,\s*[^@\s,]+@[^@\s,]+\.[^@\s,.]+)*")


def read_entity(kind: str, body: Any, *, latin_only: bool) -> JsonObject:
    """A checked copy of a sent entity. Empty texts stay as ``None``: they clear a field.

    Raises ``RefusedError``: 2010 unknown member, 2040 characters, 2050 length, 2060 date, 2090 number, 2210 e-mail.
    """
    if not isinstance(body, dict):
        raise refusals.unsupported_property(f"{kind} must be an object")
    read = _object(kind, body)
    _check_texts(kind, "", read, latin_only=latin_only)
    return read


def _object(kind: str, body: Mapping[str, Any]) -> JsonObject:
    known = schema.PROPERTIES[kind]
    for name in body:
        if name not in known:
            listed = ", ".join(f'"{each}"' for each in sorted(known))
            raise refusals.unsupported_property(
                f'Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{kind}), '
                f"not marked as ignorable ({len(known)} known properties: {listed}])\n"
            )
    return {name: _value(name, value) for name, value in body.items()}


def _value(name: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if name in schema.LISTS:
        return _list(name, value)
    nested = schema.type_of(name)
    if nested is not None:
        return _nested(name, nested, value)
    read = next((read for names, read in _READERS if name in names), _plain)
    return read(name, value)


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refusals.unsupported_property(f"{name} must be a list")
    nested = schema.NESTED.get(name)
    return [_nested(name, nested, each) for each in value] if nested else value


def _plain(name: str, value: Any) -> Any:
    """A text; a bare number stands for its digits."""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _nested(name: str, kind: str, value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise refusals.unsupported_property(f"{name} must be an object")
    return {each: read for each, read in _object(kind, value).items() if read is not None}


def _number(name: str, value: Any) -> Decimal:
    readable = (int, Decimal, str) if QUOTED_NUMBERS_ARE_READ else (int, Decimal)
    if isinstance(value, bool) or not isinstance(value, readable):
        raise refusals.invalid_number(name, value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise refusals.invalid_number(name, value) from None
    if not number.is_finite():
        raise refusals.invalid_number(name, value)
    if abs(number) > MAX_AMOUNT:
        raise refusals.invalid_amount(name, number)
    return number


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise refusals.unsupported_property(f"{name} must be a boolean")
    return value


def _day(name: str, value: Any) -> str:
    try:
        return parse_day(value).isoformat()
    except ValueError:
        raise refusals.invalid_date(name, value) from None


_READERS: tuple[tuple[frozenset[str], Callable[[str, Any], Any]], ...] = (
    (schema.NUMBERS, _number),
    (schema.FLAGS, _flag),
    (schema.DAYS, _day),
)


def _check_texts(kind: str, path: str, value: Any, *, latin_only: bool) -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            _check_texts(kind, f"{path}.{name}" if path else name, each, latin_only=latin_only)
        _check_address(path, value)
    elif isinstance(value, list):
        for each in value:
            _check_texts(kind, path, each, latin_only=latin_only)
    elif isinstance(value, str):
        _check_text(kind, path, value, latin_only=latin_only)


def _check_text(kind: str, path: str, text: str, *, latin_only: bool) -> None:
    name = path.rpartition(".")[2]
    if latin_only and not text.isascii() and any(ord(character) > 0xFF for character in text):
        raise refusals.unencodable(name)
    limit = LIMITS[kind].get(path)
    if limit is not None and len(text) > limit:
        raise refusals.wrong_length(name, limit, len(text))
    if name == "Address" and _EMAIL.fullmatch(text.strip()) is None:
        raise refusals.invalid_email(text)


def _check_address(path: str, value: Mapping[str, Any]) -> None:
    if path in ("BillAddr", "ShipAddr", "ShipFromAddr"):
        together = sum(len(str(value.get(f"Line{number}", ""))) for number in range(1, 6))
        if together > ADDRESS_LINES_TOGETHER:
            raise refusals.wrong_length(path, ADDRESS_LINES_TOGETHER, together)
