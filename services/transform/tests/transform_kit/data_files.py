"""The books as data files of the simulators, so that a writer can read them there, and post into them."""

from itertools import chain
from typing import Any

from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from transform_kit.books import Books

CALLS_NOBODY_COUNTS = 100_000
CLASSES = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


def xero_file(books: Books, client_id: str, client_secret: str) -> dict[str, Any]:
    """An empty organisation with this chart, whose app may call as often as it likes."""
    ledger = books.ledger
    organisation = {
        "tenantId": ledger.organisation_id,
        "Organisation": {"Name": books.name, "CountryCode": ledger.country, "BaseCurrency": ledger.base_currency},
        "Accounts": [_xero_account(each) for each in ledger.accounts],
        "TaxRates": [_xero_rate(each) for each in ledger.tax_rates],
        "TrackingCategories": [
            {"Name": each.name, "Options": [{"Name": option} for option in each.options]} for each in ledger.tracking
        ],
        "Currencies": [{"Code": each} for each in ledger.currencies],
        "Items": [{"Code": each.code, "Name": each.name, "IsTrackedAsInventory": True} for each in ledger.items],
    }
    app = {"client_id": client_id, "client_secret": client_secret}
    limits = {"day_limit": CALLS_NOBODY_COUNTS, "minute_limit": CALLS_NOBODY_COUNTS}
    return {"format": "tieout-xero/1", "app": app | limits, "organisations": [organisation]}


def _xero_account(account: LedgerAccount) -> dict[str, Any]:
    return {
        "Code": account.code,
        "Name": account.name,
        "Type": account.account_type,
        "Class": account.account_class,
        "Status": "ACTIVE" if account.active else "ARCHIVED",
        "SystemAccount": account.system or "",
    }


def _xero_rate(rate: LedgerTaxRate) -> dict[str, Any]:
    parts = [{"Name": each.name, "Rate": each.rate, "IsCompound": each.compound} for each in rate.components]
    taken = {flag: not rate.applies_to or name in rate.applies_to for name, flag in CLASSES.items()}
    status = "ACTIVE" if rate.active else "DELETED"
    head = {"Name": rate.name, "TaxType": rate.code, "Status": status, "EffectiveRate": rate.rate}
    return head | taken | {"TaxComponents": parts}


def quickbooks_company(books: Books, realm_id: str, access_token: str) -> dict[str, Any]:
    """An empty company with this chart that takes our numbers; each part of a tax code is the rate of its name."""
    ledger = books.ledger
    rates = {part.name: part.rate for part in chain.from_iterable(each.components for each in ledger.tax_rates)}
    return {
        "realmId": realm_id,
        "access_token": access_token,
        "CompanyInfo": {"CompanyName": books.name, "Country": ledger.country},
        "Preferences": {
            "AccountingInfoPrefs": {"UseAccountNumbers": True},
            "SalesFormsPrefs": {"CustomTxnNumbers": True},
            "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": books.automated is not None},
            "CurrencyPrefs": {"HomeCurrency": {"value": ledger.base_currency}},
        },
        "TaxAgency": [{"Id": "1", "DisplayName": "Board"}],
        "TaxRate": [
            {"Id": name, "Name": name, "RateValue": percent, "AgencyRef": {"value": "1"}}
            for name, percent in rates.items()
        ],
        "TaxCode": [_quickbooks_code(each) for each in ledger.tax_rates],
        "Account": [_quickbooks_account(each) for each in ledger.accounts],
        "Item": [
            {"Name": each.code, "Type": "Inventory", "IncomeAccountRef": {"value": each.account_code}}
            for each in ledger.items
        ],
    }


def _quickbooks_account(account: LedgerAccount) -> dict[str, Any]:
    return {
        "Id": account.code,
        "AcctNum": account.code,
        "Name": account.name,
        "AccountType": account.account_type.title(),
        "Classification": account.account_class.title(),
    }


def _quickbooks_code(rate: LedgerTaxRate) -> dict[str, Any]:
    details = [
        {
            "TaxRateRef": {"value": part.name},
            "TaxTypeApplicable": "TaxOnAmountPlusTax" if part.compound else "TaxOnAmount",
            "TaxOrder": order,
        }
        for order, part in enumerate(rate.components)
    ]
    taxed = {"Taxable": bool(details), "TaxGroup": True, "SalesTaxRateList": {"TaxRateDetail": details}}
    return {"Id": rate.code, "Name": rate.code, **taxed, "PurchaseTaxRateList": {"TaxRateDetail": []}}
