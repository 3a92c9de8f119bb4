"""Plans for QuickBooks Online: its lines, its tax, and what its writer or its company would refuse."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from transform_kit.quickbooks import ACCOUNTS, TRACKING, american, australian, code, settings_for
from transform_kit.records import credit, entries, invoice, line, snapshot

from tieout_contracts.posting import Posting
from tieout_contracts.records import RecordLine, TaxLevel
from tieout_contracts.reference import LedgerItemRef, LedgerReference
from tieout_contracts.settings import AccountRule, AdjustmentSettings, TaxRule
from tieout_transform.rules.plan import plan

AU, US = australian(), american()
CURRENCIES = {"AU": "AUD", "US": "USD"}


def planned(lines: list[RecordLine], tax: str = "0.00", ledger: LedgerReference = AU, **changes: Any) -> Any:
    settings = changes.pop("settings", {})
    record = invoice(lines, tax, **{"currency": CURRENCIES[ledger.country]} | changes)
    return plan(record, settings_for(ledger, **settings), ledger)


def posted(lines: list[RecordLine], tax: str = "0.00", ledger: LedgerReference = AU, **changes: Any) -> Posting:
    found = planned(lines, tax, ledger, **changes)
    assert isinstance(found, Posting), found
    return found


def refused(lines: list[RecordLine], tax: str = "0.00", ledger: LedgerReference = AU, **changes: Any) -> list[str]:
    found = planned(lines, tax, ledger, **changes)
    assert isinstance(found, tuple), found
    return [problem.code for problem in found]


def untaxed(amount: str = "10.00", **changes: Any) -> RecordLine:
    return line(amount, taxed=False, **changes)


def level(number: int, tax: str, **changes: Any) -> TaxLevel:
    return TaxLevel(level=number, code=f"LEVEL-{number}", tax_amount=tax, **changes)


# lines


def test_prices_keep_seven_decimals_there_so_most_lines_need_no_help() -> None:
    [each] = posted([untaxed("61.17", quantity="1000", own_price="0.061171")]).document.lines
    assert (each.method, each.unit_amount) == ("own_price", Decimal("0.061171"))
    [each] = posted([untaxed("100.00", quantity="3")]).document.lines
    assert (each.method, each.unit_amount) == ("derived_price", Decimal("33.3333333"))


def test_a_quantity_of_eight_decimals_is_posted_with_seven_and_said() -> None:
    posting = posted([untaxed("33.33", quantity="0.33333333", exported_price="100")])
    assert posting.document.lines[0].quantity == Decimal("0.3333333")
    assert posting.explanation[-2].text == (
        "ConnectWise says 0.33333333 for 33.33, QuickBooks Online keeps 7 decimals of a quantity and 2 of an amount: "
        "0.3333333 × 100 = 33.33"
    )


@pytest.mark.parametrize("quantity", ["99999999999", "100000000000"])
def test_the_largest_quantity_has_eleven_digits(quantity: str) -> None:
    lines = [untaxed("1.00", quantity=quantity)]
    if quantity == "99999999999":
        assert posted(lines).document.lines[0].method == "amount_only"
    else:
        assert refused(lines) == ["rules.number_too_large"]


def test_a_line_that_no_price_makes_has_its_amount_alone_and_quantity_and_price_in_its_text() -> None:
    metered = untaxed("61.17", quantity="1000000", own_price="0.000061171")
    posting = posted([metered])
    [each] = posting.document.lines
    assert (each.method, each.amount) == ("amount_only", Decimal("61.17"))
    assert each.description == "Patch cable, 2 m (1,000,000 × 0.000061171)"
    assert each.quantity * each.unit_amount != each.amount
    assert [(found.code, found.line) for found in posting.warnings] == [("rules.amount_only", 0)]
    assert posting.document.note == (
        "Line 1: no price of 7 decimals makes 61.17 of 1,000,000 in QuickBooks Online, "
        "ConnectWise says 61.17 (1,000,000 × 0.000061171): posted as the amount 61.17 alone."
    )


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"own_price": "0.0001"}, "(1,000,000 at 0.0001)"),
        ({"exported_price": "0.00"}, "(1,000,000 at 0)"),
        ({}, "(quantity 1,000,000)"),
    ],
)
def test_the_client_is_told_the_price_even_where_it_does_not_make_the_amount(facts: dict[str, str], told: str) -> None:
    [each] = posted([untaxed("61.17", quantity="1000000", **facts)]).document.lines
    assert each.description.endswith(told)


def test_an_amount_without_a_quantity_stands_alone_whatever_the_company_chose() -> None:
    for rule in ("rounding_line", "single_unit"):
        settings = {"adjustment": AdjustmentSettings(account="860", line_rule=rule)}
        [each] = posted([untaxed("25.05", quantity="0", exported_price="0")], settings=settings).document.lines
        assert (each.method, each.quantity, each.unit_amount) == ("amount_only", 0, 0)
        assert each.description.endswith("(0 at 0)")


def test_counted_stock_needs_its_quantity_and_so_a_rounding_line() -> None:
    stock = untaxed("61.17", quantity="1000000", own_price="0.000061171", item_code="SW-24")
    assert [(each.method, each.kind) for each in posted([stock]).document.lines] == [
        ("rounding_line", "source"),
        (None, "rounding"),
    ]


# tax outside the United States


def test_tax_is_rounded_once_on_what_the_lines_of_a_rate_add_up_to() -> None:
    """Line by line 25.06, 25.61 and 25.63 at 15 % make 11.44; once on 76.30 it is 11.45."""
    goods = [line(amount) for amount in ("25.06", "25.61", "25.63")]
    fifteen = {"tax": {"mode": "by_tax_flag", "taxed": "15"}}
    posting = posted(goods, "11.45", settings=fifteen)
    assert posting.warnings == ()
    assert posting.document.expected.tax == Decimal("11.45")
    assert [each.tax_amount for each in posting.document.lines] == [Decimal("3.76"), Decimal("3.84"), Decimal("3.85")]
    assert "15 % of 76.30 makes 11.45 in QuickBooks Online, in one sum" in [x.text for x in posting.explanation][-2]


def test_a_cent_of_tax_moves_on_the_tax_of_its_code_and_not_on_a_line() -> None:
    goods = [line(amount) for amount in ("25.06", "25.61", "25.63")]
    posting = posted(goods, "11.44", settings={"tax": {"mode": "by_tax_flag", "taxed": "15"}})
    assert [warning.sentence for warning in posting.warnings] == [
        "ConnectWise says 11.44 tax (GST on services), QuickBooks Online makes 11.45 in one sum: "
        "−0.01 on the tax GST on services."
    ]
    assert [each.tax_override for each in posting.document.lines] == [False, False, True]
    assert posting.document.expected.tax == Decimal("11.44")


def test_several_cents_may_move_on_one_line_where_several_levels_tax_it() -> None:
    """3.75 % of 0.14 four times are 0.01 each, and 15 % of it are 0.02."""
    levels = tuple(level(number, "0.01") for number in (1, 2, 3, 4))
    taxed = line("0.14", taxable_levels=(1, 2, 3, 4))
    posting = posted([taxed], "0.04", tax_levels=levels, settings={"tax": {"mode": "by_tax_flag", "taxed": "15"}})
    assert [(each.tax_amount, each.tax_override) for each in posting.document.lines] == [(Decimal("0.04"), True)]
    assert posting.warnings[0].sentence.endswith("+0.02 on the tax GST on services.")


def test_a_cent_that_two_codes_could_bear_alike_stands_on_the_larger_one() -> None:
    rules = (
        TaxRule(connectwise_tax_code="GST", ledger_tax_code="10"),
        TaxRule(connectwise_tax_code="SERVICES", ledger_tax_code="15"),
    )
    goods = [line("10.00"), line("100.00", tax_code="SERVICES")]
    for lines in (goods, goods[::-1]):
        posting = posted(lines, "16.01", settings={"tax": {"rules": rules}})
        assert [each.tax_code for each in posting.document.lines if each.tax_override] == ["15"]


def test_a_cent_too_many_is_taken_off_the_code_whose_own_rounding_went_up() -> None:
    """10 % of 10.05 are 1.005 and become 1.01; 15 % of 10.03 are 1.5045 and become 1.50."""
    rules = (
        TaxRule(connectwise_tax_code="GST", ledger_tax_code="10"),
        TaxRule(connectwise_tax_code="SERVICES", ledger_tax_code="15"),
    )
    posting = posted([line("10.05"), line("10.03", tax_code="SERVICES")], "2.50", settings={"tax": {"rules": rules}})
    assert [each.tax_amount for each in posting.document.lines] == [Decimal("1.00"), Decimal("1.50")]


def test_parts_of_a_rate_are_rounded_by_themselves_over_all_codes_that_have_them() -> None:
    """6 % and 4 % of 0.13 + 0.12 are 0.015 and 0.01: 0.02 and 0.01, where 10 % would be 0.025."""
    split = {"tax": {"mode": "by_tax_flag", "taxed": "20"}}
    goods = [line(amount, taxable_levels=(1, 2)) for amount in ("0.13", "0.12")]
    posting = posted(goods, "0.03", tax_levels=(level(1, "0.02"), level(2, "0.01")), settings=split)
    assert posting.warnings == ()
    assert [each.tax_amount for each in posting.document.lines] == [Decimal("0.02"), Decimal("0.01")]


def test_no_cent_moves_on_a_document_that_has_a_split_rate_so_the_adjustment_line_carries_it() -> None:
    rules = (
        TaxRule(connectwise_tax_code="GST", ledger_tax_code="10"),
        TaxRule(connectwise_tax_code="BOTH", ledger_tax_code="20"),
    )
    goods = [line("10.05"), line("10.00", tax_code="BOTH", taxable_levels=(1, 2))]
    posting = posted(goods, "2.00", settings={"tax": {"rules": rules}})
    assert not any(each.tax_override for each in posting.document.lines)
    assert (posting.document.lines[-1].kind, posting.document.lines[-1].amount) == ("adjustment", Decimal("-0.01"))
    assert {warning.code for warning in posting.warnings} == {"rules.tax_adjusted", "rules.adjustment_line"}


@pytest.mark.parametrize(("ledger", "connectwise", "made"), [(AU, "0.04", "0.05"), (US, "0.05", "0.04")])
def test_tax_on_tax_is_computed_part_by_part_or_at_once_and_never_takes_a_cent(
    ledger: LedgerReference, connectwise: str, made: str
) -> None:
    """Of 0.30 are 5 % 0.015 and 9.5 % of it all 0.029925: 0.02 and 0.03 by themselves, 0.044925 at once."""
    quebec = code("30", ("GST", "5"), ("QST", "9.5"), compound=True)
    both = ledger.model_copy(update={"tax_rates": (*ledger.tax_rates, quebec)})
    goods = [line("0.30", taxable_levels=(1, 2))]
    posting = posted(goods, connectwise, both, settings={"tax": {"mode": "by_tax_flag", "taxed": "30"}})
    taxed, adjustment = posting.document.lines
    assert (taxed.tax_amount, taxed.tax_override) == (Decimal(made), False)
    assert (adjustment.kind, adjustment.amount) == ("adjustment", Decimal(connectwise) - Decimal(made))


def test_no_cent_moves_on_a_tax_that_is_nothing_or_would_be() -> None:
    posting = posted([line("0.05")], "0.00")
    assert not posting.document.lines[0].tax_override
    assert (posting.document.lines[-1].kind, posting.document.lines[-1].amount) == ("adjustment", Decimal("-0.01"))


def test_a_wrong_rate_is_refused_there_too() -> None:
    assert refused([line("100.00")], "12.50") == ["rules.tax_mismatch"]


def test_a_missing_gl_entry_is_refused_there_too() -> None:
    assert refused([untaxed()], total="10.02", subtotal="10.02") == ["rules.total_mismatch"]


def test_tax_lines_and_the_adjustment_line_bear_the_code_out_of_scope() -> None:
    levels = (level(1, "1.00"),)
    settings = {"tax": {"mode": "gl_entries", "rules": ()}}
    posting = posted([line("10.00")], "1.00", tax_levels=levels, tax_entries=entries(levels), settings=settings)
    assert [(each.kind, each.tax_code) for each in posting.document.lines] == [("source", "12"), ("tax", "12")]


def test_a_company_may_keep_its_cents_off_the_tax_where_the_ledger_does_not_keep_them() -> None:
    goods = [line(amount) for amount in ("25.06", "25.61", "25.63")]
    settings = {"tax": {"mode": "by_tax_flag", "taxed": "15", "cents": "on_adjustment"}}
    posting = posted(goods, "11.44", settings=settings)
    assert posting.document.expected.tax == Decimal("11.45")
    assert (posting.document.lines[-1].kind, posting.document.lines[-1].amount) == ("adjustment", Decimal("-0.01"))
    assert [warning.code for warning in posting.warnings] == ["rules.tax_adjusted", "rules.adjustment_line"]


def test_people_read_the_names_of_tax_codes_and_not_their_ids() -> None:
    posting = posted([line("10.00"), untaxed("5.00")], "1.00")
    texts = [each.text for each in posting.explanation]
    assert "line 2: ConnectWise does not tax it, so the ledger's tax code is GST free" in texts
    assert "tax GST: 10 % of 10.00 makes 1.00 in QuickBooks Online, in one sum" in texts


# tax in the United States


def test_in_the_united_states_one_code_taxes_the_sum_of_the_taxed_lines() -> None:
    posting = posted([line("0.06"), line("0.06"), untaxed("5.00")], "0.01", US)
    assert [(each.tax_code, each.tax_amount) for each in posting.document.lines] == [
        ("2", Decimal("0.00")),
        ("2", Decimal("0.01")),
        ("NON", Decimal("0.00")),
    ]
    assert posting.warnings == ()


def test_several_tax_codes_on_one_document_are_refused_with_what_to_do() -> None:
    rules = (
        TaxRule(connectwise_tax_code="GST", ledger_tax_code="2"),
        TaxRule(connectwise_tax_code="TX", ledger_tax_code="6"),
    )
    goods = [line("100.00"), line("100.00", tax_code="TX")]
    found = planned(goods, "14.25", US, settings={"tax": {"rules": rules}})
    assert [problem.sentence for problem in found] == [
        "40125 would bear the tax codes California, Texas; the ledger takes one on a document."
    ]
    assert "Map untaxed lines to NON" in found[0].hint


def test_a_zero_that_is_not_the_ledgers_own_is_another_code_of_the_document() -> None:
    free = american(tax_rates=(*US.tax_rates, *(each for each in AU.tax_rates if each.code == "11")))
    settings = {"tax": {"untaxed": "11"}}
    assert refused([line("100.00"), untaxed()], "8.00", free, settings=settings) == ["rules.one_tax_code"]
    alone = posted([untaxed()], "0.00", free, settings=settings)
    assert [each.tax_code for each in alone.document.lines] == ["11"]


def test_the_states_and_the_citys_share_are_rounded_together_and_cents_may_move_on_their_sum() -> None:
    """6 % and 2 % of 0.22 are 0.01 and 0.00 by themselves, and 0.02 together."""
    settings = {"tax": {"mode": "by_tax_flag", "taxed": "7"}}
    levels = (level(1, "0.01"), level(2, "0.00"))
    posting = posted([line("0.22", taxable_levels=(1, 2))], "0.01", US, tax_levels=levels, settings=settings)
    assert [warning.sentence for warning in posting.warnings] == [
        "ConnectWise says 0.01 tax (A and B), QuickBooks Online makes 0.02 in one sum: −0.01 on the tax A and B."
    ]


def test_automated_sales_tax_posts_nothing_until_somebody_chose_K10() -> None:
    automated = american(sales_tax="automated")
    assert refused([untaxed()], ledger=automated) == ["rules.automated_tax"]
    entered = {"tax_levels": (level(1, "0.80"),), "tax_entries": entries([level(1, "0.80")])}
    by_entries = {"tax": {"mode": "gl_entries"}}
    assert refused([line("10.00")], "0.80", automated, settings=by_entries, **entered) == ["rules.automated_tax"]


def test_with_automated_sales_tax_the_tax_may_be_lines_and_every_line_untaxed() -> None:
    automated = american(sales_tax="automated")
    entered = {"tax_levels": (level(1, "0.80"),), "tax_entries": entries([level(1, "0.80")])}
    chosen = {"tax": {"automated": "tax_lines"}}
    posting = posted([line("10.00"), untaxed("5.00")], "0.80", automated, settings=chosen, **entered)
    assert [(each.kind, each.amount, each.tax_code) for each in posting.document.lines] == [
        ("source", Decimal("10.00"), "NON"),
        ("source", Decimal("5.00"), "NON"),
        ("tax", Decimal("0.80"), "NON"),
    ]
    assert (posting.document.expected.tax, posting.document.expected.total) == (0, Decimal("15.80"))
    by_hand = posted([line("10.00")], "0.80", US, settings=chosen, **entered)
    assert [each.kind for each in by_hand.document.lines] == ["source"]


def test_a_line_that_automated_sales_tax_would_tax_is_refused_whatever_was_chosen() -> None:
    free = american(tax_rates=(*US.tax_rates, *(each for each in AU.tax_rates if each.code == "11")))
    automated = free.model_copy(update={"sales_tax": "automated"})
    chosen = {"tax": {"automated": "tax_lines", "lines_tax_code": "11"}}
    assert refused([untaxed()], "0.00", automated, settings=chosen) == ["rules.automated_tax"]


def test_a_taxed_document_is_refused_where_sales_tax_is_off() -> None:
    for off in (american(sales_tax="none"), australian(sales_tax="none")):
        assert refused([line("10.00")], "0.80" if off.country == "US" else "1.00", off) == ["rules.sales_tax_off"]
        posted([untaxed()], ledger=off)


# the document


def test_a_number_has_twenty_one_characters_at_most() -> None:
    assert posted([untaxed()], number="7" * 21).number == "7" * 21
    assert refused([untaxed()], number="7" * 22) == ["rules.field_too_long"]


def test_a_company_that_lets_the_ledger_number_its_documents_posts_nothing() -> None:
    assert refused([untaxed()], ledger=australian(numbers_itself=True)) == ["rules.ledger_numbers_itself"]


def test_only_the_companys_own_currency_is_posted() -> None:
    assert refused([untaxed()], currency="USD") == ["rules.currency_unavailable"]


def test_closed_books_are_refused() -> None:
    assert refused([untaxed()], ledger=australian(period_lock_date=date(2026, 10, 20))) == ["rules.locked_period"]


@pytest.mark.parametrize("status", ["draft", "submitted"])
def test_a_company_that_posts_drafts_posts_nothing_because_there_are_none(status: str) -> None:
    assert refused([untaxed()], settings={"invoice_status": status}) == ["rules.no_drafts"]


def test_a_document_has_seven_hundred_and_fifty_lines_at_most() -> None:
    assert refused([untaxed()] * 751) == ["rules.too_many_lines"]
    assert len(posted([untaxed()] * 750).document.lines) == 750


def test_a_negative_credit_memo_is_refused_and_a_negative_invoice_is_a_credit() -> None:
    back = [untaxed("-10.00", quantity="-1")]
    found = plan(credit(back, currency="AUD"), settings_for(AU), AU)
    assert isinstance(found, tuple)
    assert [problem.code for problem in found] == ["rules.negative_total"]
    assert posted(back).document.kind == "sales_credit"


@pytest.mark.parametrize("account", ["090", "610"])
def test_an_account_that_no_item_can_sell_to_is_refused(account: str) -> None:
    assert refused([untaxed(account=account)]) == ["rules.account_not_postable"]


@pytest.mark.parametrize("place", ["Sydney", "Perth"])
def test_lines_of_one_location_share_it(place: str) -> None:
    lines = [untaxed(gl_class=place), untaxed(gl_class=place)]
    posting = posted(lines, settings={"tracking_categories": ("Location",)})
    assert {each.tracking[0].option for each in posting.document.lines} == {place}


def test_two_locations_on_one_document_are_refused_and_two_classes_are_not() -> None:
    lines = [untaxed(gl_class="Sydney:Managed"), untaxed(gl_class="Perth:Projects")]
    settings = {"tracking_categories": ("Location", "Class")}
    [problem] = planned(lines, settings=settings)
    assert problem.sentence == "The lines of 40125 have Perth, Sydney as Location; the ledger takes one on a document."
    once = tuple(each.model_copy(update={"per_document": True}) for each in TRACKING)
    assert refused(lines, ledger=australian(tracking=once), settings=settings) == ["rules.one_tracking_option"] * 2


def test_an_item_sells_to_one_account_in_all_documents() -> None:
    elsewhere = {"accounts": (AccountRule(gl_type="RP", ledger_account="210"),)}
    [problem] = planned([untaxed(item_code="sw-24")], settings=elsewhere)
    assert problem.sentence == ("Line 1 posts to account 210, and its item sw-24 sells to 200 in the ledger.")
    assert posted([untaxed(item_code="SW-24")]).document.lines[0].account_code == "200"


def test_a_new_item_sells_to_its_first_lines_account() -> None:
    lines = [untaxed(), untaxed(account="210"), untaxed(account="210", item_code="OTHER")]
    assert refused(lines) == ["rules.item_sells_elsewhere"]
    assert [each.code for each in ACCOUNTS][:2] == ["200", "210"]


def test_an_item_code_that_cannot_be_written_is_changed_and_said_so() -> None:
    posting = posted([untaxed(item_code=code) for code in ('MON-24"  wide', "Parent:Child", "Kühler", "MON\x0724")])
    codes = [each.item_code for each in posting.document.lines]
    assert codes[:3] == ["MON-24- wide-113F3E", "Parent-Child-D69FDB", "Kühler"]
    assert str(codes[3]).startswith("MON-24-")
    assert [(each.code, each.line) for each in posting.warnings] == [
        ("rules.item_code_changed", 0),
        ("rules.item_code_changed", 1),
        ("rules.item_code_changed", 3),
    ]
    assert {each.code for each in posting.document.items} == set(codes)


def test_an_item_that_is_there_keeps_its_code_and_letters_are_western_in_the_united_states() -> None:
    there = LedgerItemRef(code="Parent:Child", name="Child", account_code="200")
    [each] = posted([untaxed(item_code="Parent:Child")], ledger=australian(items=(there,))).document.lines
    assert each.item_code == "Parent:Child"
    [each] = posted([untaxed(item_code="Kühler")], ledger=US).document.lines
    assert each.item_code == "Kühler"
    for ledger, expected in ((AU, "Œ-7"), (US, "--7-")):
        [each] = posted([untaxed(item_code="Œ-7")], ledger=ledger).document.lines
        assert each.item_code is not None
        assert each.item_code.startswith(expected)


def test_the_adjustment_items_code_is_written_alike() -> None:
    settings = {"adjustment": AdjustmentSettings(account="860", item_code="Rounding: ours")}
    posting = posted([line("0.05")], "0.00", settings=settings)
    assert posting.document.lines[-1].item_code == posting.document.items[-1].code
    assert str(posting.document.items[-1].code).startswith("Rounding- ours-")


def test_a_plan_is_never_made_by_another_ledgers_arithmetic() -> None:
    with pytest.raises(AssertionError, match="another kind of ledger"):
        plan(invoice([untaxed()]), snapshot(), AU)


# the link to pay


def test_quickbooks_takes_any_word_in_a_pay_link_F246() -> None:
    posting = posted([untaxed()], settings={"pay_link": "https://pay.example.com/xero/{number}"}, number="40125")
    assert posting.document.pay_link == "https://pay.example.com/xero/40125"
    assert posting.warnings == posted([untaxed()], number="40125").warnings
