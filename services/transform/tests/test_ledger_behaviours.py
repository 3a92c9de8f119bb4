"""Ledger behaviours that break naive engines, and the error texts that people know: a test for each that rules meet.

The numbers of texts are those of the catalogue; what each stands for is said in the test's name.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from transform_kit import quickbooks
from transform_kit.ledger import faults_of
from transform_kit.records import ACCOUNTS, credit, invoice, line, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord, RecordLine
from tieout_contracts.reference import LedgerAccount, LedgerItemRef
from tieout_contracts.settings import AccountRule, AdjustmentSettings, NonProductDefaults, TaxRule
from tieout_transform.rules.plan import plan


def posted(record: Any, ledger: Any = None, **settings: Any) -> Posting:
    ledger = ledger or reference()
    posting = plan(record, snapshot(**settings), ledger)
    assert isinstance(posting, Posting), posting
    assert faults_of(posting, record, ledger) == []
    return posting


def refused(record: Any, ledger: Any = None, **settings: Any) -> list[str]:
    found = plan(record, snapshot(**settings), ledger or reference())
    assert isinstance(found, tuple), found
    return [problem.sentence for problem in found]


def untaxed(amount: str, **changes: Any) -> RecordLine:
    return line(amount, taxed=False, **changes)


def test_an_item_code_and_an_account_code_may_be_the_same_string_behaviour_3() -> None:
    same = (LedgerAccount(code="CABLE-2M", name="Cables", account_class="REVENUE", account_type="REVENUE"), *ACCOUNTS)
    rules = (AccountRule(item_code="CABLE-2M", ledger_account="CABLE-2M"),)
    posting = posted(invoice([untaxed("10.00")], taxable=False), reference(accounts=same), accounts=rules)
    assert (posting.document.lines[0].account_code, posting.document.lines[0].item_code) == ("CABLE-2M", "CABLE-2M")
    [sentence] = refused(invoice([untaxed("10.00", account="CABLE-2M")], taxable=False))
    assert "posts to account CABLE-2M, which the ledger does not have" in sentence


def test_an_organisation_without_items_gets_lines_without_items_behaviour_3() -> None:
    posting = posted(invoice([untaxed("10.00", item_code=None)], taxable=False), post_items=False)
    assert (posting.document.lines[0].item_code, posting.document.items) == (None, ())


def test_xero_taxes_each_line_and_rounds_it_and_adds_up_afterwards_behaviour_5() -> None:
    """Xero's own example: 25.06 + 25.61 + 25.63 at 15 % make 11.44 there, and 11.45 where the total is taxed."""
    fifteen = tax_settings(mode="by_tax_flag", taxed="OUTPUT15", rules=())
    goods = [line(amount) for amount in ("25.06", "25.61", "25.63")]
    assert posted(invoice(goods, "11.44"), tax=fifteen).warnings == ()
    moved = posted(invoice(goods, "11.45"), tax=fifteen)
    assert [warning.sentence for warning in moved.warnings] == [
        "ConnectWise says 11.45 tax (OUTPUT15), Xero makes 11.44 line by line: +0.01 on line 3."
    ]


def test_a_document_of_nothing_counts_as_paid_and_cannot_be_corrected_later_text_3_behaviour_4() -> None:
    nothing = [untaxed("10.00"), untaxed("-10.00", quantity="-1")]
    assert posted(invoice(nothing, taxable=False)).document.expected.total == 0
    off = invoice([untaxed("10.00"), untaxed("-9.99", quantity="-1")], taxable=False, total="0.00", subtotal="0.00")
    assert refused(off) == [
        "40125 totals 0.00 and would need an adjustment; a zero document cannot be corrected later."
    ]


def test_a_difference_above_the_limit_leaves_nothing_behind_in_the_ledger_text_1() -> None:
    record = invoice([untaxed("10.00")] * 4, taxable=False, total="40.02", subtotal="40.02")
    strict = AdjustmentSettings(account="860", limit="0.01")
    assert refused(record, adjustment=strict) == [
        "An adjustment of +0.02 would be needed; the company allows 0.01 at most."
    ]
    assert posted(record, adjustment=AdjustmentSettings(account="860", limit="0.02")).document.lines[-1].amount == (
        Decimal("0.02")
    )
    beyond = record.model_copy(update={"total": Decimal("295.00")})
    assert refused(beyond, adjustment=AdjustmentSettings(account="860", limit="999")) == [
        "ConnectWise says 295.00, the ledger would say 40.00; rounding explains 0.02 at most."
    ]


def test_a_class_with_other_segments_than_expected_is_named_with_what_was_received_text_4() -> None:
    record = invoice([untaxed("10.00", gl_class=":Hardware")], taxable=False)
    settings = {"tracking_categories": ("Region", "Practice"), "missing_tracking": "refuse"}
    assert refused(record, **settings) == [
        "Line 1: the class ':Hardware' is not an option of the tracking categories Region, Practice."
    ]


def test_an_unknown_or_an_empty_tax_code_is_named_text_5() -> None:
    assert refused(invoice([line("10.00")], "1.00", tax_code="GST-OLD")) == [
        "Line 1 is taxed with the ConnectWise tax code 'GST-OLD', which is not mapped."
    ]
    assert "the ConnectWise tax code ''" in refused(invoice([line("10.00")], "1.00", tax_code=None))[0]


def test_an_account_that_the_ledger_lacks_is_refused_before_any_write_text_6() -> None:
    assert refused(invoice([untaxed("10.00", account="777")], taxable=False)) == [
        "Line 1 posts to account 777, which the ledger does not have."
    ]


@pytest.mark.parametrize("missing", ["-0.51", "0.51", "100.00"])
def test_a_total_that_is_not_the_sum_of_the_lines_is_refused_text_7(missing: str) -> None:
    total = Decimal("20.00") + Decimal(missing)
    record = invoice([untaxed("10.00"), untaxed("10.00")], taxable=False, total=total, subtotal=total)
    assert "the ledger would say 20.00" in refused(record)[0]


def test_the_refusal_says_the_total_with_the_tax_in_it_text_7() -> None:
    record = invoice([line("10.00"), line("10.00")], "2.00", total="32.00", subtotal="30.00")
    assert refused(record) == ["ConnectWise says 32.00, the ledger would say 22.00; rounding explains 0.01 at most."]


def test_a_price_of_seven_decimals_comes_out_at_the_expected_line_total_text_8() -> None:
    price = Decimal("0.0611714")
    amount = (price * 1000).quantize(Decimal("0.01"))
    posting = posted(invoice([untaxed(str(amount), quantity="1000", own_price=price)], taxable=False))
    assert sum(each.amount for each in posting.document.lines) == amount
    assert max(-int(each.unit_amount.normalize().as_tuple().exponent) for each in posting.document.lines) <= 4


def test_no_item_code_is_longer_than_thirty_characters_text_10_behaviour_5() -> None:
    posting = posted(invoice([untaxed("10.00", item_code="X" * 75)], taxable=False))
    assert len(posting.document.items[0].code) == 30


@pytest.mark.parametrize(("text", "expected"), [(" ", "Patch cable"), ("\x00\x07", "Patch cable")])
def test_each_line_has_a_description_text_13(text: str, expected: str) -> None:
    posting = posted(invoice([untaxed("10.00", description=text)], taxable=False))
    assert posting.document.lines[0].description == expected
    bare = posted(invoice([untaxed("10.00", description=text, item_name=None)], taxable=False))
    assert bare.document.lines[0].description == "Product"


@pytest.mark.parametrize("lock", ["period_lock_date", "year_lock_date"])
def test_a_locked_period_is_refused_before_any_write_text_15(lock: str) -> None:
    record = invoice([untaxed("10.00")], taxable=False)
    assert refused(record, reference(**{lock: date(2026, 10, 31)})) == [
        "The document is dated 2026-10-20; the ledger is locked up to 2026-10-31."
    ]


def test_rounding_lines_keep_tracked_stock_whole_whatever_the_company_prefers() -> None:
    stock = line("61.17", quantity="1000", own_price="0.061171", item_code="SW-24", taxed=False)
    single = AdjustmentSettings(account="860", line_rule="single_unit")
    posting = posted(invoice([stock], taxable=False), adjustment=single)
    assert [(each.kind, each.quantity) for each in posting.document.lines] == [
        ("source", Decimal(1000)),
        ("rounding", Decimal(1)),
    ]


def test_every_failed_rule_is_said_at_once_F8() -> None:
    record: InvoiceRecord = invoice(
        [
            line("10.00", account="777", item_code="X" * 40),
            line("5.00", item_code=None),
            line("7.00", tax_code="PST"),
            untaxed("1.00", gl_class="Nowhere:Else"),
        ],
        "9.00",
        number=" 1 ",
        currency="JPY",
    )
    codes = plan(
        record,
        snapshot(
            tracking_categories=("Region",),
            missing_tracking="refuse",
            long_item_codes="refuse",
            non_product=NonProductDefaults(),
            missing_contact="refuse",
        ),
        reference(period_lock_date=date(2027, 1, 1)),
    )
    assert isinstance(codes, tuple)
    assert {problem.code for problem in codes} == {
        "rules.number_unusable",
        "rules.currency_places",
        "rules.currency_unavailable",
        "rules.locked_period",
        "rules.account_missing",
        "rules.item_code_refused",
        "rules.item_missing",
        "rules.tax_unmapped",
        "rules.tracking_missing",
    }


def test_a_credit_memo_of_the_same_lines_says_the_same_cents() -> None:
    goods = [line("61.17", quantity="1000", own_price="0.061171"), line("0.05")]
    sold, back = posted(invoice(goods, "6.12")), posted(credit(goods, "6.12"))
    assert sold.document.lines == back.document.lines


# QuickBooks Online


QBO, QBO_US = quickbooks.australian(), quickbooks.american()


def posted_in_quickbooks(lines: list[RecordLine], tax: str = "0.00", ledger: Any = QBO, **changes: Any) -> Posting:
    record = invoice(lines, tax, currency=ledger.base_currency, **changes)
    posting = plan(record, quickbooks.settings_for(ledger), ledger)
    assert isinstance(posting, Posting), posting
    assert faults_of(posting, record, ledger) == []
    return posting


def refused_in_quickbooks(lines: list[RecordLine], ledger: Any = QBO, **settings: Any) -> list[str]:
    record = invoice(lines, currency=ledger.base_currency, taxable=False)
    found = plan(record, quickbooks.settings_for(ledger, **settings), ledger)
    assert isinstance(found, tuple), found
    return [problem.sentence for problem in found]


def test_quickbooks_refuses_an_amount_that_is_not_quantity_times_price_so_it_stands_alone_or_fits() -> None:
    """Code 6070. Hours that were not rounded: 12.95 × 75 is 971.25, ConnectWise says 970.88."""
    [hours] = posted_in_quickbooks([untaxed("970.88", quantity="12.95", exported_price="75.00")]).document.lines
    assert (hours.method, hours.unit_amount, hours.amount) == (
        "derived_price",
        Decimal("74.9714286"),
        Decimal("970.88"),
    )
    [exact] = posted_in_quickbooks([untaxed("1861.08", quantity="128.35", own_price="14.50")]).document.lines
    assert (exact.method, exact.unit_amount) == ("own_price", Decimal("14.5"))


def test_quickbooks_takes_a_line_without_an_item_for_a_remark_so_each_line_names_an_item_or_its_account() -> None:
    [named] = posted_in_quickbooks([untaxed("10.00")]).document.lines
    assert (named.item_code, named.account_code) == ("CABLE-2M", "200")
    record = invoice([untaxed("10.00", item_code=None)], taxable=False)
    bare = plan(record, quickbooks.settings_for(QBO, post_items=False), QBO)
    assert isinstance(bare, Posting)
    assert (bare.document.lines[0].item_code, bare.document.lines[0].account_code) == (None, "200")


def test_in_quickbooks_too_an_item_code_and_an_account_code_may_be_the_same_string_behaviour_3() -> None:
    posting = posted_in_quickbooks([untaxed("10.00", item_code="200")])
    assert (posting.document.lines[0].account_code, posting.document.lines[0].item_code) == ("200", "200")


def test_quickbooks_books_a_line_to_its_items_account_whatever_the_line_says() -> None:
    assert refused_in_quickbooks([untaxed("10.00", item_code="SW-24", account="210")]) == [
        "Line 1 posts to account 210, and its item SW-24 sells to 200 in the ledger."
    ]
    sold = LedgerItemRef(code="ROUNDING", name="Rounding", account_code="200")
    record = invoice([line("0.05")], "0.00")
    found = plan(record, quickbooks.settings_for(QBO), quickbooks.australian(items=(sold,)))
    assert isinstance(found, tuple)
    assert [problem.sentence for problem in found] == [
        "An adjustment of −0.01 is needed, but its item ROUNDING sells to the account 200, not to 860."
    ]


def test_quickbooks_taxes_what_the_lines_of_a_rate_add_up_to() -> None:
    """Where Xero makes 11.44 of 25.06 + 25.61 + 25.63 at 15 %, QuickBooks Online makes 11.45."""
    goods = [line(amount, tax_code="GST15") for amount in ("25.06", "25.61", "25.63")]
    rules = (TaxRule(connectwise_tax_code="GST15", ledger_tax_code="15"),)
    posting = plan(invoice(goods, "11.45"), quickbooks.settings_for(QBO, tax={"rules": rules}), QBO)
    assert isinstance(posting, Posting)
    assert (posting.document.expected.tax, posting.warnings) == (Decimal("11.45"), ())


def test_a_document_in_the_united_states_has_one_tax_code_and_lines_that_are_taxed_or_not_K11() -> None:
    posting = posted_in_quickbooks([line("100.00"), untaxed("10.00")], "8.00", QBO_US)
    assert [each.tax_code for each in posting.document.lines] == ["2", "NON"]


def test_a_half_cent_moves_away_from_zero_so_that_a_credit_mirrors_its_invoice_there_too() -> None:
    """10 % of 10.05 are 1.005, and 0.5 × 0.01 is 0.005."""
    goods = [line("10.04"), line("0.01", quantity="0.5", own_price="0.01")]
    sold = posted_in_quickbooks(goods, "1.01")
    back = plan(credit(goods, "1.01"), quickbooks.settings_for(QBO), QBO)
    assert isinstance(back, Posting)
    assert back.document.lines == sold.document.lines
    taken = posted_in_quickbooks([untaxed("-0.01", quantity="-0.5", own_price="0.01"), untaxed("5.00")])
    assert (taken.document.lines[0].method, taken.document.lines[0].amount) == ("own_price", Decimal("-0.01"))


def test_the_ledgers_that_number_or_tax_documents_themselves_are_known_before_anything_is_sent() -> None:
    assert refused_in_quickbooks([untaxed("1.00")], quickbooks.australian(numbers_itself=True)) == [
        "QuickBooks Online numbers its documents itself, and 40125 would get another number."
    ]
    assert refused_in_quickbooks([untaxed("1.00")], quickbooks.american(sales_tax="automated")) == [
        "QuickBooks Online computes the sales tax itself (Automated Sales Tax), so ConnectWise's tax would be replaced."
    ]


def test_a_number_of_twenty_two_characters_would_be_cut_by_quickbooks() -> None:
    record = invoice([untaxed("1.00")], taxable=False, number="CONTOSO-2026-10-000125")
    found = plan(record, quickbooks.settings_for(QBO), QBO)
    assert isinstance(found, tuple)
    assert [problem.sentence for problem in found] == ["The number has 22 characters; the ledger takes 21."]
