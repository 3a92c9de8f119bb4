"""A Xero organisation: accounts, tracking categories, currencies, and the tax rates of its country."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from tieout_simulators.month.places import AUSTRALIA, DEPARTMENTS, Country, Currency
from tieout_simulators.month.shapes import JsonObject, present
from tieout_simulators.month.xero_ids import xero_id
from tieout_simulators.month.xero_taxes import OF_COUNTRY, RateRow, TaxesOfCountry

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


def organisation(name: str, tenant_id: str, country: Country = AUSTRALIA) -> JsonObject:
    """The Organisation of a data file, with books locked up to the last financial year."""
    return {
        "OrganisationID": tenant_id,
        "Name": name,
        "LegalName": name,
        "PaysTax": True,
        "Version": OF_COUNTRY[country.identifier].version,
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "BaseCurrency": country.currency.code,
        "CountryCode": country.identifier,
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
        "Timezone": OF_COUNTRY[country.identifier].time_zone,
        "ShortCode": "!" + tenant_id.replace("-", "")[:5],
        "Edition": "BUSINESS",
        "Class": "PREMIUM",
    }


def chart(
    tenant_id: str, locations: Sequence[str], country: Country = AUSTRALIA, foreign: Sequence[Currency] = ()
) -> JsonObject:
    """Accounts, tax rates, tracking categories and currencies of one organisation."""
    taxes = OF_COUNTRY[country.identifier]
    return {
        "Accounts": [_account(row, tenant_id, taxes, country.currency) for row in ACCOUNTS],
        "TaxRates": [_tax_rate(row, taxes) for row in taxes.rates],
        "TrackingCategories": [
            _category(TRACKING_BY_LOCATION, locations, tenant_id),
            _category(TRACKING_BY_PRACTICE, tuple(DEPARTMENTS), tenant_id),
        ],
        "Currencies": [_currency(each) for each in (country.currency, *foreign)],
    }


def xero_day(day: date) -> str:
    """A calendar day as Xero prints it: milliseconds since 1970, at midnight UTC."""
    return f"/Date({(day - date(1970, 1, 1)) // timedelta(milliseconds=1)}+0000)/"


def _account(row: AccountRow, tenant_id: str, taxes: TaxesOfCountry, currency: Currency) -> JsonObject:
    return present(
        AccountID=xero_id(f"{tenant_id}/account", row.code),
        Code=row.code,
        Name=row.name,
        Type=row.type,
        Class=CLASSES[row.type],
        Status=row.status,
        TaxType=taxes.named.get(row.tax_type, row.tax_type),
        SystemAccount=row.system,
        EnablePaymentsToAccount=False,
        ShowInExpenseClaims=False,
        BankAccountType="BANK" if row.type == "BANK" else None,
        BankAccountNumber="062000-10203040" if row.type == "BANK" else None,
        CurrencyCode=currency.code if row.type == "BANK" else None,
    )


def _currency(currency: Currency) -> JsonObject:
    in_capitals = " ".join(word[0].upper() + word[1:] for word in currency.name.split())
    return {"Code": currency.code, "Description": in_capitals}


def _tax_rate(row: RateRow, taxes: TaxesOfCountry) -> JsonObject:
    classes = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    return {
        "Name": row.name,
        "TaxType": row.tax_type,
        "ReportTaxType": row.reported_as or row.tax_type,
        "Status": "ACTIVE",
        **{f"CanApplyTo{each}": each in row.applies_to.split() for each in classes},
        "DisplayTaxRate": row.percent,
        "EffectiveRate": row.percent,
        "TaxComponents": [{"Name": taxes.tax, "Rate": row.percent, "IsCompound": False, "IsNonRecoverable": False}],
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
