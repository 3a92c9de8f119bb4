"""Reading the fields of one request element; what is wrong is added to the element's list of problems."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from tieout_simulators.xero import messages
from tieout_simulators.xero.dates import parse_day

Element = dict[str, Any]
MAX_PLACES = 4


class _ExponentDecimal(Decimal):
    """A number that was written with an exponent."""


def _plain_decimal(text: str) -> Decimal:
    return _ExponentDecimal(text) if "e" in text or "E" in text else Decimal(text)


def _refuse_constant(text: str) -> NoReturn:
    msg = f"Unexpected character encountered while parsing value: {text}"
    raise ValueError(msg)


def parse_body(body: bytes) -> Any:
    """Parse a request, remembering which numbers had an exponent. Raises ``ValueError``; NaN and Infinity too."""
    return json.loads(body, parse_float=_plain_decimal, parse_constant=_refuse_constant)


def text(element: Element, name: str, problems: list[str], limit: int | None = None) -> str | None:
    """A text field; None when absent or null. Numbers are taken as their digits, as Xero's reader does."""
    value = element.get(name)
    if value is None:
        return None
    if isinstance(value, dict | list | bool):
        problems.append(messages.not_convertible(name, value))
        return None
    written = value if isinstance(value, str) else str(value)
    if limit is not None and len(written) > limit:
        problems.append(messages.too_long(name, limit))
    return written


def flag(element: Element, name: str, problems: list[str]) -> bool | None:
    """A boolean field, also as the text ``true`` or ``false``."""
    value = element.get(name)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value is None or isinstance(value, bool):
        return value
    problems.append(messages.not_convertible(name, value))
    return None


def day(element: Element, name: str, problems: list[str]) -> date | None:
    """A date field; an empty text counts as absent."""
    value = element.get(name)
    if value is None or value == "":
        return None
    try:
        return parse_day(value)
    except ValueError:
        problems.append(messages.not_convertible(name, value))
        return None


def number(element: Element, name: str, problems: list[str], places: int = MAX_PLACES) -> Decimal | None:
    """A number, bare or quoted, with at most so many decimals."""
    value = element.get(name)
    if value is None:
        return None
    parsed = _as_decimal(value)
    if parsed is None:
        problems.append(messages.not_convertible(name, value))
        return None
    if _imprecise(parsed, places):
        problems.extend(messages.IMPRECISE_NUMBER)
        return None
    return parsed


def _as_decimal(value: Any) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        try:
            parsed = _plain_decimal(value.strip())
        except InvalidOperation:
            return None
        return parsed if parsed.is_finite() else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _imprecise(value: Decimal, places: int) -> bool:
    """Unconfirmed: which long or exponent-written numbers trip Xero's reader is not known (Xero-Java #353), so every
    exponent and every place beyond the allowed ones is refused; trailing zeros count."""
    exponent = value.as_tuple().exponent
    return isinstance(value, _ExponentDecimal) or (isinstance(exponent, int) and -exponent > places)
