"""Tax by level, and tax as lines from the GL entries (F116, F117, K8, K9)."""

from decimal import Decimal
from typing import Any

import pytest
from transform_kit.ledger import faults_of
from transform_kit.records import entries, invoice, line, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.records import InvoiceRecord, RecordLine, TaxLevel
from tieout_contracts.settings import AccountRule, LevelRule, TaxRule
from tieout_transform.rules.plan import plan

STATE, CITY = "CA-STATE", "LA-CITY"
LEVELS = (
    LevelRule(connectwise_levels=("la-city", STATE), ledger_tax_code="CITY"),
    LevelRule(connectwise_levels=(STATE,), ledger_tax_code="OUTPUT"),
)
BY_LEVEL = tax_settings(mode="by_tax_level", levels=LEVELS, rules=())
BY_ENTRIES = tax_settings(mode="gl_entries", rules=(), out_of_scope="NONE")


def level(number: int, code: str | None, tax: str, **more: Any) -> TaxLevel:
    return TaxLevel(level=number, code=code, tax_amount=tax, **more)


def taxed(lines: list[RecordLine], *levels: TaxLevel, **changes: Any) -> InvoiceRecord:
    tax = sum((each.tax_amount for each in levels), Decimal("0.00"))
    return invoice(lines, tax, tax_levels=levels, tax_entries=entries(levels), **changes)


def planned(record: InvoiceRecord, tax: Any, **settings: Any) -> Any:
    return plan(record, snapshot(tax=tax, **settings), reference())


def posted(record: InvoiceRecord, tax: Any, **settings: Any) -> Posting:
    posting = planned(record, tax, **settings)
    assert isinstance(posting, Posting), posting
    assert faults_of(posting, record, reference()) == []
    return posting


def refused(record: InvoiceRecord, tax: Any, **settings: Any) -> list[str]:
    found = planned(record, tax, **settings)
    assert isinstance(found, tuple), found
    return [problem.sentence for problem in found]


def on(amount: str, *levels: int, **changes: Any) -> RecordLine:
    return line(amount, taxable_levels=levels, **changes)


def test_each_combination_of_levels_has_its_ledger_code_F116() -> None:
    record = taxed([on("100.00", 1, 2), on("50.00", 1), on("9.00")], level(1, STATE, "9.50"), level(2, CITY, "4.38"))
    levels = (*LEVELS[:1], LevelRule(connectwise_levels=(STATE,), ledger_tax_code="OUTPUT"))
    settings = tax_settings(mode="by_tax_level", levels=levels, rules=())
    posting = posted(record, settings)
    assert [(each.tax_code, each.tax_amount) for each in posting.document.lines] == [
        ("CITY", Decimal("8.88")),
        ("OUTPUT", Decimal("5.00")),
        ("EXEMPT", Decimal("0.00")),
    ]


def test_services_exempt_and_products_taxed_in_one_state_F117() -> None:
    record = taxed([on("80.00", gl_type="R"), on("20.00", 1)], level(1, STATE, "2.00", taxable_amount="20.00"))
    posting = posted(record, BY_LEVEL)
    assert [each.tax_code for each in posting.document.lines] == ["EXEMPT", "OUTPUT"]


def test_a_combination_without_a_rule_is_refused_by_the_names_of_its_levels() -> None:
    record = taxed([on("100.00", 2, 3)], level(2, CITY, "4.38"), level(3, None, "1.00"))
    assert refused(record, BY_LEVEL) == [
        "Line 1 is taxed at the levels LA-CITY + level 3, and no rule is for just these."
    ]


def test_flags_for_levels_that_the_document_does_not_have_say_nothing() -> None:
    flagged = [on("100.00", 1, 2, 3, 4, 5)]
    assert posted(taxed(flagged, level(1, STATE, "10.00")), BY_LEVEL).document.lines[0].tax_code == "OUTPUT"
    wrong = refused(taxed(flagged, level(1, STATE, "10.02")), BY_LEVEL)
    assert "rounding explains 0.0055 at most" in wrong[0]


def test_a_document_without_levels_is_mapped_by_its_tax_code() -> None:
    rules = (TaxRule(connectwise_tax_code="EXPORT", ledger_tax_code="ZERO", reason="export"),)
    settings = tax_settings(mode="by_tax_level", rules=rules, levels=LEVELS)
    posting = posted(invoice([on("100.00", 1)], "0.00", tax_code="EXPORT"), settings)
    assert posting.document.lines[0].tax_code == "ZERO"
    assert refused(invoice([on("100.00", 1)], "0.00", tax_code="OTHER"), settings) == [
        "Line 1 is taxed with the ConnectWise tax code 'OTHER', which is not mapped."
    ]


def test_a_single_level_may_be_mapped_like_a_tax_code() -> None:
    rules = (TaxRule(connectwise_tax_code=STATE, ledger_tax_code="OUTPUT"),)
    record = taxed([on("100.00", 1)], level(1, STATE, "10.00"))
    posting = posted(record, tax_settings(mode="by_tax_level", rules=rules))
    assert posting.document.lines[0].tax_code == "OUTPUT"


def test_a_rule_for_a_single_level_does_not_claim_its_tax_on_lines_of_a_combination() -> None:
    rules = (TaxRule(connectwise_tax_code=STATE, ledger_tax_code="OUTPUT"),)
    settings = tax_settings(mode="by_tax_level", rules=rules, levels=LEVELS[:1])
    record = taxed([on("100.00", 1), on("100.00", 1, 2)], level(1, STATE, "14.50"), level(2, CITY, "4.38"))
    assert posted(record, settings).document.expected.tax == Decimal("18.88")


def test_each_code_ties_by_itself_where_each_level_taxes_lines_of_one_code() -> None:
    levels = (
        LevelRule(connectwise_levels=(STATE,), ledger_tax_code="OUTPUT"),
        LevelRule(connectwise_levels=(CITY,), ledger_tax_code="OUTPUT15"),
    )
    settings = tax_settings(mode="by_tax_level", levels=levels, rules=())
    goods = [on(amount, number) for number in (1, 2) for amount in ("25.06", "25.61", "25.63")]
    posting = posted(taxed(goods, level(1, STATE, "7.63"), level(2, CITY, "11.45")), settings)
    assert {total.tax_code: total.amount for total in posting.document.expected.tax_by_code} == {
        "OUTPUT": Decimal("7.63"),
        "OUTPUT15": Decimal("11.45"),
    }


FLAT = level(2, CITY, "3.00", rate="3", flat=True)
CAPPED = level(2, CITY, "1.00", rate="0.05", taxable_max="20.00", taxable_amount="20.00")
WITH_LINES = tax_settings(mode="by_tax_level", levels=LEVELS, rules=(), levels_as_lines=("la-city",))


@pytest.mark.parametrize(
    ("second", "reason"), [(FLAT, "a flat amount"), (CAPPED, "charged on 20.00 at most, of 100.00")]
)
def test_a_level_that_no_rate_can_make_is_refused_by_name(second: TaxLevel, reason: str) -> None:
    record = taxed([on("100.00", 1, 2)], level(1, STATE, "10.00"), second)
    assert refused(record, BY_LEVEL) == [f"The tax level LA-CITY is {reason}; no rate of the ledger makes that."]


@pytest.mark.parametrize("second", [FLAT, CAPPED])
def test_such_a_level_posts_as_a_line_beside_the_others_by_rate_F116(second: TaxLevel) -> None:
    record = taxed([on("100.00", 1, 2), on("7.00", 2)], level(1, STATE, "10.00"), second, tax_rate="0.15")
    posting = posted(record, WITH_LINES)
    shown = [
        (each.kind, each.tax_code, each.amount, each.tax_amount, each.account_code) for each in posting.document.lines
    ]
    assert shown == [
        ("source", "OUTPUT", Decimal("100.00"), Decimal("10.00"), "200"),
        ("source", "NONE", Decimal("7.00"), Decimal("0.00"), "200"),
        ("tax", "NONE", second.tax_amount, Decimal("0.00"), "820"),
    ]
    assert posting.document.lines[-1].description == "Sales Tax (LA-CITY)"
    assert posting.document.expected.total == record.total


@pytest.mark.parametrize("ceiling", ["500.00", "100.00"])
def test_a_ceiling_that_was_not_passed_is_no_ceiling(ceiling: str) -> None:
    second = level(2, CITY, "4.38", rate="0.04375", taxable_max=ceiling)
    settings = tax_settings(mode="by_tax_level", levels=LEVELS, rules=())
    assert posted(taxed([on("100.00", 1, 2)], level(1, STATE, "4.50"), second), settings).warnings == ()


def test_tax_on_tax_ties_under_a_compound_rate_and_its_base_may_hold_the_tax_below() -> None:
    rules = (LevelRule(connectwise_levels=("GST", "QST"), ledger_tax_code="COMPOUND"),)
    settings = tax_settings(mode="by_tax_level", levels=rules, rules=())
    gst = level(1, "GST", "5.00", taxable_amount="100.00")
    for base in ("105.00", "100.00"):
        qst = level(2, "QST", "9.98", taxable_amount=base)
        record = taxed([on("100.00", 1, 2)], gst, qst, tax_on_tax=True)
        assert posted(record, settings).document.expected.tax == Decimal("14.98")
    wrong = taxed([on("100.00", 1, 2)], gst, level(2, "QST", "9.99", taxable_amount="105.20"), tax_on_tax=True)
    assert "ConnectWise taxed 105.20 at level 2, the lines flagged for it make 100.00" in refused(wrong, settings)[0]


def test_a_rate_that_a_level_names_itself_betrays_even_a_cent() -> None:
    """One cent of tax on 0.10 at 10 % is right; at 12 % it is rounding too, but of another rate."""
    rule = (LevelRule(connectwise_levels=(STATE,), ledger_tax_code="OUTPUT"),)
    settings = tax_settings(mode="by_tax_level", rules=(), levels=rule)
    goods = [on("3.02", 1), on("0.01", 1)]
    assert posted(taxed(goods, level(1, STATE, "0.30", rate="0.1")), settings).warnings == ()
    silent = posted(taxed(goods, level(1, STATE, "0.31")), settings)
    assert [warning.code for warning in silent.warnings] == ["rules.tax_cents"]
    assert (
        "ConnectWise taxes at 10.2 %, the ledger at 10 %"
        in refused(taxed(goods, level(1, STATE, "0.31", rate="0.102")), settings)[0]
    )


def test_the_rates_of_levels_that_tax_each_other_are_compared_as_one() -> None:
    rules = (LevelRule(connectwise_levels=("GST", "QST"), ledger_tax_code="COMPOUND"),)
    settings = tax_settings(mode="by_tax_level", levels=rules, rules=())
    levels = (level(1, "GST", "5.00", rate="0.05"), level(2, "QST", "10.50", rate="0.1"))
    [sentence] = refused(taxed([on("100.00", 1, 2)], *levels, tax_on_tax=True), settings)
    assert "ConnectWise taxes at 15.5 %, the ledger at 14.975 %" in sentence


def test_gl_entries_post_connectwises_tax_as_lines_and_the_ledger_computes_none_K8() -> None:
    record = taxed([on("100.00", 1, 2), on("9.99", 1)], level(1, STATE, "6.61"), level(2, CITY, "3.00"))
    posting = posted(record, BY_ENTRIES)
    assert [(each.kind, each.amount, each.tax_code) for each in posting.document.lines] == [
        ("source", Decimal("100.00"), "NONE"),
        ("source", Decimal("9.99"), "NONE"),
        ("tax", Decimal("6.61"), "NONE"),
        ("tax", Decimal("3.00"), "NONE"),
    ]
    assert posting.document.expected.tax == 0
    said = [step.text for step in posting.explanation]
    assert "tax level 1 (CA-STATE): ConnectWise's 6.61 is posted as a line to account 820" in said
    assert "line 1–2: its tax stands on lines of its own, so the ledger's tax code is NONE" in said


def test_tax_lines_use_their_own_code_and_account_where_the_company_set_them() -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    own = BY_ENTRIES.model_copy(update={"lines_tax_code": "ZERO", "lines_account": "850"})
    assert [(each.tax_code, each.account_code) for each in posted(record, own).document.lines] == [
        ("ZERO", "200"),
        ("ZERO", "850"),
    ]
    mapped = posted(record, BY_ENTRIES, accounts=(AccountRule(gl_type="ST", ledger_account="850"),))
    assert mapped.document.lines[-1].account_code == "850"
    by_number = (AccountRule(connectwise_account="820", ledger_account="850"),)
    assert posted(record, BY_ENTRIES, accounts=by_number).document.lines[-1].account_code == "850"


def test_a_tax_line_says_whose_tax_it_is_without_control_characters() -> None:
    record = taxed([on("100.00", 1)], level(1, None, "6.61"))
    (entry,) = record.tax_entries
    for text, shown in (
        ("Sales\x07 Tax ", "Sales Tax (1)"),
        (" \x00", "Sales tax (1)"),
        ("T" * 300, f"{'T' * 200} (1)"),
    ):
        told = record.model_copy(update={"tax_entries": (entry.model_copy(update={"description": text}),)})
        assert posted(told, BY_ENTRIES).document.lines[-1].description == shown


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        ("825", "The tax level 1 (CA-STATE) posts to account 825, which the ledger keeps to itself."),
        ("299", "The tax level 1 (CA-STATE) posts to account 299, which is archived in the ledger."),
        ("", "The tax level 1 (CA-STATE) posts to account none, which the ledger does not have."),
    ],
)
def test_a_tax_line_never_posts_to_an_account_of_the_ledgers_own(account: str, sentence: str) -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    (entry,) = record.tax_entries
    wrong = record.model_copy(update={"tax_entries": (entry.model_copy(update={"account": account}),)})
    assert refused(wrong, BY_ENTRIES) == [sentence]


def test_a_tax_code_that_may_not_stand_on_the_account_of_tax_lines_is_refused() -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    rates = [
        each if each.code != "NONE" else each.model_copy(update={"applies_to": ("REVENUE",)})
        for each in reference().tax_rates
    ]
    found = plan(record, snapshot(tax=BY_ENTRIES), reference(tax_rates=tuple(rates)))
    assert isinstance(found, tuple)
    assert [problem.sentence for problem in found] == [
        "The tax level 1 (CA-STATE) posts to account 820, which cannot bear the tax code NONE."
    ]


@pytest.mark.parametrize("code", ["OUTPUT", "UNKNOWN", "DELETED"])
def test_a_tax_code_for_tax_lines_that_taxes_or_is_missing_is_refused(code: str) -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    found = refused(record, BY_ENTRIES.model_copy(update={"lines_tax_code": code}))
    assert f"Tax is posted as lines, and {code} is no tax code of 0 % in the ledger." in found


def test_tax_lines_without_any_code_are_refused() -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    found = refused(record, BY_ENTRIES.model_copy(update={"out_of_scope": None}))
    assert found[0] == "Line 1: its tax is posted as lines, and no tax code is set for that."


def test_entries_that_do_not_add_up_to_the_tax_are_refused() -> None:
    record = taxed([on("100.00", 1)], level(1, STATE, "6.61"))
    found = refused(record.model_copy(update={"tax_entries": ()}), BY_ENTRIES)
    assert "The tax of 6.61 is to be posted as lines, and the sales tax entries do not add up to it." in found


def test_an_entry_of_nothing_makes_no_line() -> None:
    record = taxed([on("100.00")], level(1, STATE, "0.00"))
    assert [each.kind for each in posted(record, BY_ENTRIES).document.lines] == ["source"]


def test_avalaras_tax_posts_as_lines_only_where_the_company_says_so_K9() -> None:
    record = taxed([on("100.00", 1)], level(1, "AVATAX", "9.13"), uses_avalara=True)
    assert refused(record, BY_ENTRIES) == ["40125 takes its tax from Avalara, and the company does not post such tax."]
    by_group = tax_settings(avalara="tax_lines", out_of_scope="NONE")
    assert [(each.kind, each.amount) for each in posted(record, by_group).document.lines] == [
        ("source", Decimal("100.00")),
        ("tax", Decimal("9.13")),
    ]
