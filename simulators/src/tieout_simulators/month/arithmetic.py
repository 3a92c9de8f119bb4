"""ConnectWise's money arithmetic: exact decimals, halves rounded away from zero.

ConnectWise extends a line by quantity times the full price and rounds once, to cents; it taxes the taxable part of the
whole document and rounds once per tax level. A ledger that taxes line by line comes out cents away from this, which is
what the generated month is for.
"""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
FINEST_PRICE = Decimal("0.0000001")
FINEST_QUANTITY = Decimal("0.0001")


def to_cents(amount: Decimal) -> Decimal:
    """The amount in whole cents; a half goes away from zero, so that a credit mirrors its invoice."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def extend(quantity: Decimal, price: Decimal) -> Decimal:
    """A line's amount in cents."""
    return to_cents(quantity * price)


def tax_on(base: Decimal, percent: Decimal) -> Decimal:
    """One tax level on the taxable part of a document, in cents."""
    return to_cents(base * percent / 100)


def full_price(price: Decimal) -> Decimal:
    """A price at ConnectWise's full precision (7 places), without trailing zeros."""
    return trimmed(price.quantize(FINEST_PRICE, ROUND_HALF_UP))


def full_quantity(quantity: Decimal) -> Decimal:
    """A quantity at ConnectWise's precision (4 places), without trailing zeros."""
    return trimmed(quantity.quantize(FINEST_QUANTITY, ROUND_HALF_UP))


def trimmed(number: Decimal) -> Decimal:
    """The same number without trailing zeros behind the point, and never with an exponent."""
    short = number.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short


def signed(sign: int, amount: Decimal) -> Decimal:
    """The amount, or its opposite for a sign of -1; zero stays a plain zero."""
    return amount if sign > 0 else -amount
