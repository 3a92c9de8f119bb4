"""Amounts are `Decimal` with a currency, in that currency's minor unit, from wire to wire.

JSON carries them as plain decimal strings; a JSON number or a float is refused, because a float has already
lost the cent that we must keep.
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, StringConstraints, WithJsonSchema

MAX_ABSOLUTE_AMOUNT = Decimal("9999999999999.9999999999")


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, str, int)):
        raise ValueError("an amount must be a decimal string")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError("an amount must be a decimal string") from None
    if not amount.is_finite():
        raise ValueError("an amount must be finite")
    if abs(amount) > MAX_ABSOLUTE_AMOUNT:
        raise ValueError("an amount must be below ten trillion")
    return amount


def plain(amount: Decimal) -> str:
    """`amount` as plain digits: no exponent, no negative zero."""
    text = format(amount, "f")
    return text.removeprefix("-") if amount.is_zero() else text


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(plain, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
]
"""A sum of money, a price, a quantity or a rate: exact, finite, a string in JSON."""

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 alphabetic code."""

# ISO 4217: the currencies whose minor unit is not a hundredth.
_MINOR_UNITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def minor_unit_places(currency: str) -> int:
    """How many decimals `currency` has (ISO 4217)."""
    return _MINOR_UNITS.get(currency, 2)


def round_half_away(amount: Decimal, places: int) -> Decimal:
    """`amount` at `places` decimals; an exact half moves away from zero, so that a credit mirrors its invoice."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
