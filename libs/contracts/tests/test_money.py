"""Amounts stay exact from wire to wire."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tieout_contracts.money import Amount, minor_unit_places, plain, round_half_away

AMOUNT = TypeAdapter(Amount)
decimals = st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=7)


@given(decimals)
def test_an_amount_survives_json_to_the_last_digit(amount: Decimal) -> None:
    assert AMOUNT.validate_json(AMOUNT.dump_json(amount)) == amount


@pytest.mark.parametrize("given_json", ["1.1", "true", '"NaN"', '"Infinity"', '"1e20"', "null", '"abc"'])
def test_a_json_number_with_a_fraction_and_anything_not_finite_is_refused(given_json: str) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_json(given_json)


def test_plain_writes_no_exponent_and_no_negative_zero() -> None:
    assert [plain(Decimal(text)) for text in ("5E-5", "1E+3", "-0.00", "-1.50")] == ["0.00005", "1000", "0.00", "-1.50"]


@given(decimals)
def test_rounding_a_credit_mirrors_its_invoice(amount: Decimal) -> None:
    assert round_half_away(-amount, 2) == -round_half_away(amount, 2)


def test_an_exact_half_moves_away_from_zero() -> None:
    assert [str(round_half_away(Decimal(text), 2)) for text in ("0.005", "-0.005", "0.0049")] == [
        "0.01",
        "-0.01",
        "0.00",
    ]


def test_minor_units_are_iso_4217s() -> None:
    assert [minor_unit_places(code) for code in ("AUD", "JPY", "KWD", "ISK")] == [2, 0, 3, 0]
