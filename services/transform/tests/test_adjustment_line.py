"""The one line that carries what rounding leaves over (F19-F21, F140)."""

from decimal import Decimal
from typing import Any

import pytest
from transform_kit.ledger import faults_of
from transform_kit.records import RATES, invoice, line, rate, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord
from tieout_contracts.settings import AdjustmentSettings, SettingsSnapshot
from tieout_transform.rules.plan import plan


def out_by(cents: str, lines: int = 2, amount: str = "10.00", **changes: Any) -> InvoiceRecord:
    """An untaxed invoice whose total is `cents` more than its lines."""
    total = Decimal(amount) * lines + Decimal(cents)
    return invoice([line(amount, taxed=False)] * lines, taxable=False, total=total, subtotal=total, **changes)


def refusals(record: InvoiceRecord, settings: SettingsSnapshot | None = None) -> list[str]:
    planned = plan(record, settings or snapshot(), reference())
    assert isinstance(planned, tuple)
    return [problem.code for problem in planned]


def test_a_cent_that_rounding_explains_gets_one_line_out_of_tax_scope_F20() -> None:
    record = out_by("0.01")
    posting = plan(record, snapshot(), reference())
    assert isinstance(posting, Posting)
    assert faults_of(posting, record, reference()) == []
    last = posting.document.lines[-1]
    assert (last.kind, last.amount, last.account_code, last.item_code) == (
        "adjustment",
        Decimal("0.01"),
        "860",
        "ROUNDING",
    )
    assert (last.tax_code, last.tax_amount, last.tracking, last.source_line) == ("NONE", 0, (), None)
    assert [item.code for item in posting.document.items] == ["CABLE-2M", "ROUNDING"]
    words = "ConnectWise's total is 20.01, Xero makes 20.00: adjustment line +0.01"
    assert [warning.sentence for warning in posting.warnings] == [f"{words}."]
    assert posting.document.note == f"{words}."


def test_the_item_is_optional() -> None:
    posting = plan(out_by("-0.01"), snapshot(adjustment=AdjustmentSettings(account="860")), reference())
    assert isinstance(posting, Posting)
    assert posting.document.lines[-1].item_code is None
    assert [item.code for item in posting.document.items] == ["CABLE-2M"]


def test_beyond_half_a_cent_for_each_line_it_is_refused_whatever_the_limit() -> None:
    generous = snapshot(adjustment=AdjustmentSettings(account="860", limit="100.00"))
    assert refusals(out_by("0.02"), generous) == ["rules.total_mismatch"]
    assert refusals(out_by("0.01", lines=1), generous) == ["rules.total_mismatch"]


def test_within_the_bound_but_over_the_companys_limit_it_is_refused_K7() -> None:
    assert refusals(out_by("-0.51", lines=110)) == ["rules.adjustment_over_limit"]
    strict = snapshot(adjustment=AdjustmentSettings(account="860", limit="0"))
    assert refusals(out_by("0.01"), strict) == ["rules.adjustment_over_limit"]


def test_goods_and_tax_together_may_not_exceed_what_their_roundings_explain() -> None:
    """Goods may be a cent out, tax a cent each way of the exact one: three cents are more than four roundings make."""
    ledger = reference(tax_rates=(*RATES, rate("HALVES", "10", parts=("6", "4"))))
    settings = snapshot(tax=tax_settings(mode="by_tax_flag", taxed="HALVES", cents="on_adjustment"))
    lines = [line("0.05"), line("0.05")]
    assert isinstance(plan(invoice(lines, "0.00", total="0.10"), settings, ledger), Posting)
    planned = plan(invoice(lines, "0.00", total="0.09"), settings, ledger)
    assert isinstance(planned, tuple)
    assert [problem.code for problem in planned] == ["rules.total_mismatch"]


@pytest.mark.parametrize(("total", "is_posted"), [("67.43", True), ("67.42", False)])
def test_a_rounding_line_explains_no_rounding_of_connectwises_tax(total: str, is_posted: bool) -> None:
    """Five lines of the ledger's and four taxed ones of ConnectWise's explain 0.045; the fifth is a rounding line."""
    ledger = reference(tax_rates=(*RATES, rate("HALVES", "10", parts=("6", "4"))))
    settings = snapshot(tax=tax_settings(mode="by_tax_flag", taxed="HALVES", cents="on_adjustment"))
    lines = [line("61.17", quantity="1000", own_price="0.061171"), *[line("0.05")] * 3]
    planned = plan(invoice(lines, "6.12", total=total), settings, ledger)
    assert isinstance(planned, Posting) == is_posted


def test_a_difference_in_goods_that_hides_one_in_tax_is_said_F140() -> None:
    lines = [line(amount, taxable_levels=(1, 2)) for amount in ("10.00", "10.00")]
    record = invoice(lines, "1.77", tax_code="CITY", total=Decimal("21.78"))
    posting = plan(record, snapshot(tax=tax_settings(cents="on_adjustment")), reference())
    assert isinstance(posting, Posting)
    assert [each.kind for each in posting.document.lines] == ["source", "source"]
    assert [warning.code for warning in posting.warnings] == ["rules.tax_adjusted"]


def test_a_zero_document_is_never_adjusted() -> None:
    lines = [line("10.00", taxed=False), line("-10.01", quantity="-1", taxed=False)]
    record = invoice(lines, taxable=False, total=Decimal("0.00"), subtotal=Decimal("0.00"))
    assert refusals(record) == ["rules.zero_with_difference"]


def test_a_zero_document_that_ties_by_itself_is_posted() -> None:
    lines = [line("10.00"), line("-10.00", quantity="-1")]
    posting = plan(invoice(lines), snapshot(), reference())
    assert isinstance(posting, Posting)
    assert posting.document.expected.total == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (snapshot(adjustment=AdjustmentSettings(account="999")), "account 999 cannot be posted to"),
        (snapshot(adjustment=AdjustmentSettings(account="299")), "account 299 cannot be posted to"),
        (snapshot(adjustment=AdjustmentSettings(account="090")), "account 090 cannot be posted to"),
        (snapshot(tax=tax_settings(out_of_scope=None)), "no out-of-scope tax code is set"),
        (snapshot(tax=tax_settings(out_of_scope="UNKNOWN")), "UNKNOWN is no tax code of 0 %"),
        (snapshot(tax=tax_settings(out_of_scope="OLDZERO")), "OLDZERO is no tax code of 0 %"),
        (snapshot(tax=tax_settings(out_of_scope="OUTPUT")), "OUTPUT is no tax code of 0 %"),
        (snapshot(tax=tax_settings(out_of_scope="INCOMEONLY")), "INCOMEONLY cannot be used with account 860"),
    ],
)
def test_an_adjustment_line_that_the_ledger_would_not_take_is_refused(settings: SettingsSnapshot, words: str) -> None:
    others = (rate("INCOMEONLY", "0", applies_to=("REVENUE",)), rate("OLDZERO", "0", active=False))
    ledger = reference(tax_rates=(*RATES, *others))
    planned = plan(out_by("0.01"), settings, ledger)
    assert isinstance(planned, tuple)
    assert [problem.code for problem in planned] == ["rules.adjustment_unset"]
    assert words in planned[0].sentence
