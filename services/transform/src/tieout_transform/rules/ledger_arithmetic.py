"""The ledger's own arithmetic, as a prediction.

Xero: `LineAmount = Quantity × UnitAmount`, always at two decimals, with quantities and (`unitdp=4`) prices at four;
tax is computed for each line, rounded to two decimals and then summed.
https://central.xero.com/s/article/Rounding-in-Xero ; https://developer.xero.com/documentation/api/accounting/invoices

That an exact half moves away from zero is not documented; it is assumed here, in `round_half_away`, and nowhere else.
"""

from decimal import Decimal

from tieout_contracts.money import round_half_away

AMOUNT_PLACES = 2
PRICE_PLACES = 4
QUANTITY_PLACES = 4

MINOR_UNIT = Decimal("0.01")
HALF_A_MINOR_UNIT = Decimal("0.005")

MAX_LINE_AMOUNT = Decimal("9999999999.99")
MAX_QUANTITY = Decimal("99999999.9999")
"""A quantity may have 13 characters."""


def ledger_amount(amount: Decimal) -> Decimal:
    return round_half_away(amount, AMOUNT_PLACES)


def ledger_quantity(quantity: Decimal) -> Decimal:
    return round_half_away(quantity, QUANTITY_PLACES)


def ledger_price(price: Decimal) -> Decimal:
    return round_half_away(price, PRICE_PLACES)


def line_amount(quantity: Decimal, price: Decimal) -> Decimal:
    """What the ledger makes of a line; both factors are first rounded to the places that it keeps."""
    return ledger_amount(ledger_quantity(quantity) * ledger_price(price))


def exact_tax(amount: Decimal, rate: Decimal) -> Decimal:
    """The tax of `amount` at `rate` per cent, before any rounding."""
    return amount * rate.scaleb(-2)


def line_tax(amount: Decimal, rate: Decimal) -> Decimal:
    """What the ledger makes of a line's tax."""
    return ledger_amount(exact_tax(amount, rate))
