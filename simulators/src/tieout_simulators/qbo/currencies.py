"""The currency of a document: required where the company has several, and the customer's own."""

from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.assumptions import currency_mismatch
from tieout_simulators.qbo.company import Company

ONE = Decimal(1)
_NAMES = {
    "AUD": "Australian Dollar",
    "CAD": "Canadian Dollar",
    "EUR": "Euro",
    "GBP": "British Pound Sterling",
    "NZD": "New Zealand Dollar",
    "USD": "United States Dollar",
}


def currency_reference(company: Company, code: str) -> JsonObject:
    """``{value, name}`` of a currency."""
    listed = (each.get("Name") for each in company.collections["CompanyCurrency"] if each.get("Code") == code)
    return {"value": code, "name": next(listed, None) or _NAMES.get(code, code)}


def is_used(company: Company, code: str) -> bool:
    """Whether the company keeps books in this currency."""
    if code == company.home_currency:
        return True
    listed = company.collections["CompanyCurrency"]
    return company.multi_currency and any(each.get("Code") == code and each.get("Active", True) for each in listed)


def document_currency(company: Company, wanted: JsonObject, customer: JsonObject) -> tuple[str, Decimal]:
    """Code and exchange rate (home units for one foreign). The rate is 1 where none is sent: a trap.

    Raises ``RefusedError``: 2020 where it is required, 2220 unknown, 6000 not the customer's.
    """
    sent = wanted.get("CurrencyRef")
    if not company.multi_currency:
        if sent is not None and sent.get("value") != company.home_currency:
            raise refusals.invalid_currency(sent.get("value"))
        return company.home_currency, ONE
    if sent is None:
        raise refusals.missing("CurrencyRef")
    code = str(sent.get("value"))
    if not is_used(company, code):
        raise refusals.invalid_currency(code)
    if code != customer["CurrencyRef"]["value"]:
        raise currency_mismatch(code)
    return code, _rate(company, code, wanted)


def _rate(company: Company, code: str, wanted: JsonObject) -> Decimal:
    rate = Decimal(wanted.get("ExchangeRate") or ONE)
    if rate <= 0:
        raise refusals.invalid_number("ExchangeRate", rate)
    return ONE if code == company.home_currency else rate
