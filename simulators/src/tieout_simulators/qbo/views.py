"""Entities as answers show them."""

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.people import with_balance

SINGLE = ("CompanyInfo", "Preferences")


def shown(company: Company, kind: str, record: JsonObject) -> JsonObject:
    """A customer with its balance; everything else as it is stored."""
    return with_balance(company, record) if kind == "Customer" else record


def single_records(company: Company) -> dict[str, list[JsonObject]]:
    """What is not kept in a collection, but can be queried."""
    return {"CompanyInfo": [company.info], "Preferences": [company.preferences], "ExchangeRate": company.exchange_rates}
