"""Day rates for documents that name none. Xero takes XE.com's; here they are fixed, so that a run can be repeated."""

from decimal import Decimal

from tieout_simulators.xero.arithmetic import quotient

RATE_PLACES = 6
_US_DOLLARS = {
    "USD": Decimal("1"), "AUD": Decimal("0.6604"), "NZD": Decimal("0.5987"), "GBP": Decimal("1.2706"),
    "EUR": Decimal("1.0847"), "CAD": Decimal("0.7352"), "SGD": Decimal("0.7421"), "ZAR": Decimal("0.0536"),
    "HKD": Decimal("0.1280"), "JPY": Decimal("0.0067"), "INR": Decimal("0.0120"), "CHF": Decimal("1.1219"),
}  # fmt: skip


def day_rate(base: str, currency: str) -> Decimal:
    """Units of ``currency`` for one unit of the base currency, 6 decimals; 1 for pairs that are not listed."""
    if base == currency or base not in _US_DOLLARS or currency not in _US_DOLLARS:
        return Decimal("1.000000")
    return quotient(_US_DOLLARS[base], _US_DOLLARS[currency], RATE_PLACES)
