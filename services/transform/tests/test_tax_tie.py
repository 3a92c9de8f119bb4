"""How the tax comes out at ConnectWise's, code by code, and when it is refused (F19, F116, F117)."""

from decimal import Decimal
from typing import Any

import pytest
from transform_kit.ledger import faults_of
from transform_kit.records import invoice, line, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord, TaxLevel
from tieout_transform.rules.plan import plan


def planned(record: InvoiceRecord, **settings: Any) -> Posting:
    posting = plan(record, snapshot(**settings), reference())
    assert isinstance(posting, Posting), posting
    assert faults_of(posting, record, reference()) == []
    return posting


def mismatch(record: InvoiceRecord, **settings: Any) -> str:
    refusals = plan(record, snapshot(**settings), reference())
    assert isinstance(refusals, tuple)
    assert [refusal.code for refusal in refusals] == ["rules.tax_mismatch"]
    return refusals[0].sentence


def overrides(posting: Posting) -> list[tuple[int | None, Decimal]]:
    return [(each.source_line, each.tax_amount) for each in posting.document.lines if each.tax_override]


def test_a_cent_goes_onto_the_line_whose_own_rounding_went_furthest_the_other_way() -> None:
    lines = [line(amount) for amount in ("25.01", "25.04", "25.03")]
    posting = planned(invoice(lines, "7.51"))
    assert overrides(posting) == [(1, Decimal("2.51"))]
    assert [warning.sentence for warning in posting.warnings] == [
        "ConnectWise says 7.51 tax (OUTPUT), Xero makes 7.50 line by line: +0.01 on line 2."
    ]
    assert posting.document.expected.tax == Decimal("7.51")


def test_a_cent_too_many_is_taken_off() -> None:
    lines = [line(amount) for amount in ("25.06", "25.06", "25.01")]
    assert overrides(planned(invoice(lines, "7.51"))) == [(0, Decimal("2.50"))]


def test_xeros_own_example_becomes_exact() -> None:
    lines = [line(amount) for amount in ("25.06", "25.61", "25.63")]
    posting = planned(invoice(lines, "11.45", tax_code="GST15"))
    assert overrides(posting) == [(2, Decimal("3.85"))]


def test_at_most_one_cent_goes_onto_a_line() -> None:
    lines = [line("25.04") for _ in range(10)]
    posting = planned(invoice(lines, "25.04"))
    assert [cents for _, cents in overrides(posting)] == [Decimal("2.51")] * 4


def test_a_line_too_small_to_bear_tax_carries_no_cent() -> None:
    lines = [*[line("0.04") for _ in range(5)], line("10.00")]
    posting = planned(invoice(lines, "1.02"))
    assert overrides(posting) == [(5, Decimal("1.01"))]
    assert [each.kind for each in posting.document.lines][-1] == "adjustment"
    assert posting.document.lines[-1].amount == Decimal("0.01")
    assert [warning.code for warning in posting.warnings] == [
        "rules.tax_cents",
        "rules.tax_adjusted",
        "rules.adjustment_line",
    ]


def test_a_cent_never_makes_a_lines_tax_vanish() -> None:
    posting = planned(invoice([line("0.05"), line("0.05")], "0.01"))
    assert overrides(posting) == []
    assert posting.document.lines[-1].amount == Decimal("-0.01")


def test_a_cent_goes_onto_a_line_of_a_multi_part_rate_too() -> None:
    lines = [line(amount, taxable_levels=(1, 2)) for amount in ("10.00", "10.00")]
    posting = planned(invoice(lines, "1.77", tax_code="CITY"))
    assert overrides(posting) == [(0, Decimal("0.88"))]
    assert [each.kind for each in posting.document.lines] == ["source", "source"]
    assert posting.document.expected.tax == Decimal("1.77")


def test_who_wants_no_cents_on_a_tax_finds_them_on_the_adjustment_line() -> None:
    lines = [line(amount, taxable_levels=(1, 2)) for amount in ("10.00", "10.00")]
    settings = tax_settings(cents="on_adjustment")
    posting = planned(invoice(lines, "1.77", tax_code="CITY"), tax=settings)
    assert overrides(posting) == []
    assert posting.document.expected.tax == Decimal("1.78")
    assert posting.document.lines[-1].amount == Decimal("-0.01")
    assert [warning.sentence for warning in posting.warnings] == [
        "−0.01 of the tax CITY stands outside its tax code: no line could carry it.",
        "ConnectWise's total is 21.77, Xero makes 21.78: adjustment line −0.01.",
    ]


def test_compound_rates_are_predicted_by_their_effective_rate() -> None:
    settings = tax_settings(mode="by_tax_flag", taxed="COMPOUND")
    posting = planned(invoice([line("100.00")], "14.98", tax_code=None), tax=settings)
    assert posting.document.lines[0].tax_amount == Decimal("14.98")


def test_of_lines_that_were_rounded_alike_the_largest_bears_the_cent() -> None:
    lines = [line("10.00"), line("20.00"), line("5.00")]
    assert overrides(planned(invoice(lines, "3.51"))) == [(1, Decimal("2.01"))]


def test_a_tied_half_cent_is_no_fault_of_anybody() -> None:
    """ConnectWise may round an exact half to the other side; half a minor unit explains just that."""
    assert overrides(planned(invoice([line("10.05")], "1.00"))) == [(0, Decimal("1.00"))]


def test_tax_of_an_amount_not_yet_rounded_is_explained() -> None:
    """15 % of 10.3666 is 1.55499, so 1.55; the line is exported as 10.37, whose tax is 1.5555."""
    assert overrides(planned(invoice([line("10.37", tax_code="GST15")], "1.55"))) == [(0, Decimal("1.55"))]


def test_a_cent_that_rounding_does_not_explain_is_refused() -> None:
    assert mismatch(invoice([line("10.00")], "1.01")) == (
        "ConnectWise says 1.01 tax, the ledger would say 1.00: rounding explains 0.0055 at most."
    )


def test_a_wrong_rate_is_refused_with_both_rates_where_connectwise_names_its_own() -> None:
    sentence = mismatch(invoice([line("100.00")], "12.50", tax_rate=Decimal("0.125")))
    assert "ConnectWise taxes at 12.5 %, the ledger at 10 %" in sentence


def test_levels_that_name_a_rate_of_nothing_leave_it_to_the_documents() -> None:
    level = TaxLevel(level=1, code="GST", rate="0", tax_amount="4.04")
    lines = [line("1.00") for _ in range(40)]
    assert "at 10.1 %" in mismatch(invoice(lines, "4.04", tax_rate=Decimal("0.101"), tax_levels=(level,)))


def test_cents_of_another_rate_are_no_rounding() -> None:
    lines = [line("1.00") for _ in range(40)]
    assert "at 10.1 %" in mismatch(invoice(lines, "4.04", tax_rate=Decimal("0.101")))
    assert len(overrides(planned(invoice(lines, "4.04")))) == 4


def test_another_rate_that_does_not_make_the_tax_any_better_betrays_nothing() -> None:
    lines = [line("1.00") for _ in range(40)]
    assert len(overrides(planned(invoice(lines, "3.99", tax_rate=Decimal("0.1001"))))) == 1


def test_a_rate_with_few_decimals_is_compared_with_as_many() -> None:
    lines = [line("10.00", taxable_levels=(1, 2)) for _ in range(2)]
    planned(invoice(lines, "1.77", tax_code="CITY", tax_rate=Decimal("0.0888")))
    more = [line("10.00", taxable_levels=(1, 2)) for _ in range(7)]
    planned(invoice(more, "6.22", tax_code="CITY", tax_rate=Decimal("0.0888")))


def test_cents_are_no_rounding_where_connectwise_says_that_it_taxed_other_lines() -> None:
    lines = [line("25.01"), line("25.04"), line("25.03"), line("0.10", taxed=False)]
    level = TaxLevel(level=1, taxable_amount="75.18", tax_amount="7.51")
    assert mismatch(invoice(lines, "7.51", tax_levels=(level,))) == (
        "ConnectWise says 7.51 tax, the ledger would say 7.50: "
        "ConnectWise taxed 75.18 at level 1, the lines flagged for it make 75.08."
    )
    others = [line("10.05"), *[line("1.00", taxed=False)] * 3]
    off = TaxLevel(level=1, taxable_amount="10.06", tax_amount="1.00")
    assert "taxed 10.06 at level 1" in mismatch(invoice(others, "1.00", tax_levels=(off,)))
    same = TaxLevel(level=1, taxable_amount="75.08", tax_amount="7.51")
    planned(invoice(lines, "7.51", tax_levels=(same,)))


def test_tax_without_any_taxed_line_is_refused() -> None:
    assert "ConnectWise says 0.01 tax, the ledger would say 0.00" in mismatch(
        invoice([line("10.00", taxed=False)], "0.01")
    )


def test_tax_on_a_zero_rated_code_is_refused() -> None:
    assert "rounding explains 0.00 at most" in mismatch(invoice([line("10.00")], "0.01", tax_code="EXPORT"))


def test_untaxed_lines_mapped_to_a_real_rate_are_refused() -> None:
    planned = plan(invoice([line("10.00", taxed=False)]), snapshot(tax=tax_settings(untaxed="OUTPUT")), reference())
    assert isinstance(planned, tuple)
    assert [problem.sentence for problem in planned] == [
        "Line 1 is to bear no tax in the ledger, and OUTPUT makes 10 %."
    ]


def test_each_code_ties_by_itself_where_the_levels_name_their_codes() -> None:
    lines = [line(amount) for amount in ("25.01", "25.04", "25.03")]
    other = [line(amount, tax_code="GST15") for amount in ("25.06", "25.61", "25.63")]
    levels = (
        TaxLevel(level=1, code="GST", tax_amount="7.51"),
        TaxLevel(level=2, code="GST15", tax_amount="11.45"),
        TaxLevel(level=3, code="STATE", tax_amount="0.00"),
    )
    posting = planned(invoice([*lines, *other], "18.96", tax_levels=levels))
    assert overrides(posting) == [(1, Decimal("2.51")), (5, Decimal("3.85"))]
    assert {total.tax_code: total.amount for total in posting.document.expected.tax_by_code} == {
        "OUTPUT": Decimal("7.51"),
        "OUTPUT15": Decimal("11.45"),
    }


def test_a_wrong_code_is_refused_even_where_the_sum_agrees() -> None:
    lines = [line("100.00"), line("100.00", tax_code="GST15")]
    levels = (TaxLevel(level=1, code="GST", tax_amount="11.00"), TaxLevel(level=2, code="GST15", tax_amount="14.00"))
    refusals = plan(invoice(lines, "25.00", tax_levels=levels), snapshot(), reference())
    assert isinstance(refusals, tuple)
    assert [refusal.code for refusal in refusals] == ["rules.tax_mismatch", "rules.tax_mismatch"]


@pytest.mark.parametrize(
    "levels",
    [
        (),
        (TaxLevel(level=1, code="STATE", tax_amount="18.96"),),
        (TaxLevel(level=1, tax_amount="18.96"),),
        (TaxLevel(level=1, code="GST", tax_amount="7.51"),),
    ],
    ids=["unsaid", "unmapped", "nameless", "incomplete"],
)
def test_several_codes_tie_in_one_sum_where_connectwise_does_not_part_them(levels: tuple[TaxLevel, ...]) -> None:
    lines = [line(amount) for amount in ("25.01", "25.04", "25.03")]
    other = [line(amount, tax_code="GST15") for amount in ("25.06", "25.61", "25.63")]
    posting = planned(invoice([*lines, *other], "18.96", tax_levels=levels, tax_rate=Decimal("0.1")))
    assert overrides(posting) == [(1, Decimal("2.51")), (5, Decimal("3.85"))]
