"""QuickBooks' arithmetic, written a second time and on its own: exact decimals, half up to 2 places."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from tieout_simulators.qbo.assumptions import ROUNDING, share_that_takes_the_rest

ZERO = Decimal(0)
CENT = Decimal("0.01")
SEVENTH_PLACE = Decimal("0.0000001")
HUNDRED = Decimal(100)


def cents(value: Decimal) -> Decimal:
    """Rounded half up to 2 places (reference 1.1)."""
    return value.quantize(CENT, ROUNDING)


def seven_places(value: Decimal) -> Decimal:
    """Quantities and prices keep 7 decimals; further ones are dropped, not rounded (reference 1.1)."""
    return value.quantize(SEVENTH_PLACE, ROUND_DOWN)


def line_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """What a line of this quantity and price must say, else error 6070."""
    return cents(seven_places(quantity) * seven_places(unit_price))


def shares(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """A 2-place total prorated by weight, adding up to it exactly."""
    whole = sum(weights, ZERO)
    parts = [cents(total * weight / whole) if whole else ZERO for weight in weights]
    if parts:
        parts[share_that_takes_the_rest(len(parts))] += total - sum(parts, ZERO)
    return parts


def printed_amount(value: Decimal) -> Decimal | int:
    """An amount as QuickBooks writes it: ``0``, ``100.0``, ``26.82``."""
    if not value:
        return 0
    plain = cents(value)
    tenths = plain.quantize(Decimal("0.1"))
    return tenths if tenths == plain else plain


def printed_number(value: Decimal) -> Decimal | int:
    """A quantity, price or rate as QuickBooks writes it: ``75``, ``4.5``."""
    whole = value.to_integral_value()
    if whole == value:
        return int(whole)
    return Decimal(f"{value:f}".rstrip("0"))
