"""An Australian Xero organisation: accounts, tax rates, tracking categories, currency."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from tieout_simulators.month.places import DEPARTMENTS
from tieout_simulators.month.shapes import JsonObject, present
from tieout_simulators.month.xero_ids import xero_id

LOCK_DATE = date(2026, 6, 30)
YEAR_END_LOCK_DATE = date(2025, 6, 30)
ROUNDING_ACCOUNT = "860"
TRACKING_BY_LOCATION = "Location"
TRACKING_BY_PRACTICE = "Practice"


class AccountRow(NamedTuple):
    """One account: code, name, type, tax type; `system` names what Xero uses it for itself."""

    code: str
    name: str
    type: str
    tax_type: str
    system: str | None = None
    status: str = "ACTIVE"


ACCOUNTS = (
    AccountRow("090", "Business cheque account", "BANK", "BASEXCLUDED"),
    AccountRow("200", "Service revenue", "REVENUE", "OUTPUT"),
    AccountRow("210", "Managed services", "REVENUE", "OUTPUT"),
    AccountRow("220", "Hardware sales", "REVENUE", "OUTPUT"),
    AccountRow("230", "Software and licences", "REVENUE", "OUTPUT"),
    AccountRow("240", "Recovered expenses", "REVENUE", "OUTPUT"),
    AccountRow("250", "Break-fix revenue (old)", "REVENUE", "OUTPUT", status="ARCHIVED"),
    AccountRow("260", "Other revenue", "OTHERINCOME", "OUTPUT"),
    AccountRow("310", "Cost of goods sold", "DIRECTCOSTS", "INPUT"),
    AccountRow("404", "Bank fees", "EXPENSE", "EXEMPTEXPENSES"),
    AccountRow("493", "Travel", "EXPENSE", "INPUT"),
    AccountRow("610", "Accounts receivable", "CURRENT", "BASEXCLUDED", "DEBTORS"),
    AccountRow("800", "Accounts payable", "CURRLIAB", "BASEXCLUDED", "CREDITORS"),
    AccountRow("820", "GST", "CURRLIAB", "BASEXCLUDED", "GST"),
    AccountRow(ROUNDING_ACCOUNT, "Rounding", "CURRLIAB", "BASEXCLUDED", "ROUNDING"),
    AccountRow("960", "Retained earnings", "EQUITY", "BASEXCLUDED", "RETAINEDEARNINGS"),
)

CLASSES = {"BANK": "ASSET", "CURRENT": "ASSET", "CURRLIAB": "LIABILITY", "EQUITY": "EQUITY"}
CLASSES |= {"REVENUE": "REVENUE", "OTHERINCOME": "REVENUE", "DIRECTCOSTS": "EXPENSE", "EXPENSE": "EXPENSE"}


class RateRow(NamedTuple):
    """One tax rate in percent, and the classes of account it may stand on."""

    name: str
    tax_type: str
    percent: int
    applies_to: str


TAX_RATES = (
    RateRow("GST on Income", "OUTPUT", 10, "Assets Equity Liabilities Revenue"),
    RateRow("GST Free Income", "EXEMPTOUTPUT", 0, "Assets Equity Liabilities Revenue"),
    RateRow("GST on Expenses", "INPUT", 10, "Assets Equity Expenses Liabilities"),
    RateRow("GST Free Expenses", "EXEMPTEXPENSES", 0, "Assets Equity Expenses Liabilities"),
    RateRow("GST on Imports", "GSTONIMPORTS", 0, "Liabilities"),
    RateRow("BAS Excluded", "BASEXCLUDED", 0, "Assets Equity Expenses Liabilities Revenue"),
)


def organisation(name: str, tenant_id: str) -> JsonObject:
    """The Organisation of a data file, with books locked up to the last financial year."""
    return {
        "OrganisationID": tenant_id,
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": "AU",
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": "AUD",
        "CountryCode": "AU",
        "IsDemoCompany": False,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": 30,
        "FinancialYearEndMonth": 6,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "PeriodLockDate": xero_day(LOCK_DATE),
        "EndOfYearLockDate": xero_day(YEAR_END_LOCK_DATE),
        "CreatedDateUTC": xero_day(date(2018, 7, 2)),
        "Timezone": "AUSEASTERNSTANDARDTIME",
        "ShortCode": "!" + tenant_id.replace("-", "")[:5],
        "Edition": "BUSINESS",
        "Class": "PREMIUM",
    }


def chart(tenant_id: str, locations: Sequence[str]) -> JsonObject:
    """Accounts, tax rates, tracking categories and currency of one organisation."""
    return {
        "Accounts": [_account(row, tenant_id) for row in ACCOUNTS],
        "TaxRates": [_tax_rate(row) for row in TAX_RATES],
        "TrackingCategories": [
            _category(TRACKING_BY_LOCATION, locations, tenant_id),
            _category(TRACKING_BY_PRACTICE, tuple(DEPARTMENTS), tenant_id),
        ],
        "Currencies": [{"Code": "AUD", "Description": "Australian Dollar"}],
    }


def xero_day(day: date) -> str:
    """A calendar day as Xero prints it: milliseconds since 1970, at midnight UTC."""
    return f"/Date({(day - date(1970, 1, 1)) // timedelta(milliseconds=1)}+0000)/"


def _account(row: AccountRow, tenant_id: str) -> JsonObject:
    return present(
        AccountID=xero_id(f"{tenant_id}/account", row.code),
        Code=row.code,
        Name=row.name,
        Type=row.type,
        Class=CLASSES[row.type],
        Status=row.status,
        TaxType=row.tax_type,
        SystemAccount=row.system,
        EnablePaymentsToAccount=False,
        ShowInExpenseClaims=False,
        BankAccountType="BANK" if row.type == "BANK" else None,
        BankAccountNumber="062000-10203040" if row.type == "BANK" else None,
        CurrencyCode="AUD" if row.type == "BANK" else None,
    )


def _tax_rate(row: RateRow) -> JsonObject:
    classes = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    return {
        "Name": row.name,
        "TaxType": row.tax_type,
        "ReportTaxType": row.tax_type,
        "Status": "ACTIVE",
        **{f"CanApplyTo{each}": each in row.applies_to.split() for each in classes},
        "DisplayTaxRate": row.percent,
        "EffectiveRate": row.percent,
        "TaxComponents": [{"Name": "GST", "Rate": row.percent, "IsCompound": False, "IsNonRecoverable": False}],
    }


def _category(name: str, options: Sequence[str], tenant_id: str) -> JsonObject:
    return {
        "TrackingCategoryID": xero_id(f"{tenant_id}/tracking", name),
        "Name": name,
        "Status": "ACTIVE",
        "Options": [
            {
                "TrackingOptionID": xero_id(f"{tenant_id}/tracking/{name}", option),
                "Name": option,
                "Status": "ACTIVE",
                "HasValidationErrors": False,
            }
            for option in options
        ],
    }
