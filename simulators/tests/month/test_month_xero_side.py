"""The Xero organisation before the run: Australian set-up, a few contacts and items."""

from typing import Any

import pytest


@pytest.fixture
def organisation(books: Any) -> dict[str, Any]:
    (only,) = books.month.xero["organisations"]
    return dict(only)


def test_it_is_an_australian_premium_organisation_locked_to_june(organisation: dict[str, Any]) -> None:
    shape = organisation["Organisation"]
    assert (shape["CountryCode"], shape["BaseCurrency"], shape["Class"]) == ("AU", "AUD", "PREMIUM")
    assert shape["PeriodLockDate"] == "/Date(1782777600000+0000)/"  # 2026-06-30


def test_the_system_accounts_are_there_and_one_account_is_archived(organisation: dict[str, Any]) -> None:
    system = {
        account["SystemAccount"]: account["Code"] for account in organisation["Accounts"] if "SystemAccount" in account
    }
    assert system.items() >= {"DEBTORS": "610", "GST": "820", "ROUNDING": "860"}.items()
    assert [account["Code"] for account in organisation["Accounts"] if account["Status"] == "ARCHIVED"] == ["250"]
    assert "BANK" in {account["Type"] for account in organisation["Accounts"]}


def test_every_configured_tax_type_may_stand_where_it_is_needed(books: Any, organisation: dict[str, Any]) -> None:
    rates = {rate["TaxType"]: rate for rate in organisation["TaxRates"]}
    assert set(rates) == {"OUTPUT", "EXEMPTOUTPUT", "INPUT", "EXEMPTEXPENSES", "BASEXCLUDED", "GSTONIMPORTS"}
    (company,) = books.month.expected["settings"]["companies"]
    assert rates[company["tax"]["rules"][0]["ledger_tax_code"]]["CanApplyToRevenue"]
    assert rates[company["tax"]["untaxed"]]["CanApplyToRevenue"]
    assert rates[company["tax"]["out_of_scope"]]["CanApplyToLiabilities"]
    assert not rates["INPUT"]["CanApplyToRevenue"]
    assert not rates["GSTONIMPORTS"]["CanApplyToRevenue"]


def test_some_payers_are_contacts_by_their_exact_name_without_a_number(
    books: Any, organisation: dict[str, Any]
) -> None:
    payers = {invoice["billToCompany"]["name"] for invoice in books.invoices.values()}
    known = [contact for contact in organisation["Contacts"] if contact["Name"] in payers]
    assert 10 <= len(known) < len(payers)
    assert not any("ContactNumber" in contact for contact in known)
    assert any("AccountNumber" in contact for contact in known)
    assert any(contact["ContactStatus"] == "ARCHIVED" for contact in organisation["Contacts"])


def test_item_codes_fit_xero_and_the_adjustment_item_exists(organisation: dict[str, Any]) -> None:
    codes = {item["Code"] for item in organisation["Items"]}
    assert "ROUNDING-ADJ" in codes
    assert "SVC-EXPENSE" not in codes
    assert all(len(item["Code"]) <= 30 and len(item["Name"]) <= 50 for item in organisation["Items"])
