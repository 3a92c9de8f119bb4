"""ConnectWise's references: how one record names another."""

from datetime import date

from tieout_simulators.month.agreements import Agreement
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.documents import Project
from tieout_simulators.month.places import DEPARTMENTS, Country, Currency, Location, TaxCode, Terms
from tieout_simulators.month.shapes import JsonObject

COMPANY_TYPE = {"id": 1, "name": "Client"}


def company_reference(customer: Customer) -> JsonObject:
    return {"id": customer.id, "identifier": customer.identifier, "name": customer.name}


def site_reference(customer: Customer) -> JsonObject:
    return {"id": customer.site_id, "name": "Main"}


def location_reference(location: Location) -> JsonObject:
    return {"id": location.id, "name": location.name}


def department_reference(name: str) -> JsonObject:
    return {"id": DEPARTMENTS[name], "name": name}


def terms_reference(terms: Terms) -> JsonObject:
    return {"id": terms.id, "name": terms.name}


def tax_code_reference(tax_code: TaxCode) -> JsonObject:
    return {"id": tax_code.id, "name": tax_code.identifier}


def country_reference(country: Country) -> JsonObject:
    return {"id": country.id, "identifier": country.identifier, "name": country.name}


def currency_reference(currency: Currency) -> JsonObject:
    """CurrencyReference as ConnectWise repeats it inside records."""
    return {
        "id": currency.id,
        "symbol": currency.symbol,
        "currencyCode": currency.code,
        "decimalSeparator": ".",
        "numberOfDecimals": 2,
        "thousandsSeparator": ",",
        "negativeParenthesesFlag": False,
        "displaySymbolFlag": True,
        "currencyIdentifier": currency.code,
        "displayIdFlag": False,
        "rightAlign": False,
        "name": currency.name,
    }


def agreement_reference(agreement: Agreement) -> JsonObject:
    return {"id": agreement.id, "name": agreement.name}


def project_reference(project: Project) -> JsonObject:
    return {"id": project.id, "name": project.name}


def zoneless(day: date) -> str:
    """A date as the GL export prints it: midnight, no zone."""
    return f"{day.isoformat()}T00:00:00"


def zoned(day: date) -> str:
    """A date as the invoice record prints it: midnight, marked UTC though it is a calendar day."""
    return f"{day.isoformat()}T00:00:00Z"
