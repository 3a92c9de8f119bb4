"""Why a line bears no tax: reverse charge, export, zero-rated, exempt and out of scope are different codes."""

from typing import Any

import pytest
from transform_kit.records import RATES, invoice, line, rate, reference, snapshot, tax_settings

from tieout_contracts.posting import Posting
from tieout_contracts.settings import TaxRule, ZeroRule
from tieout_transform.rules.plan import plan

ZEROS = (
    ZeroRule(reason="exempt", ledger_tax_code="EXEMPT", customer_taxable=True),
    ZeroRule(reason="out_of_scope", ledger_tax_code="NONE", customer_taxable=False),
    ZeroRule(reason="export", ledger_tax_code="ZERO", connectwise_tax_code="EXPORT"),
    ZeroRule(reason="reverse_charge", ledger_tax_code="REVERSE", connectwise_tax_code="RC-20"),
    ZeroRule(reason="zero_rated", ledger_tax_code="ZERO", gl_type="RE"),
    ZeroRule(reason="exempt", ledger_tax_code="EXEMPT", item_code="book"),
)
LEDGER = reference(tax_rates=(*RATES, rate("REVERSE", "0", parts=("20", "-20"))))


def planned(each: dict[str, Any], record: dict[str, Any], **tax: Any) -> Any:
    settings = snapshot(tax=tax_settings(**{"untaxed": None, "zeros": ZEROS} | tax), post_items=False)
    return plan(invoice([line("10.00", taxed=False, **each)], **record), settings, LEDGER)


@pytest.mark.parametrize(
    ("each", "record", "code", "words"),
    [
        ({}, {}, "EXEMPT", "exempt"),
        ({}, {"taxable": False}, "NONE", "out of scope"),
        ({}, {"tax_code": "export", "taxable": False}, "ZERO", "export"),
        ({"tax_code": "RC-20"}, {"tax_code": "EXPORT"}, "REVERSE", "reverse charge"),
        ({"gl_type": "RE"}, {"tax_code": "EXPORT"}, "ZERO", "zero rated"),
        ({"gl_type": "RE", "item_code": "BOOK"}, {"taxable": False}, "EXEMPT", "exempt"),
        ({"item_code": None}, {"tax_code": None}, "EXEMPT", "exempt"),
    ],
)
def test_the_most_specific_reason_wins_and_is_said(
    each: dict[str, Any], record: dict[str, Any], code: str, words: str
) -> None:
    posting = planned(each, record)
    assert isinstance(posting, Posting), posting
    assert posting.document.lines[0].tax_code == code
    said = f"line 1: ConnectWise does not tax it ({words}), so the ledger's tax code is {code}"
    assert said in [step.text for step in posting.explanation]


def test_a_line_that_no_reason_fits_is_refused_unless_the_company_named_one_for_all_others() -> None:
    only = ZEROS[:1]
    refused = planned({}, {"taxable": False}, zeros=only)
    assert isinstance(refused, tuple)
    assert [problem.code for problem in refused] == ["rules.untaxed_unset"]
    posting = planned({}, {"taxable": False}, zeros=only, untaxed="NONE")
    assert isinstance(posting, Posting)
    assert posting.document.lines[0].tax_code == "NONE"


def test_a_reason_mapped_to_a_code_that_taxes_is_refused() -> None:
    wrong = (ZeroRule(reason="export", ledger_tax_code="OUTPUT"),)
    refused = planned({}, {}, zeros=wrong)
    assert isinstance(refused, tuple)
    assert [problem.sentence for problem in refused] == [
        "Line 1 is to bear no tax in the ledger, and OUTPUT makes 10 %."
    ]


def test_a_taxed_line_whose_code_makes_no_tax_says_its_reason_too() -> None:
    rules = (TaxRule(connectwise_tax_code="RC-20", ledger_tax_code="REVERSE", reason="reverse_charge"),)
    record = invoice([line("10.00"), line("5.00")], "0.00", tax_code="RC-20")
    posting = plan(record, snapshot(tax=tax_settings(rules=rules)), LEDGER)
    assert isinstance(posting, Posting)
    assert "line 1–2: the tax code RC-20 makes none (reverse charge), so the ledger's tax code is REVERSE" in [
        step.text for step in posting.explanation
    ]


def test_a_reverse_charge_never_takes_cents() -> None:
    record = invoice([line("10.00")], "0.01", tax_code="RC-20")
    rules = (TaxRule(connectwise_tax_code="RC-20", ledger_tax_code="REVERSE"),)
    refused = plan(record, snapshot(tax=tax_settings(rules=rules)), LEDGER)
    assert isinstance(refused, tuple)
    assert [problem.code for problem in refused] == ["rules.tax_mismatch"]
