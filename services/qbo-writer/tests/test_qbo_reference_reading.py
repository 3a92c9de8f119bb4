"""Reference data in the contracts' terms, and the ids behind it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from qbo_writer_kit.books import american, australian
from qbo_writer_kit.values import ORGANISATION

from tieout_providers.errors import Unreadable
from tieout_providers.qbo import reads
from tieout_qbo_writer.qbo.capability import obstacle
from tieout_qbo_writer.qbo.keys import Unknown, item_id
from tieout_qbo_writer.qbo.rates import percent_on
from tieout_qbo_writer.qbo.reading import Answers, keys_of, reference_of

READ_AT = datetime(2026, 11, 1, tzinfo=UTC)


def answers(books: dict[str, Any], **changes: Any) -> Answers:
    given = books | changes
    return Answers(
        company=reads.CompanyInfo.model_validate(given["CompanyInfo"]),
        preferences=reads.Preferences.model_validate(given["Preferences"]),
        accounts=[reads.Account.model_validate(each) for each in given["Account"]],
        tax_codes=[
            reads.TaxCode.model_validate(each)
            for each in (*given["TaxCode"], {"Id": "TAX", "Taxable": True}, {"Id": "NON", "Taxable": False})
        ],
        tax_rates=[reads.TaxRate.model_validate(each) for each in given["TaxRate"]],
        classes=[reads.Tracked.model_validate(each) for each in given["Class"]],
        departments=[reads.Tracked.model_validate(each) for each in given["Department"]],
        items=[reads.Item.model_validate(each) for each in given.get("Item", [])],
        currencies=[reads.CompanyCurrency.model_validate(each) for each in given.get("CompanyCurrency", [])],
    )


def test_an_account_tells_of_its_bank_feed_where_quickbooks_does_F189() -> None:
    card = {"AccountType": "Credit Card", "Classification": "Liability"}
    told: list[dict[str, Any]] = [{"OnlineBankingEnabled": True}, {"OnlineBankingEnabled": False}, {}]
    accounts = [card | each | {"Id": str(number), "Name": f"Card {number}"} for number, each in enumerate(told, 1)]
    reference = reference_of(ORGANISATION, answers(american(), Account=accounts), READ_AT)
    assert [(each.account_type, each.bank_feed) for each in reference.accounts] == [
        ("CREDIT CARD", True),
        ("CREDIT CARD", False),
        ("CREDIT CARD", None),
    ]


def test_codes_are_numbers_where_accounts_are_numbered_and_full_names_elsewhere() -> None:
    accounts = [
        {"Id": "1", "Name": "A", "FullyQualifiedName": "Income:A", "AcctNum": "4000", "Classification": "Revenue"},
        {"Id": "2", "Name": "B", "FullyQualifiedName": "Income:B", "AcctNum": "4000", "Active": False},
        {"Id": "3", "Name": "C", "AcctNum": "4100", "AccountType": "Cost of Goods Sold"},
        {"Name": "no id"},
    ]
    reference = reference_of(ORGANISATION, answers(american(), Account=accounts), READ_AT)
    assert [(each.code, each.name, each.account_class, each.active) for each in reference.accounts] == [
        ("Income:A", "Income:A", "REVENUE", True),  # a number that two have is nobody's
        ("Income:B", "Income:B", "", False),
        ("4100", "C", "EXPENSE", True),
    ]
    unnumbered = american()["Preferences"] | {"AccountingInfoPrefs": {"UseAccountNumbers": False}}
    plain = reference_of(ORGANISATION, answers(american(), Account=accounts, Preferences=unnumbered), READ_AT)
    assert [each.code for each in plain.accounts] == ["Income:A", "Income:B", "C"]


def test_in_the_united_states_the_pseudo_code_for_taxed_lines_is_no_choice() -> None:
    reference = reference_of(ORGANISATION, answers(american()), READ_AT)
    assert {each.code: each.rate for each in reference.tax_rates} == {"2": Decimal(8), "NON": Decimal(0)}


def test_a_compound_rate_applies_to_the_tax_before_it() -> None:
    reference = reference_of(ORGANISATION, answers(australian()), READ_AT)
    assert {each.code: each.rate for each in reference.tax_rates if each.code != "NON"} == {
        "10": Decimal(10),
        "11": Decimal(0),
        "12": Decimal("15.5"),
    }


def test_a_rate_has_its_percentage_for_a_time() -> None:
    rate = reads.TaxRate.model_validate(
        {
            "Id": "1",
            "RateValue": 9,
            "EffectiveTaxRate": [
                {"RateValue": 7, "EffectiveDate": "2020-01-01T00:00:00-08:00", "EndDate": "2025-12-31T00:00:00-08:00"},
                {"RateValue": 8, "EffectiveDate": "2026-01-01T00:00:00-08:00"},
            ],
        }
    )
    assert percent_on(rate, READ_AT.date()) == 8
    assert percent_on(rate, READ_AT.date().replace(year=2024)) == 7
    assert percent_on(rate, READ_AT.date().replace(year=2019)) == 9


def test_the_currencies_are_the_companys_own_and_the_active_others_F120_F121() -> None:
    """Whether it has any others its preference says, in the United States as elsewhere."""
    many = american()["Preferences"] | {"CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": "USD"}}
    others = [{"Id": "1", "Code": "EUR"}, {"Id": "2", "Code": "CAD", "Active": False}, {"Id": "3"}]
    read = answers(american(), Preferences=many, CompanyCurrency=others)
    reference = reference_of(ORGANISATION, read, READ_AT)
    assert (reference.currencies, reference.multi_currency) == (("EUR", "USD"), True)
    assert keys_of(read, READ_AT.date())["currencies"] == "yes"
    alone = reference_of(ORGANISATION, answers(american()), READ_AT)
    assert (alone.currencies, alone.multi_currency) == (("USD",), False)


def test_the_keys_lead_from_codes_to_ids() -> None:
    items = [
        {"Id": "11", "Name": "WS", "Type": "Service", "IncomeAccountRef": {"value": "79"}},
        {"Id": "12", "Name": "Old", "Active": False},
        {"Id": "13", "Name": "Router", "Type": "Inventory", "IncomeAccountRef": {"value": "404"}},
    ]
    read = answers(american(), Item=items)
    assert dict(keys_of(read, READ_AT.date())) == {
        "currency": "USD",
        "tax": "by_hand",
        "charset": "latin-1",
        "class place": "line",
        "account:4000": "79",
        "account:Hardware": "83",
        "rates:2": "3",
        "rates:NON": "",
        "class:Managed": "500",
        "location:North": "600",
        "item:WS": "11",
        "account of item:WS": "4000",
        "item:Router": "13",
    }
    reference = reference_of(ORGANISATION, read, READ_AT)
    assert [(each.code, each.tracked_stock, each.account_code) for each in reference.items] == [
        ("WS", False, "4000"),
        ("Router", True, None),
    ]
    with pytest.raises(Unknown, match="the item 'Old' is not active"):
        item_id(keys_of(read, READ_AT.date()), "Old")


def test_the_rates_of_a_split_code_have_their_percentages() -> None:
    keys = keys_of(answers(australian()), READ_AT.date())
    assert (keys["rates:12"], keys["percents:12"]) == ("20 22", "10 5")
    assert "percents:10" not in keys


@pytest.mark.parametrize(
    ("country", "taxes", "said"),
    [
        ("US", {"UsingSalesTax": True}, "manual"),
        ("US", {}, "none"),
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": True}, "automated"),
        ("AU", {"PartnerTaxEnabled": True}, "manual"),
        ("AU", {"UsingSalesTax": False}, "none"),
    ],
)
def test_the_rules_hear_by_whose_rates_sales_tax_is_charged(country: str, taxes: dict[str, Any], said: str) -> None:
    books = american() | {"CompanyInfo": {"CompanyName": "H", "Country": country}}
    read = answers(books, Preferences=american()["Preferences"] | {"TaxPrefs": taxes})
    assert reference_of(ORGANISATION, read, READ_AT).sales_tax == said


def test_the_rules_hear_what_stands_once_on_a_document_and_who_numbers_it() -> None:
    reference = reference_of(ORGANISATION, answers(american()), READ_AT)
    assert {each.name: each.per_document for each in reference.tracking} == {"Class": False, "Location": True}
    assert not reference.numbers_itself
    once = american()["Preferences"] | {"AccountingInfoPrefs": {"ClassTrackingPerTxn": True}, "SalesFormsPrefs": {}}
    other = reference_of(ORGANISATION, answers(american(), Preferences=once), READ_AT)
    assert [(each.name, each.per_document) for each in other.tracking] == [("Class", True)]
    assert other.numbers_itself


def test_a_company_says_what_stands_in_the_way() -> None:
    def found(**groups: dict[str, Any]) -> str | None:
        return obstacle(reads.Preferences.model_validate(groups))

    assert found(SalesFormsPrefs={"CustomTxnNumbers": True}) is None
    assert "custom transaction numbers" in str(found())


@pytest.mark.parametrize(
    ("country", "taxes", "regime"),
    [
        ("US", {"UsingSalesTax": True}, "by_hand"),
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": True}, "automated"),
        ("US", {}, "none"),
        ("CA", {"PartnerTaxEnabled": True}, "by_line"),
    ],
)
def test_the_regime_of_sales_tax_is_the_countrys_and_the_companys(
    country: str, taxes: dict[str, Any], regime: str
) -> None:
    books = american() | {"CompanyInfo": {"CompanyName": "H", "Country": country}}
    read = answers(books, Preferences=american()["Preferences"] | {"TaxPrefs": taxes})
    assert keys_of(read, READ_AT.date())["tax"] == regime


def test_without_classes_and_locations_nothing_is_tracked() -> None:
    plain = american()["Preferences"] | {"AccountingInfoPrefs": {}}
    read = answers(american(), Preferences=plain)
    assert reference_of(ORGANISATION, read, READ_AT).tracking == ()
    assert "class place" not in keys_of(read, READ_AT.date())


@pytest.mark.parametrize("missing", [{"CompanyInfo": {}}, {"Preferences": {}}])
def test_a_company_without_a_name_or_currency_cannot_be_read(missing: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        reference_of(ORGANISATION, answers(american(), **missing), READ_AT)
