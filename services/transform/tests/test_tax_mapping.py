"""Which tax code a line bears (F115, F22, F23)."""

from decimal import Decimal
from typing import Any

import pytest
from transform_kit.records import drafted, invoice, line, rate, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord
from tieout_contracts.reference import LedgerTaxRate
from tieout_contracts.settings import SettingsSnapshot
from tieout_transform.rules.ledgers.xero import XERO
from tieout_transform.rules.plan import plan


def tax_codes(record: InvoiceRecord, settings: SettingsSnapshot) -> list[str]:
    planned = plan(record, settings, reference())
    assert isinstance(planned, Posting), planned
    return [each.tax_code for each in planned.document.lines]


def refused(record: InvoiceRecord, **tax: Any) -> list[tuple[str, int | None]]:
    planned = plan(record, snapshot(tax=tax_settings(**tax)), reference())
    assert isinstance(planned, tuple)
    return [(problem.code, problem.line) for problem in planned]


def test_a_taxed_line_bears_the_mapping_of_the_documents_code_and_an_untaxed_one_the_companys_zero() -> None:
    assert tax_codes(invoice([line("10.00"), line("5.00", taxed=False)], "1.00"), snapshot()) == ["OUTPUT", "EXEMPT"]


def test_a_lines_own_code_goes_before_the_documents() -> None:
    record = invoice([line("10.00"), line("10.00", tax_code="gst15 ")], "2.50")
    assert tax_codes(record, snapshot()) == ["OUTPUT", "OUTPUT15"]


def test_an_export_is_zero_rated_by_its_code_not_by_its_amount() -> None:
    assert tax_codes(invoice([line("10.00")], "0.00", tax_code="EXPORT"), snapshot()) == ["ZERO"]


def test_by_tax_flag_one_code_serves_every_taxed_line() -> None:
    settings = snapshot(tax=tax_settings(mode="by_tax_flag", taxed="OUTPUT15", rules=()))
    assert tax_codes(invoice([line("10.00")], "1.50", tax_code=None), settings) == ["OUTPUT15"]


def test_an_unknown_tax_code_is_refused_with_its_name_F115() -> None:
    planned = plan(invoice([line("10.00")], "1.00", tax_code="PST-OLD"), snapshot(), reference())
    assert isinstance(planned, tuple)
    assert [problem.code for problem in planned] == ["rules.tax_unmapped"]
    assert "'PST-OLD'" in planned[0].sentence


@pytest.mark.parametrize("tax", [{"mode": "by_tax_flag"}, {"rules": ()}])
def test_a_taxed_line_without_a_mapping_is_refused(tax: dict[str, Any]) -> None:
    assert refused(invoice([line("10.00")], "1.00"), **tax) == [("rules.tax_unmapped", 0)]


def test_a_taxed_line_without_any_code_is_refused() -> None:
    assert refused(invoice([line("10.00")], "1.00", tax_code=None)) == [("rules.tax_unmapped", 0)]


def test_which_zero_applies_is_never_guessed() -> None:
    assert refused(invoice([line("5.00", taxed=False)]), untaxed=None) == [("rules.untaxed_unset", 0)]


@pytest.mark.parametrize("code", ["UNKNOWN", "DELETED"])
def test_a_mapping_to_a_code_that_the_ledger_lacks_is_refused(code: str) -> None:
    assert refused(invoice([line("5.00", taxed=False)]), untaxed=code) == [("rules.tax_code_missing", 0)]


def test_a_code_that_the_ledger_does_not_allow_on_that_class_of_account_is_refused() -> None:
    record = invoice([line("10.00")], "1.00")
    assert refused(record, mode="by_tax_flag", taxed="INPUT") == [("rules.tax_not_applicable", 0)]


def test_a_taxable_products_line_without_the_flag_is_warned_of_by_invoice_line_and_item_F23() -> None:
    forgotten = line("5.00", taxed=False, item_taxable=True)
    others = [line("5.00", taxed=False, item_taxable=known) for known in (False, None)]
    nothing = line("0.00", taxed=False, item_taxable=True)
    planned = plan(invoice([forgotten, *others, nothing]), snapshot(), reference())
    assert isinstance(planned, Posting)
    assert [(warning.line, warning.sentence) for warning in planned.warnings] == [
        (0, "Line 1 (CABLE-2M) of 40125 is not taxed although the customer and the item are taxable.")
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [({"item_code": None, "non_product_id": "LABOUR"}, "LABOUR"), ({"item_code": None, "gl_type": "R"}, "R")],
)
def test_a_line_without_an_item_is_named_by_what_stands_for_it_F23(names: dict[str, Any], said: str) -> None:
    taxed = line("5.00", item_taxable=True)
    record = invoice([line("5.00", taxed=False, item_taxable=True, **names), taxed], "0.50")
    planned = plan(record, snapshot(post_items=False), reference())
    assert isinstance(planned, Posting)
    assert [warning.sentence for warning in planned.warnings] == [
        f"Line 1 ({said}) of 40125 is not taxed although the customer and the item are taxable."
    ]


@pytest.mark.parametrize(("settings", "taxable"), [(snapshot(warn_on_untaxed_line=False), True), (snapshot(), False)])
def test_the_tax_flag_is_not_checked_where_that_is_off_or_the_customer_is_not_taxable_F22(
    settings: SettingsSnapshot, taxable: bool
) -> None:
    record = invoice([line("5.00", taxed=False, item_taxable=True)], taxable=taxable)
    planned = plan(record, settings, reference())
    assert isinstance(planned, Posting)
    assert planned.warnings == ()


@pytest.mark.parametrize(
    ("bearing", "moved"),
    [
        (rate("A", "10", parts=("10",)), "+0.01 on line 1"),
        (rate("A", "10"), "+0.01 on line 1"),
        (rate("A", "10", parts=("6", "4")), "+0.01 on line 1"),
        (rate("A", "10", parts=("10",), compound=True), "+0.01 on line 1"),
        (rate("A", "0"), ""),
    ],
)
def test_a_cent_goes_onto_a_line_that_makes_tax_whatever_its_rates_parts(bearing: LedgerTaxRate, moved: str) -> None:
    lines = [drafted("10.00", bearing)]
    XERO.tax.compute(lines)
    before = lines[0].tax_amount
    assert XERO.tax.move(lines, Decimal("0.01"), lines) == moved
    assert lines[0].tax_amount - before == (Decimal("0.01") if moved else 0)
