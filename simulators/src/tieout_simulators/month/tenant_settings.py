"""What a tenant would configure, under the names of the company settings, and what must become of each document."""

from collections.abc import Iterable, Sequence
from datetime import date

from tieout_simulators.month.arithmetic import signed
from tieout_simulators.month.documents import Issued
from tieout_simulators.month.gl import type_and_sign
from tieout_simulators.month.lines import AGREEMENT, EXPENSE, LABOUR
from tieout_simulators.month.places import Location
from tieout_simulators.month.qbo_setup import tax_settings
from tieout_simulators.month.shapes import JsonObject
from tieout_simulators.month.xero_setup import ROUNDING_ACCOUNT, TRACKING_BY_LOCATION, TRACKING_BY_PRACTICE
from tieout_simulators.month.xero_taxes import xero_tax

GO_LIVE = date(2026, 10, 1)
ADJUSTMENT_ITEM = "ROUNDING-ADJ"
CONNECTWISE_CONNECTION = "connectwise"
QBO_LOCATION, QBO_CLASS = "Location", "Class"
"""QuickBooks' own tracking: the first class segment is a location, the second a class."""


def company_settings(name: str, ledger_connection: str, tenant_id: str, location: Location) -> JsonObject:
    """One company: its location, its organisation, its mappings.

    Accounts are the same numbers on both sides, so there are no account rules; the Non-Product ID defaults stay
    disabled, so a service line without one is refused.
    """
    return {
        "name": name,
        "connectwise_connection": CONNECTWISE_CONNECTION,
        "ledger_connection": ledger_connection,
        "ledger": "xero",
        "organisation_id": tenant_id,
        "connectwise_locations": [location.id],
        "arming": {"armed": True, "go_live": GO_LIVE.isoformat(), "older_records": "list"},
        "accounts": [],
        "tax": xero_tax(location.region.country),
        "adjustment": {"item_code": ADJUSTMENT_ITEM, "account": ROUNDING_ACCOUNT, "limit": "0.50"},
        "tracking_categories": [TRACKING_BY_LOCATION, TRACKING_BY_PRACTICE],
        "non_product": {"service": None, "expense": None, "agreement": None, "deferred_revenue": None},
        "invoice_status": "approved",
    }


def qbo_company_settings(name: str, realm_id: str, location: Location) -> JsonObject:
    """The same for a company in QuickBooks Online; its tax codes are named by id, its items by full name."""
    return {
        **company_settings(name, f"qbo-{location.id}", realm_id, location),
        "ledger": "qbo",
        "tax": tax_settings(location),
        "tracking_categories": [QBO_LOCATION, QBO_CLASS],
    }


def expectations(
    issued: Iterable[Issued],
    companies: Sequence[JsonObject],
    connectwise_faults: Sequence[JsonObject],
) -> JsonObject:
    """`expected.json`. Totals and taxes carry ConnectWise's sign: those of a credit memo are negative."""
    return {
        "format": "tieout-expected/1",
        "go_live": GO_LIVE.isoformat(),
        "documents": [_expectation(each) for each in issued if each.document.is_closed],
        "fault_rules": {"connectwise": list(connectwise_faults)},
        "settings": {
            "non_product_ids": {"service": LABOUR, "agreement": AGREEMENT, "expense": EXPENSE},
            "companies": list(companies),
        },
    }


def _expectation(issued: Issued) -> JsonObject:
    document, case = issued.document, issued.document.case
    _, sign = type_and_sign(document)
    return {
        "invoice_id": issued.id,
        "number": issued.number,
        "kind": "credit_memo" if document.is_credit else "invoice",
        "location_id": document.location.id,
        "date": document.dated.isoformat(),
        "currency": document.bill_to.region.currency.code,
        "total": signed(sign, document.total),
        "tax": signed(sign, document.tax),
        "disposition": case.disposition.value,
        "cause": case.cause,
        "why_in_words": case.why_in_words,
    }
