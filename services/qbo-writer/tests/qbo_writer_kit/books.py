"""A company as a data file of the simulator has it."""

from decimal import Decimal
from typing import Any

from qbo_writer_kit.values import ORGANISATION

TOKEN = "token-of-the-data-file"
APP = {
    "client_id": "app",
    "client_secret": "secret",
    "realm_minute_limit": 100_000,
    "realm_app_second_limit": 10_000,
    "batch_minute_limit": 10_000,
}


def _rate(rate_id: str, name: str, percent: str) -> dict[str, Any]:
    return {"Id": rate_id, "Name": name, "RateValue": Decimal(percent), "AgencyRef": {"value": "1"}}


def _code(code_id: str, name: str, *rates: tuple[str, str]) -> dict[str, Any]:
    details = [
        {"TaxRateRef": {"value": rate}, "TaxTypeApplicable": applies, "TaxOrder": order}
        for order, (rate, applies) in enumerate(rates)
    ]
    return {
        "Id": code_id,
        "Name": name,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": details},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def american() -> dict[str, Any]:
    """A company in the United States with sales tax by hand."""
    return {
        "realmId": ORGANISATION,
        "access_token": TOKEN,
        "CompanyInfo": {"CompanyName": "Harbourline", "Country": "US"},
        "Preferences": {
            "AccountingInfoPrefs": {
                "UseAccountNumbers": True,
                "ClassTrackingPerTxnLine": True,
                "TrackDepartments": True,
                "BookCloseDate": "2025-12-31",
            },
            "SalesFormsPrefs": {"CustomTxnNumbers": True},
            "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
            "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        },
        "TaxAgency": [{"Id": "1", "DisplayName": "Board"}],
        "TaxRate": [_rate("3", "California", "8")],
        "TaxCode": [_code("2", "California", ("3", "TaxOnAmount"))],
        "Account": [
            {"Id": "79", "Name": "Services", "AcctNum": "4000", "AccountType": "Income", "AccountSubType": "Sales"},
            {"Id": "83", "Name": "Hardware", "AccountType": "Income", "AccountSubType": "Sales"},
        ],
        "Class": [{"Id": "500", "Name": "Managed"}],
        "Department": [{"Id": "600", "Name": "North"}],
        "Vendor": [{"Id": "7", "DisplayName": "Norton Lumber"}],
    }


def american_with_a_city() -> dict[str, Any]:
    """A company in the United States that has a tax code of two rates as well."""
    state, city = ("3", "TaxOnAmount"), ("4", "TaxOnAmount")
    return american() | {
        "TaxRate": [_rate("3", "California", "8"), _rate("4", "City", "1.25")],
        "TaxCode": [_code("2", "California", state), _code("6", "California and city", state, city)],
    }


def australian() -> dict[str, Any]:
    """A company outside the United States; a rate for each tax code, and one code with tax on tax."""
    return american() | {
        "CompanyInfo": {"CompanyName": "Harbourline", "Country": "AU"},
        "Preferences": american()["Preferences"] | {"CurrencyPrefs": {"HomeCurrency": {"value": "AUD"}}},
        "TaxRate": [_rate("20", "GST", "10"), _rate("21", "Free", "0"), _rate("22", "Levy", "5")],
        "TaxCode": [
            _code("10", "GST", ("20", "TaxOnAmount")),
            _code("11", "GST free", ("21", "TaxOnAmount")),
            _code("12", "Levy on GST", ("20", "TaxOnAmount"), ("22", "TaxOnAmountPlusTax")),
        ],
    }
