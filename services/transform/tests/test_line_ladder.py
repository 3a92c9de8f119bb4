"""How a line comes out at ConnectWise's amount (F15-F18, F36-F47)."""

from decimal import Decimal

import pytest
from transform_kit.records import invoice, line, reference, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.settings import AdjustmentSettings
from tieout_transform.rules.ledger_arithmetic import exact_tax, ledger_amount
from tieout_transform.rules.ledgers.xero import XERO
from tieout_transform.rules.lines import PricedLine, price_line, too_large
from tieout_transform.rules.plan import plan


def price(amount: str, *, single: bool = False, stock: bool = False, **facts: str) -> PricedLine:
    rule = "single_unit" if single else "rounding_line"
    priced = price_line(line(amount, **facts), rule=rule, tracked_stock=stock, ledger=XERO)
    assert priced is not None
    return priced


def test_the_ledger_rounds_quantity_and_price_before_it_multiplies() -> None:
    assert XERO.line_amount(Decimal("0.33335"), Decimal("1.00005")) == Decimal("0.33")
    assert XERO.line_amount(Decimal("1000"), Decimal("0.061171")) == Decimal("61.20")


@pytest.mark.parametrize(
    ("amount", "rate", "tax"), [("0.05", "10", "0.01"), ("-0.05", "10", "-0.01"), ("25.06", "15", "3.76")]
)
def test_a_half_cent_of_tax_moves_away_from_zero(amount: str, rate: str, tax: str) -> None:
    assert ledger_amount(exact_tax(Decimal(amount), Decimal(rate))) == Decimal(tax)


def test_xeros_own_example_of_tax_by_line_is_predicted() -> None:
    taxes = [ledger_amount(exact_tax(Decimal(amount), Decimal(15))) for amount in ("25.06", "25.61", "25.63")]
    assert sum(taxes) == Decimal("11.44")


def test_the_exported_price_is_kept_where_it_gives_the_amount_F40() -> None:
    priced = price("99.99", quantity="3", exported_price="33.33", own_price="33.3333")
    assert (priced.method, priced.unit_amount) == ("exported_price", Decimal("33.33"))
    assert priced.arithmetic == ""


def test_the_own_price_is_taken_where_the_exported_one_was_rounded() -> None:
    priced = price("100.00", quantity="3", exported_price="33.33", own_price="33.333333")
    assert (priced.method, priced.unit_amount) == ("own_price", Decimal("33.3333"))


def test_a_prorated_addition_gets_the_price_that_gives_its_amount_F45() -> None:
    priced = price("109.68", quantity="10", exported_price="20.00", own_price="20")
    assert (priced.method, priced.unit_amount) == ("derived_price", Decimal("10.968"))


def test_a_line_without_any_price_gets_one() -> None:
    priced = price("137.50", quantity="2.5")
    assert (priced.method, priced.unit_amount, priced.quantity) == ("derived_price", Decimal("55"), Decimal("2.5"))


def test_a_rounding_line_carries_what_no_price_reaches_F16() -> None:
    priced = price("61.17", quantity="1000", exported_price="0.06", own_price="0.061171")
    assert (priced.method, priced.amount, priced.rounding) == ("rounding_line", Decimal("61.20"), Decimal("-0.03"))
    assert priced.arithmetic == (
        "1,000 × 0.0612 = 61.20 in Xero, ConnectWise says 61.17 (1,000 × 0.061171): rounding line −0.03"
    )


def test_the_smallest_rounding_line_is_taken() -> None:
    priced = price("61.17", quantity="1000", exported_price="0.06")
    assert priced.rounding == Decimal("-0.03")
    assert "(" not in priced.arithmetic


def test_the_company_may_choose_one_unit_instead() -> None:
    priced = price("61.17", quantity="1000", own_price="0.061171", single=True)
    assert (priced.method, priced.quantity, priced.unit_amount) == ("single_unit", Decimal(1), Decimal("61.17"))
    assert priced.ending == " (1,000 × 0.061171)"


def test_counted_stock_keeps_its_quantity_even_then() -> None:
    priced = price("61.17", quantity="1000", own_price="0.061171", single=True, stock=True)
    assert (priced.method, priced.quantity) == ("rounding_line", Decimal(1000))


def test_an_amount_without_a_quantity_is_one_unit_whatever_the_company_chose() -> None:
    priced = price("25.05", quantity="0", exported_price="0")
    assert (priced.method, priced.unit_amount, priced.ending) == ("single_unit", Decimal("25.05"), " (quantity 0)")


def test_counted_stock_cannot_be_one_unit_so_the_line_is_refused() -> None:
    record = invoice([line("25.05", quantity="0", item_code="SW-24", taxed=False)])
    refusals = plan(record, snapshot(), reference())
    assert isinstance(refusals, tuple)
    assert [(each.code, each.line) for each in refusals] == [("rules.amount_not_reachable", 0)]


def test_a_line_of_nothing_stays_a_line_of_nothing() -> None:
    assert price("0.00", quantity="0").unit_amount == 0
    assert price("0.00", quantity="4", exported_price="0").method == "exported_price"


@pytest.mark.parametrize(("quantity", "exported"), [("-2", "12.50"), ("2", "-12.50")])
def test_a_discount_is_a_negative_line(quantity: str, exported: str) -> None:
    priced = price("-25.00", quantity=quantity, exported_price=exported)
    assert (priced.method, priced.amount) == ("exported_price", Decimal("-25.00"))


def test_a_quantity_of_five_decimals_is_posted_with_four_and_said() -> None:
    priced = price("33.33", quantity="0.33333", exported_price="100")
    assert priced.quantity == Decimal("0.3333")
    assert priced.arithmetic == (
        "ConnectWise says 0.33333 for 33.33, Xero keeps 4 decimals of a quantity and 2 of an amount: "
        "0.3333 × 100 = 33.33"
    )


def test_an_amount_of_three_decimals_comes_out_rounded_and_said() -> None:
    priced = price("10.005", quantity="1", exported_price="10.005")
    assert priced.amount == Decimal("10.01")
    assert "ConnectWise says 1 for 10.005" in priced.arithmetic


def test_a_price_that_the_ledger_has_no_room_for_is_not_tried() -> None:
    huge = "99999999999.99"
    priced = price("900000000.00", quantity="0.0001", exported_price=huge, own_price=huge, single=False)
    assert priced.method == "single_unit"


@pytest.mark.parametrize(
    ("facts", "method"),
    [
        ({"exported_price": "9999999999.99"}, "exported_price"),
        ({"own_price": "9999999999.99"}, "own_price"),
        ({}, "derived_price"),
    ],
)
def test_the_largest_price_that_the_ledger_has_room_for_is_tried(facts: dict[str, str], method: str) -> None:
    assert price("9999999999.99", **facts).method == method


@pytest.mark.parametrize(
    ("amount", "quantity", "figure"),
    [
        ("1.00", "100000000", "quantity 100,000,000"),
        ("10000000000", "1", "amount 10,000,000,000.00"),
        ("1.00", "1", None),
    ],
)
def test_figures_beyond_the_ledgers_fields_are_refused(amount: str, quantity: str, figure: str | None) -> None:
    each = line(amount, quantity=quantity, taxed=False)
    assert too_large(each, XERO) == figure
    planned = plan(invoice([each]), snapshot(), reference())
    assert isinstance(planned, Posting) == (figure is None)
    if isinstance(planned, tuple):
        assert [problem.code for problem in planned] == ["rules.number_too_large"]


@pytest.mark.parametrize(("amount", "quantity"), [("1.00", "99999999.9999"), ("9999999999.99", "1")])
def test_the_largest_figures_of_the_ledgers_fields_have_room(amount: str, quantity: str) -> None:
    assert too_large(line(amount, quantity=quantity), XERO) is None


def test_rounding_line_stands_right_below_and_inherits_account_tax_and_tracking_F17() -> None:
    settings = snapshot(tracking_categories=("Region", "Practice"))
    metered = line("61.17", quantity="1000", own_price="0.061171", gl_class="Sydney:Support")
    planned = plan(invoice([metered, line("5.00", gl_class="Perth:Support")], "6.62"), settings, reference())
    assert isinstance(planned, Posting)
    parent, rounding, last = planned.document.lines
    assert (parent.kind, rounding.kind, last.kind) == ("source", "rounding", "source")
    assert (rounding.account_code, rounding.tax_code, rounding.tracking) == (
        parent.account_code,
        parent.tax_code,
        parent.tracking,
    )
    assert (rounding.quantity, rounding.amount, rounding.item_code) == (Decimal(1), Decimal("-0.03"), None)
    assert rounding.tax_amount == 0
    assert [warning.code for warning in planned.warnings] == ["rules.rounding_line"]
    assert planned.document.note == (
        "Line 1: 1,000 × 0.0612 = 61.20 in Xero, ConnectWise says 61.17 (1,000 × 0.061171): rounding line −0.03."
    )


def test_one_unit_is_warned_of_with_the_arithmetic_in_the_lines_text() -> None:
    settings = snapshot(adjustment=AdjustmentSettings(account="860", line_rule="single_unit"))
    metered = line("61.17", quantity="1000", own_price="0.061171", taxed=False)
    planned = plan(invoice([metered], taxable=False), settings, reference())
    assert isinstance(planned, Posting)
    assert planned.document.lines[0].description == "Patch cable, 2 m (1,000 × 0.061171)"
    assert [warning.sentence for warning in planned.warnings] == [
        "Line 1: no price of 4 decimals makes 61.17 of 1,000 in Xero, "
        "ConnectWise says 61.17 (1,000 × 0.061171): posted as 1 × 61.17."
    ]
