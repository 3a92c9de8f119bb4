"""The simulator's own arithmetic against fractions."""

import math
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tieout_simulators.qbo.arithmetic import cents, line_amount, printed_amount, printed_number, seven_places, shares

D = Decimal
QUANTITIES = st.decimals(-10_000, 10_000, places=7)
PRICES = st.decimals(-100_000, 100_000, places=9)
MONEY = st.decimals(-1_000_000, 1_000_000, places=2)


def half_up(value: Fraction) -> Decimal:
    """Rounded to cents, away from zero at the half."""
    hundredths = math.floor(abs(value) * 100 + Fraction(1, 2))
    return D(hundredths if value >= 0 else -hundredths) / 100


@given(QUANTITIES, PRICES)
def test_a_line_is_the_exact_product_rounded_half_away_from_zero(quantity: Decimal, price: Decimal) -> None:
    kept = Fraction(math.trunc(Fraction(price) * 10**7), 10**7)
    assert line_amount(quantity, price) == half_up(Fraction(quantity) * kept)


@given(QUANTITIES, PRICES)
def test_a_credit_mirrors_its_invoice(quantity: Decimal, price: Decimal) -> None:
    assert line_amount(-quantity, price) == -line_amount(quantity, price)


@given(MONEY, st.lists(st.decimals(0, 30, places=3), max_size=5))
def test_shares_add_up_to_the_cent(total: Decimal, weights: list[Decimal]) -> None:
    parts = shares(total, weights)
    assert len(parts) == len(weights)
    assert not parts or sum(parts) == total
    assert all(part == cents(part) for part in parts)


@given(MONEY, QUANTITIES)
def test_printed_numbers_are_the_same_numbers(amount: Decimal, quantity: Decimal) -> None:
    assert printed_amount(amount) == amount
    assert printed_number(seven_places(quantity)) == quantity


def test_numbers_are_printed_as_quickbooks_prints_them() -> None:
    printed = [str(printed_amount(D(text))) for text in ("0.00", "100", "26.82", "-5.10")]
    assert printed == ["0", "100.0", "26.82", "-5.1"]
    assert [str(printed_number(D(text))) for text in ("75.0000000", "4.5000000", "0.0612")] == ["75", "4.5", "0.0612"]
