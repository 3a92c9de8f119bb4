"""The month holds what makes tying out hard: fine prices, part months, tax that a ledger computes differently."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")
FOUR_PLACES = Decimal("0.0001")


def lines_of(transaction: dict[str, Any]) -> list[dict[str, Any]]:
    return [line for line in transaction["detail"] if line["glTypeId"] != "ST"]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def places(number: Decimal) -> int:
    return max(0, -number.normalize().as_tuple().exponent)  # type: ignore[operator]


def tax_difference(transaction: dict[str, Any]) -> Decimal:
    """Document tax less the tax of each line rounded by itself."""
    by_line = sum((cents(-line["total"] / 10) for line in lines_of(transaction) if line["taxableFlag"]), Decimal(0))
    difference: Decimal = transaction["salesTax"] - by_line
    return difference


def test_document_tax_and_line_tax_often_differ_by_one_to_three_cents(books: Any) -> None:
    differences = Counter(abs(tax_difference(transaction)) for transaction in books.posted())
    assert sum(differences[Decimal(cent) / 100] for cent in (1, 2, 3)) >= 80
    assert all(differences[Decimal(cent) / 100] for cent in (1, 2, 3))


def test_the_tax_difference_never_exceeds_half_a_cent_for_each_taxable_line(any_books: Any) -> None:
    for transaction in any_books.posted():
        taxable = sum(line["taxableFlag"] for line in lines_of(transaction))
        assert abs(tax_difference(transaction)) <= taxable * Decimal("0.005")


def test_full_prices_have_three_to_seven_decimals(books: Any) -> None:
    assert {places(price) for price in books.full_prices().values()} >= {0, 1, 2, 3, 4, 5, 6, 7}


def test_quantities_have_quarters_and_part_months_to_four_places(books: Any) -> None:
    quantities = {
        places(line["quantity"]) for transaction in books.transactions.values() for line in lines_of(transaction)
    }
    assert quantities == {0, 1, 2, 3, 4}


def test_a_thousand_at_0_061171_makes_61_17(books: Any) -> None:
    prices = books.full_prices()
    found = [
        line
        for transaction in books.posted()
        for line in lines_of(transaction)
        if "product" in line
        and line["quantity"] == -1000
        and prices[line["product"]["id"]] == Decimal("0.061171")
        and line["total"] == Decimal("-61.17")
    ]
    assert found
    assert all(line["itemPrice"] == Decimal("0.06") for line in found)


def test_1234_56_for_17_of_31_days_makes_677_02(books: Any) -> None:
    lines = [
        line
        for transaction in books.posted()
        for line in lines_of(transaction)
        if line["glTypeId"] == "RA" and "(17 of 31 days)" in line["memo"] and line["total"] == Decimal("-677.02")
    ]
    assert lines


def test_part_months_are_billed_by_price_and_by_quantity(books: Any) -> None:
    additions = {
        (int(agreement), addition["product"]["id"]): addition
        for agreement, rows in books.month.connectwise["entities"]["/finance/agreements/{id}/additions"].items()
        for addition in rows
    }
    by_price = by_quantity = 0
    for transaction in books.posted():
        for line in lines_of(transaction):
            if "item" in line and "product" not in line:
                agreement = books.invoices[transaction["id"]]["agreement"]["id"]
                addition = additions[agreement, line["item"]["id"]]
                if addition["prorateCurrentPeriodFlag"]:
                    assert line["total"] == -addition["extendedProratePrice"]
                    by_quantity += line["quantity"] != -addition["quantity"]
                    by_price += line["quantity"] == -addition["quantity"]
                else:
                    assert line["total"] == -addition["extPrice"]
    assert by_price >= 10
    assert by_quantity >= 10


def test_covered_time_is_one_negative_line_for_each_agreement(books: Any) -> None:
    covered = [
        [line for line in lines_of(transaction) if line["memo"].startswith("Covered by")]
        for transaction in books.posted()
    ]
    assert sum(map(bool, covered)) >= 40
    assert all(len(lines) <= 1 for lines in covered)
    assert all(line["total"] > 0 and line["glItemId"] == "SVC-AGREEMENT" for lines in covered for line in lines)


def test_many_documents_hold_taxable_and_exempt_lines_together(books: Any) -> None:
    mixed = [t for t in books.posted() if len({line["taxableFlag"] for line in lines_of(t)}) == 2]
    assert len(mixed) >= 30


def test_every_way_to_reach_a_line_amount_in_four_decimals_is_needed(books: Any) -> None:
    prices = books.full_prices()
    needed = Counter(way_to_reach(line, prices) for transaction in books.posted() for line in lines_of(transaction))
    assert set(needed) == {"exported price", "full price", "amount by quantity", "rounding line"}
    assert needed["rounding line"] >= 15


def way_to_reach(line: dict[str, Any], prices: dict[int, Decimal]) -> str:
    """How a ledger with four decimals comes to the line's amount."""
    quantity, amount = abs(line["quantity"]), abs(line["total"])
    full = prices[line["product"]["id"]] if "product" in line else line["itemPrice"]
    if cents(quantity * line["itemPrice"]) == amount:
        return "exported price"
    if cents(quantity * full.quantize(FOUR_PLACES, ROUND_HALF_UP)) == amount:
        return "full price"
    if cents(quantity * (amount / quantity).quantize(FOUR_PLACES, ROUND_HALF_UP)) == amount:
        return "amount by quantity"
    return "rounding line"
