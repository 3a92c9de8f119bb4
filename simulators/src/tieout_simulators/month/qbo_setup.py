"""What a QuickBooks Online company is set up with: preferences, chart, sales tax, terms, classes and locations.

Each function answers for one country: the United States with manual sales tax (one combined rate, lines TAX or NON),
Australia with a tax code on every line.
"""

from decimal import Decimal
from typing import NamedTuple

from tieout_simulators.month.places import DEPARTMENTS, TERMS, UNITED_STATES, Country, Location
from tieout_simulators.month.shapes import JsonObject, present
from tieout_simulators.month.xero_setup import LOCK_DATE, ROUNDING_ACCOUNT

TAXED, UNTAXED = "TAX", "NON"
COMBINED_CODE = "21"
GST_CODE, FREE_CODE, OUT_OF_SCOPE_CODE = "10", "11", "12"
AGENCY = "1"
TAXES_SINCE = "2000-07-01"


class QboAccount(NamedTuple):
    """One account of QuickBooks: its number is ConnectWise's too."""

    id: str
    number: str
    name: str
    type: str
    sub_type: str
    active: bool = True


ACCOUNTS = (
    QboAccount("35", "090", "Business checking", "Bank", "Checking"),
    QboAccount("41", "200", "Service revenue", "Income", "ServiceFeeIncome"),
    QboAccount("42", "210", "Managed services", "Income", "ServiceFeeIncome"),
    QboAccount("43", "220", "Hardware sales", "Income", "SalesOfProductIncome"),
    QboAccount("44", "230", "Software and licences", "Income", "SalesOfProductIncome"),
    QboAccount("45", "240", "Recovered expenses", "Income", "OtherPrimaryIncome"),
    QboAccount("46", "250", "Break-fix revenue (old)", "Income", "ServiceFeeIncome", active=False),
    QboAccount("47", ROUNDING_ACCOUNT, "Rounding", "Other Income", "OtherMiscellaneousIncome"),
    QboAccount("51", "310", "Cost of goods sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
    QboAccount("52", "493", "Travel", "Expense", "Travel"),
    QboAccount("61", "610", "Accounts receivable", "Accounts Receivable", "AccountsReceivable"),
    QboAccount("62", "800", "Accounts payable", "Accounts Payable", "AccountsPayable"),
    QboAccount("63", "820", "Sales tax payable", "Other Current Liability", "GlobalTaxPayable"),
    QboAccount("64", "960", "Retained earnings", "Equity", "RetainedEarnings"),
)
ACCOUNT_IDS = {row.number: row.id for row in ACCOUNTS}


def setup(name: str, location: Location) -> JsonObject:
    """CompanyInfo, Preferences and lists of the company that keeps the books of one location."""
    country = location.region.country
    return {
        "CompanyInfo": _company_info(name, location),
        "Preferences": _preferences(country),
        **_taxes(location),
        "Account": [_account(row) for row in ACCOUNTS],
        "Term": [
            {"Id": str(terms.id), "Name": terms.name, "Type": "STANDARD", "DueDays": terms.days} for terms in TERMS
        ],
        "Class": [{"Id": str(number), "Name": department} for department, number in DEPARTMENTS.items()],
        "Department": [{"Id": str(location.id), "Name": location.name}],
    }


def is_american(country: Country) -> bool:
    """Whether sales tax is the United States' kind."""
    return country == UNITED_STATES


def tax_settings(location: Location) -> JsonObject:
    """The tax rules of the company's settings: QuickBooks' tax codes by their ids."""
    american = is_american(location.region.country)
    taxed = COMBINED_CODE if american else GST_CODE
    return {
        "mode": "by_tax_group",
        "rules": [{"connectwise_tax_code": location.region.tax_code.identifier, "ledger_tax_code": taxed}],
        "untaxed": UNTAXED if american else FREE_CODE,
        "out_of_scope": UNTAXED if american else OUT_OF_SCOPE_CODE,
    }


def item_tax(country: Country, *, taxable: bool, in_scope: bool = True) -> JsonObject:
    """What an item says of its tax: a flag in the United States, a tax code elsewhere."""
    if is_american(country):
        return {"Taxable": taxable}
    code = OUT_OF_SCOPE_CODE if not in_scope else GST_CODE if taxable else FREE_CODE
    return {"Taxable": taxable, "SalesTaxCodeRef": {"value": code}}


def _company_info(name: str, location: Location) -> JsonObject:
    region = location.region
    return {
        "CompanyName": name,
        "LegalName": name,
        "Country": region.country.identifier,
        "CompanyAddr": present(
            Line1="1 Harbour Street",
            City=region.towns[0],
            CountrySubDivisionCode=region.state.identifier,
            PostalCode=region.postcode,
        ),
        "FiscalYearStartMonth": "January" if is_american(region.country) else "July",
        "NameValue": [{"Name": "SubscriptionStatus", "Value": "PAID"}],
    }


def _preferences(country: Country) -> JsonObject:
    """Numbers are ours to choose, sales tax is on and manual, classes stand on lines, books are closed to June."""
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": True,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "TrackDepartments": True,
            "DepartmentTerminology": "Location",
            "BookCloseDate": LOCK_DATE.isoformat(),
        },
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "AutoApplyCredit": False},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": country.currency.code}},
        "OtherPrefs": {"NameValue": []},
    }


def _taxes(location: Location) -> JsonObject:
    tax_code = location.region.tax_code
    agency = {"TaxAgency": [{"Id": AGENCY, "DisplayName": tax_code.agency}]}
    if is_american(location.region.country):
        return {
            **agency,
            "TaxRate": [_rate(COMBINED_CODE, tax_code.identifier, tax_code.percent)],
            "TaxCode": [
                _pseudo_code(TAXED, taxable=True),
                _pseudo_code(UNTAXED, taxable=False),
                _code(COMBINED_CODE, tax_code.identifier),
            ],
        }
    named = (
        (GST_CODE, "GST", tax_code.percent),
        (FREE_CODE, "GST free", Decimal(0)),
        (OUT_OF_SCOPE_CODE, "Out of Scope", Decimal(0)),
    )
    return {
        **agency,
        "TaxRate": [_rate(code_id, f"{name} (sales)", percent) for code_id, name, percent in named],
        "TaxCode": [_code(code_id, name, taxable=code_id != OUT_OF_SCOPE_CODE) for code_id, name, _ in named],
    }


def _rate(rate_id: str, name: str, percent: Decimal) -> JsonObject:
    return {
        "Id": rate_id,
        "Name": name,
        "Description": name,
        "RateValue": percent,
        "AgencyRef": {"value": AGENCY},
        "EffectiveTaxRate": [{"RateValue": percent, "EffectiveDate": TAXES_SINCE}],
        "SpecialTaxType": "NONE" if percent else "ZERO_RATE",
        "DisplayType": "ReadOnly",
    }


def _code(code_id: str, name: str, *, taxable: bool = True) -> JsonObject:
    """A tax code of one rate, which has the code's own id."""
    rate = {"TaxRateRef": {"value": code_id}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
    return {
        "Id": code_id,
        "Name": name,
        "Description": name,
        "Taxable": taxable,
        "TaxGroup": True,
        "SalesTaxRateList": {"TaxRateDetail": [rate]},
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def _pseudo_code(code: str, *, taxable: bool) -> JsonObject:
    return {"Id": code, "Name": code, "Description": code, "Taxable": taxable, "TaxGroup": False}


def _account(row: QboAccount) -> JsonObject:
    return {
        "Id": row.id,
        "AcctNum": row.number,
        "Name": row.name,
        "AccountType": row.type,
        "AccountSubType": row.sub_type,
        "Active": row.active,
    }
