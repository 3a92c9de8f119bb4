"""QuickBooks Online with Automated Sales Tax: its own tax, or ConnectWise's in its stead (issue 3, point 3)."""

from decimal import Decimal
from typing import Any

import pytest
from transform_kit.quickbooks import american, australian, settings_for
from transform_kit.records import CUSTOMER, credit, entries, invoice, line

from tieout_contracts.posting import Posting
from tieout_contracts.records import Address, RecordLine, TaxLevel
from tieout_contracts.settings import TaxRule
from tieout_transform.rules.plan import plan

AUTOMATED = american(sales_tax="automated")
PLACE = Address(city="Bayshore", region="CA", postal_code="94326")
AT_HOME = CUSTOMER.model_copy(update={"address": PLACE})
RATE = Decimal("0.08")


def level(number: int, tax: str, rate: Decimal | None = RATE, **changes: Any) -> TaxLevel:
    return TaxLevel(level=number, code=f"LEVEL-{number}", tax_amount=tax, rate=rate, **changes)


def planned(lines: list[RecordLine], tax: str, choice: str = "ledger_tax", **changes: Any) -> Any:
    more, ledger = changes.pop("tax_settings", {}), changes.pop("ledger", AUTOMATED)
    facts = {"currency": "USD", "bill_to": AT_HOME, "tax_levels": (level(1, tax),) if Decimal(tax) else ()}
    settings = settings_for(ledger, tax={"automated": choice} | more)
    return plan(invoice(lines, tax, **facts | changes), settings, ledger)


def posted(lines: list[RecordLine], tax: str, choice: str = "ledger_tax", **changes: Any) -> Posting:
    found = planned(lines, tax, choice, **changes)
    assert isinstance(found, Posting), found
    return found


def refused(lines: list[RecordLine], tax: str, choice: str = "ledger_tax", **changes: Any) -> list[str]:
    found = planned(lines, tax, choice, **changes)
    assert isinstance(found, tuple), found
    return [problem.sentence for problem in found]


def untaxed(amount: str = "5.00") -> RecordLine:
    return line(amount, taxed=False)


@pytest.mark.parametrize(("choice", "mode"), [("ledger_tax", "computed"), ("override", "override")])
def test_lines_say_only_whether_they_are_taxed_and_connectwises_tax_is_expected(choice: str, mode: str) -> None:
    document = posted([line("10.00"), untaxed(), line("20.01")], "2.40", choice).document
    assert (document.tax_mode, document.ship_to) == (mode, PLACE)
    assert [(each.tax_code, each.tax_amount, each.tax_override) for each in document.lines] == [
        ("TAX", Decimal("0.80"), False),
        ("NON", Decimal("0.00"), False),
        ("TAX", Decimal("1.60"), False),
    ]
    assert (document.expected.tax, document.expected.total) == (Decimal("2.40"), Decimal("37.41"))


def test_no_code_of_the_ledger_needs_to_be_mapped_to_what_is_taxed() -> None:
    unmapped = {"rules": (), "mode": "by_tax_level", "levels": ()}
    assert posted([line("10.00")], "0.80", tax_settings=unmapped).document.lines[0].tax_code == "TAX"


def test_a_code_that_is_mapped_to_what_is_not_taxed_stays_so_with_its_reason() -> None:
    exempt = TaxRule(connectwise_tax_code="GST", ledger_tax_code="NON", reason="exempt")
    posting = posted([line("10.00")], "0.00", tax_levels=(), tax_settings={"rules": (exempt,)})
    assert posting.document.lines[0].tax_code == "NON"
    assert "line 1: the tax code GST makes none (exempt), so the ledger's tax code is no tax NON" in [
        each.text for each in posting.explanation
    ]


def test_it_is_the_lines_own_code_that_counts_then_the_documents() -> None:
    exempt = TaxRule(connectwise_tax_code="FREE", ledger_tax_code="NON")
    elsewhere = TaxRule(connectwise_tax_code="GST", ledger_tax_code="GONE")
    lines = [line("10.00"), line("1.00", tax_code="FREE"), line("1.00", tax_code="OTHER")]
    levels = (level(1, "0.96"),)
    document = posted(lines, "0.96", tax_levels=levels, tax_settings={"rules": (exempt, elsewhere)}).document
    assert [each.tax_code for each in document.lines] == ["TAX", "NON", "TAX"]
    assert posted([line("10.00")], "0.80", tax_code=None).document.lines[0].tax_code == "TAX"


def test_all_tax_may_be_lines_from_the_entries_whatever_was_chosen() -> None:
    levels = (level(1, "0.80"),)
    more = {"mode": "gl_entries", "lines_account": "820"}
    document = posted([line("10.00")], "0.80", tax_entries=entries(levels), tax_settings=more).document
    assert [(each.kind, each.tax_code) for each in document.lines] == [("source", "NON"), ("tax", "NON")]
    assert document.tax_mode == "exclusive"


def test_where_lines_have_codes_of_their_own_none_is_left_to_automated_sales_tax() -> None:
    abroad = australian(sales_tax="automated")
    told = refused([line("10.00")], "1.00", ledger=abroad, currency="AUD")
    assert told == [
        "QuickBooks Online computes the sales tax itself (Automated Sales Tax), so ConnectWise's tax would be replaced."
    ]


def test_a_document_without_taxed_lines_is_one_like_any_other() -> None:
    document = posted([untaxed()], "0.00", "override").document
    assert (document.tax_mode, document.ship_to) == ("exclusive", PLACE)


def test_the_choice_means_nothing_where_the_company_keeps_sales_tax_by_hand() -> None:
    document = posted([line("10.00")], "0.80", "override", ledger=american()).document
    assert (document.tax_mode, document.ship_to, document.lines[0].tax_code) == ("exclusive", None, "2")


def test_where_the_taxed_lines_make_nothing_the_largest_bears_the_tax() -> None:
    lines = [line("10.00"), line("-10.00", quantity="-1")]
    levels = (level(1, "0.01", rate=RATE),)
    document = posted([*lines, untaxed("1.00")], "0.01", "override", tax_levels=levels).document
    assert [each.tax_amount for each in document.lines] == [Decimal("0.01"), 0, 0]


def test_a_credit_mirrors_its_invoice() -> None:
    facts = {"currency": "USD", "bill_to": AT_HOME, "tax_levels": (level(1, "0.80"),)}
    settings = settings_for(AUTOMATED, tax={"automated": "override"})
    sold, credited = (plan(make([line("10.00")], "0.80", **facts), settings, AUTOMATED) for make in (invoice, credit))
    assert isinstance(sold, Posting)
    assert isinstance(credited, Posting)
    assert credited.document.lines == sold.document.lines


def test_some_levels_may_be_lines_and_the_rest_the_ledgers() -> None:
    levels = (level(1, "0.80"), level(2, "3.00", Decimal("3.00"), flat=True))
    more = {"mode": "by_tax_level", "levels_as_lines": ("LEVEL-2",), "lines_account": "820"}
    taxed = line("10.00", taxable_levels=(1, 2))
    document = posted([taxed], "3.80", tax_levels=levels, tax_entries=entries(levels), tax_settings=more).document
    assert [(each.kind, each.tax_code) for each in document.lines] == [("source", "TAX"), ("tax", "NON")]
    assert document.expected.tax == Decimal("0.80")


# where it was delivered


def test_the_address_of_the_served_site_counts_first() -> None:
    there = Address(city="Austin", region="TX", postal_code="78701")
    branch = CUSTOMER.model_copy(update={"company_id": 9, "address": there})
    assert posted([line("10.00")], "0.80", ship_to=branch).document.ship_to == there


def test_a_taxed_document_without_an_address_is_refused_also_where_another_company_was_served() -> None:
    told = "40125 is taxed, QuickBooks Online finds its tax by the address, and ConnectWise has none for it."
    assert refused([line("10.00")], "0.80", bill_to=CUSTOMER) == [told]
    assert refused([line("10.00")], "0.80", bill_to=CUSTOMER.model_copy(update={"address": Address()})) == [told]
    branch = CUSTOMER.model_copy(update={"company_id": 9})
    assert refused([line("10.00")], "0.80", ship_to=branch) == [told]
    assert posted([untaxed()], "0.00", bill_to=CUSTOMER).document.ship_to is None


# ConnectWise against itself

SAYS = "ConnectWise says {} tax, and its own rates do not make it: {}."


@pytest.mark.parametrize("choice", ["ledger_tax", "override"])
@pytest.mark.parametrize(
    ("lines", "tax", "changes", "reason"),
    [
        ([untaxed("10.00")], "0.80", {}, "no line is flagged for it"),
        ([line("10.00")], "0.80", {"tax_levels": (level(1, "0.70"),)}, "its levels make 0.70"),
        ([line("10.00")], "0.82", {}, "level 1 is 0.82, and 8 % of 10.00 makes 0.80"),
        ([line("10.00"), untaxed("10.00")], "1.60", {}, "level 1 is 1.60, and 8 % of 10.00 makes 0.80"),
        (
            [line("10.00")],
            "0.80",
            {"tax_levels": (level(1, "0.80", taxable_amount="11.00"),)},
            "ConnectWise taxed 11.00 at level 1, the lines flagged for it make 10.00",
        ),
        ([line("10.00")], "0.80", {"tax_levels": (level(1, "0.80", None),)}, "ConnectWise does not tell the rate"),
        (
            [line("10.00")],
            "0.82",
            {"tax_levels": (), "tax_rate": RATE},
            "the tax is 0.82, and 8 % of 10.00 makes 0.80",
        ),
        (
            [line("10.00")],
            "2.00",
            {"tax_levels": (level(1, "2.00", Decimal("3.00"), flat=True),)},
            "level 1 is 2.00, and its flat amount is 3.00",
        ),
        (
            [line("100.00")],
            "8.00",
            {"tax_levels": (level(1, "8.00", taxable_max="50.00"),)},
            "level 1 is 8.00, and 8 % of 50.00 makes 4.00",
        ),
    ],
)
def test_a_tax_that_connectwises_own_rates_do_not_make_is_refused_before_any_write(
    choice: str, lines: list[RecordLine], tax: str, changes: dict[str, Any], reason: str
) -> None:
    assert refused(lines, tax, choice, **changes) == [SAYS.format(tax, reason)]


@pytest.mark.parametrize(
    ("tax", "changes"),
    [
        ("0.81", {}),
        ("0.80", {"tax_levels": (), "tax_rate": RATE}),
        ("0.80", {"tax_levels": (level(1, "0.80", None),), "tax_rate": RATE}),
        ("0.00", {}),
        ("3.00", {"tax_levels": (level(1, "3.00", Decimal("3.00"), flat=True),)}),
        ("0.40", {"tax_levels": (level(1, "0.40", taxable_max="5.00", taxable_amount="5.00"),)}),
    ],
)
def test_what_its_rates_make_give_or_take_the_rounding_of_each_line_is_planned(
    tax: str, changes: dict[str, Any]
) -> None:
    lines = [line("5.00"), line("5.00")]
    assert posted(lines, tax, **changes).document.expected.tax == Decimal(tax)


def test_tax_on_tax_counts_the_levels_before_in_or_not() -> None:
    lines = [line("100.00", taxable_levels=(1, 2))]
    for second in ("9.50", "9.98"):
        levels = (level(1, "5.00", Decimal("0.05")), level(2, second, Decimal("0.095")))
        tax = str(Decimal("5.00") + Decimal(second))
        assert posted(lines, tax, tax_levels=levels, tax_on_tax=True).document.expected.tax == Decimal(tax)
    levels = (level(1, "5.00", Decimal("0.05")), level(2, "9.98", Decimal("0.095")))
    assert refused(lines, "14.98", tax_levels=levels) == [
        SAYS.format("14.98", "level 2 is 9.98, and 9.5 % of 100.00 makes 9.50")
    ]
