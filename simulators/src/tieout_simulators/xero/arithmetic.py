"""Xero's arithmetic: what a line, its tax and a document come to. https://developer.xero.com rounding-in-xero

Amounts and totals carry 2 decimals, unit amounts 2 or 4 (``unitdp``), quantities 4. Tax is computed for each line,
rounded to 2 decimals, then summed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

ZERO = Decimal("0.00")
MONEY_PLACES = 2
QUANTITY_PLACES = 4
_HUNDRED = Decimal(100)
_CONTEXT = Context(prec=64, rounding=ROUND_HALF_UP)
_QUANTA = [Decimal(1).scaleb(-places) for places in range(7)]


def rounded(value: Decimal, places: int = MONEY_PLACES) -> Decimal:
    """Round to so many places. Unconfirmed: exact halves go away from zero."""
    return _CONTEXT.quantize(value, _QUANTA[places])


def product(quantity: Decimal, unit_amount: Decimal) -> Decimal:
    """Quantity times unit amount, not rounded."""
    return _CONTEXT.multiply(quantity, unit_amount)


def less_discount(gross: Decimal, rate: Decimal | None, amount: Decimal | None) -> Decimal:
    """``gross × (100 − rate) / 100`` or ``gross − amount``, not rounded; the rate wins when both are given."""
    if rate is not None:
        return _CONTEXT.divide(_CONTEXT.multiply(gross, _HUNDRED - rate), _HUNDRED)
    return gross if amount is None else _CONTEXT.subtract(gross, amount)


def quotient(amount: Decimal, divisor: Decimal, places: int) -> Decimal:
    """The missing unit amount or quantity of a line, rounded."""
    return rounded(_CONTEXT.divide(amount, divisor), places)


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """One part of a tax rate; a compound one is charged on the line and on all simple parts."""

    rate: Decimal
    is_compound: bool


def effective_rate(components: Iterable[TaxComponent]) -> Decimal:
    """The percentage that all components make together, exact."""
    parts = list(components)
    simple = sum((part.rate for part in parts if not part.is_compound), Decimal(0))
    total = simple
    for part in parts:
        if part.is_compound:
            total += _CONTEXT.divide(_CONTEXT.multiply(part.rate, _HUNDRED + simple), _HUNDRED)
    return total


def line_tax(line_amount: Decimal, rate: Decimal, line_amount_types: str) -> Decimal:
    """The tax of one line at an effective percentage, rounded once.

    Unconfirmed: several components are not rounded one by one.
    """
    if line_amount_types == "NoTax" or not rate:
        return ZERO
    base = _CONTEXT.multiply(line_amount, rate)
    return rounded(_CONTEXT.divide(base, _HUNDRED + rate if line_amount_types == "Inclusive" else _HUNDRED))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to."""

    sub_total: Decimal
    total_tax: Decimal
    total: Decimal


def totals(lines: Iterable[tuple[Decimal, Decimal]], line_amount_types: str) -> Totals:
    """Add up ``(LineAmount, TaxAmount)`` pairs; inclusive lines hold their tax already."""
    pairs = list(lines)
    amounts = sum((amount for amount, _ in pairs), ZERO)
    tax = sum((tax for _, tax in pairs), ZERO)
    if line_amount_types == "Inclusive":
        return Totals(amounts - tax, tax, amounts)
    return Totals(amounts, tax, amounts + tax)
