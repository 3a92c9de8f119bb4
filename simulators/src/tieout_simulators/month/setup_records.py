"""ConnectWise's set-up tables: terms, tax codes, statuses, currency, locations, system info."""

from collections.abc import Sequence

from tieout_simulators.month.billing_records import CLOSED_STATUS, OPEN_STATUS
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.places import TERMS, Country, Currency, Location, TaxCode
from tieout_simulators.month.shapes import JsonObject


def setup_entities(locations: Sequence[Location], customers: Sequence[Customer]) -> JsonObject:
    """The set-up part of the data file's `entities`; the server stands in the country of the first location."""
    country = locations[0].region.country
    regions = [*(location.region for location in locations), *(customer.region for customer in customers)]
    tax_codes = (*dict.fromkeys(region.tax_code for region in regions), *country.retired_tax_codes)
    currencies = dict.fromkeys(region.currency for region in regions)
    return {
        "/finance/billingTerms": [
            {"id": terms.id, "name": terms.name, "dueDays": terms.days, "termsXref": str(terms.days)} for terms in TERMS
        ],
        "/finance/taxCodes": [_tax_code_record(tax_code, default=tax_code == tax_codes[0]) for tax_code in tax_codes],
        "/finance/currencies": [_currency_record(each) for each in currencies],
        "/finance/billingStatuses": [
            {"id": 1, "name": "New", "sortOrder": 1, "defaultFlag": True, "closedFlag": False},
            {"id": OPEN_STATUS["id"], "name": OPEN_STATUS["name"], "sortOrder": 2, "closedFlag": False},
            {"id": 4, "name": "GL Reload", "sortOrder": 3, "closedFlag": False, "sentFlag": False},
            {"id": CLOSED_STATUS["id"], "name": CLOSED_STATUS["name"], "sortOrder": 9, "closedFlag": True},
        ],
        "/system/locations": [
            {"id": location.id, "ownerLevelId": location.id, "name": location.name, "locationFlag": True}
            for location in locations
        ],
        "/system/info": _system_info(country),
    }


def _system_info(country: Country) -> JsonObject:
    return {
        "version": "v2025.16.11408",
        "isCloud": True,
        "serverTimeZone": country.time_zone,
        "licenseBits": [
            {"name": "GLInterface", "activeFlag": True},
            {"name": "Inventory", "activeFlag": False},
            {"name": "Purchasing", "activeFlag": True},
            {"name": "Agreement", "activeFlag": True},
        ],
        "cloudRegion": country.cloud_region,
    }


def _tax_code_record(tax_code: TaxCode, *, default: bool) -> JsonObject:
    return {
        "id": tax_code.id,
        "identifier": tax_code.identifier,
        "description": tax_code.description,
        "invoiceCaption": tax_code.identifier,
        "effectiveDate": "2000-07-01T00:00:00Z",
        "defaultFlag": default,
        "displayOnInvoiceFlag": True,
        "levelOneRate": tax_code.percent,
        "levelOneRateType": "Percent",
        "levelOneCaption": tax_code.identifier,
        "levelOneTaxCodeXref": tax_code.xref,
        "levelOneAgencyXref": tax_code.agency,
        "levelOneServicesFlag": True,
        "levelOneExpensesFlag": True,
        "levelOneProductsFlag": True,
    }


def _currency_record(currency: Currency) -> JsonObject:
    return {
        "id": currency.id,
        "currencyIdentifier": currency.code,
        "name": currency.name,
        "symbol": currency.symbol,
        "currencyCode": {"id": currency.code_id, "name": currency.code},
        "thousandsSeparator": ",",
        "decimalSeparator": ".",
        "numberOfDecimals": 2,
        "displaySymbolFlag": True,
        "rightAlign": False,
    }
