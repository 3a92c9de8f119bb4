"""What the arithmetic of all ledgers has in common: amounts of two decimals, and how they are rounded.

That an exact half moves away from zero is not documented for any of them; it is assumed here, in `ledger_amount` and
`at_places`, and nowhere else.
"""

from decimal import Decimal

from tieout_contracts.money import round_half_away

AMOUNT_PLACES = 2
MINOR_UNIT = Decimal("0.01")
HALF_A_MINOR_UNIT = Decimal("0.005")
NOTHING = Decimal("0.00")


def ledger_amount(amount: Decimal) -> Decimal:
    return round_half_away(amount, AMOUNT_PLACES)


def at_places(number: Decimal, places: int) -> Decimal:
    """A quantity or a price at the places that a ledger keeps of it."""
    return round_half_away(number, places)


def exact_tax(amount: Decimal, percent: Decimal) -> Decimal:
    """The tax of `amount` at `percent`, before any rounding."""
    return amount * percent.scaleb(-2)
