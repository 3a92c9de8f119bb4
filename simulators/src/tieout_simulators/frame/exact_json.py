"""JSON with exact decimals: a number stays the decimal it was written as, in both directions.

The standard encoder has no way to write a ``Decimal`` as a bare number. Each one is therefore written as a string
between two marks that no input can contain (random for each process), and the marks are taken out afterwards; both
steps run at C speed.
"""

import json
import secrets
from decimal import Decimal
from typing import Any, NoReturn

_MARK = f"#{secrets.token_hex(12)}#"
_OPENING = f'"{_MARK}'
_CLOSING = f'{_MARK}"'


def _refuse_constant(text: str) -> NoReturn:
    msg = f"{text} is not a JSON number"
    raise ValueError(msg)


def loads(text: str | bytes) -> Any:
    """Parse JSON; fractions become ``Decimal``, integers ``int``.

    Raises ``ValueError`` for malformed text and for NaN and Infinity, which are not JSON.
    """
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


def _marked(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_MARK}{value:f}{_MARK}"
    msg = f"{value!r} is no JSON value"
    raise TypeError(msg)


def dumps(value: Any, *, indent: int | None = None) -> bytes:
    """Write UTF-8 JSON with decimals as plain numbers, never with an exponent. A float is refused by nothing, so
    give it none: money is ``Decimal``."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, default=_marked, ensure_ascii=False, allow_nan=False, separators=separators, indent=indent)
    return text.replace(_OPENING, "").replace(_CLOSING, "").encode()
