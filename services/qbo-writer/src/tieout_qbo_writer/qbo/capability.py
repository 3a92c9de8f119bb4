"""What the company is able to, from its country and preferences (pure)."""

from collections.abc import Mapping
from typing import Literal

from tieout_providers.errors import Unreadable
from tieout_providers.qbo import reads
from tieout_providers.qbo.errors import QBO
from tieout_qbo_writer.qbo.keys import CHARSET, CLASS_PLACE, HOME_CURRENCY, MANY_CURRENCIES, OBSTACLE, REGIME

UNITED_STATES = frozenset({"US", "USA"})


def is_american(company: reads.CompanyInfo) -> bool:
    """Whether the company's books are kept in the United States."""
    return (company.country or "").upper() in UNITED_STATES


def obstacle(preferences: reads.Preferences) -> str | None:
    """Why nothing can be posted into the company, in words; None where nothing stands in the way."""
    if numbers_itself(preferences):
        return (
            "the company lets QuickBooks Online number its sales forms; "
            "switch on custom transaction numbers under Account and settings, Sales"
        )
    return None


def numbers_itself(preferences: reads.Preferences) -> bool:
    """Whether QuickBooks Online gives sales forms its own numbers."""
    return preferences.sales_forms_prefs.custom_txn_numbers is not True


def sales_tax(company: reads.CompanyInfo, preferences: reads.Preferences) -> Literal["none", "manual", "automated"]:
    """By whose rates sales tax is charged; outside the United States it is on unless the company says otherwise."""
    using = preferences.tax_prefs.using_sales_tax
    if not is_american(company):
        return "none" if using is False else "manual"
    if preferences.tax_prefs.partner_tax_enabled is True:
        return "automated"
    return "manual" if using is True else "none"


def home_currency(preferences: reads.Preferences) -> str:
    """The company's own currency. Raises `Unreadable` if it is not told."""
    home = preferences.currency_prefs.home_currency
    if home is None or not home.value:
        raise Unreadable(QBO, "the company lacks its currency")
    return home.value


def capability_keys(company: reads.CompanyInfo, preferences: reads.Preferences) -> Mapping[str, str]:
    """What the builders must know of the company."""
    found = {
        HOME_CURRENCY: home_currency(preferences),
        REGIME: _regime(company, preferences),
        MANY_CURRENCIES: "yes" if preferences.currency_prefs.multi_currency_enabled else None,
        CHARSET: "latin-1" if is_american(company) else None,
        CLASS_PLACE: class_place(preferences),
        OBSTACLE: obstacle(preferences),
    }
    return {name: value for name, value in found.items() if value is not None}


def class_place(preferences: reads.Preferences) -> str | None:
    """Where a class stands: on each line, once on the document, or nowhere."""
    if preferences.accounting_info_prefs.class_tracking_per_txn_line:
        return "line"
    return "document" if preferences.accounting_info_prefs.class_tracking_per_txn else None


def _regime(company: reads.CompanyInfo, preferences: reads.Preferences) -> str:
    if not is_american(company):
        return "by_line"
    return {"none": "none", "manual": "by_hand", "automated": "automated"}[sales_tax(company, preferences)]
