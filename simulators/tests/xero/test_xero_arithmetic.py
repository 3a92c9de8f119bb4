"""Xero's arithmetic alone, with the cases its rounding guide and bug reports quote."""

from decimal import Decimal

import pytest

from tieout_simulators.xero.arithmetic import (
    TaxComponent,
    effective_rate,
    less_discount,
    line_tax,
    product,
    quotient,
    rounded,
    totals,
)

D = Decimal


@pytest.mark.parametrize(
    ("value", "places", "result"),
    [
        ("1.005", 2, "1.01"),
        ("-1.005", 2, "-1.01"),
        ("1.0049999", 2, "1.00"),
        ("1.23456789", 4, "1.2346"),
        ("0.5", 0, "1"),
        ("-0.004", 2, "-0.00"),
        ("9999999999999.995", 2, "10000000000000.00"),
    ],
)
def test_halves_go_away_from_zero(value: str, places: int, result: str) -> None:
    assert str(rounded(D(value), places)) == result


def test_the_rounding_guides_three_lines_bear_11_44_and_not_11_45() -> None:
    amounts = [D("25.06"), D("25.61"), D("25.63")]
    taxes = [line_tax(amount, D(15), "Exclusive") for amount in amounts]
    assert taxes == [D("3.76"), D("3.84"), D("3.84")]
    sums = totals(zip(amounts, taxes, strict=True), "Exclusive")
    assert (sums.sub_total, sums.total_tax, sums.total) == (D("76.30"), D("11.44"), D("87.74"))


def test_inclusive_lines_hold_their_tax() -> None:
    assert line_tax(D("115.00"), D(15), "Inclusive") == D("15.00")
    assert line_tax(D("10.00"), D(15), "Inclusive") == D("1.30")
    sums = totals([(D("115.00"), D("15.00")), (D("10.00"), D("1.30"))], "Inclusive")
    assert (sums.sub_total, sums.total_tax, sums.total) == (D("108.70"), D("16.30"), D("125.00"))


def test_without_tax_there_is_none() -> None:
    assert line_tax(D("100.00"), D(15), "NoTax") == 0
    assert totals([], "NoTax").total == 0


def test_a_credit_mirrors_its_invoice() -> None:
    for cents in range(1, 400):
        amount = D(cents) / 100
        assert line_tax(-amount, D("12.5"), "Exclusive") == -line_tax(amount, D("12.5"), "Exclusive")
        assert line_tax(-amount, D("12.5"), "Inclusive") == -line_tax(amount, D("12.5"), "Inclusive")


def test_simple_components_add_up_and_compound_ones_are_charged_on_them_too() -> None:
    assert effective_rate([TaxComponent(D(5), False), TaxComponent(D("9.975"), False)]) == D("14.975")
    assert effective_rate([TaxComponent(D(5), False), TaxComponent(D("9.5"), True)]) == D("14.975")
    assert effective_rate([]) == 0


def test_a_discount_is_taken_off_before_rounding() -> None:
    assert rounded(less_discount(D("2120.44"), D(10), None)) == D("1908.40")
    assert less_discount(D("10"), None, D("2.5")) == D("7.5")
    assert less_discount(D("10"), None, None) == D("10")


def test_products_of_large_numbers_stay_exact() -> None:
    assert str(product(D("99999999.9999"), D("9999999999.9999"))) == "999999999998990000.00000001"
    assert str(product(D("1000"), D("0.0612"))) == "61.2000"


def test_a_missing_unit_amount_is_rounded_to_its_places() -> None:
    assert quotient(D("100.00"), D(3), 4) == D("33.3333")
    assert quotient(D("100.00"), D(3), 2) == D("33.33")
