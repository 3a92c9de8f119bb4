"""Xero's own tax rates by country, and what ConnectWise's tax codes are there."""

from collections.abc import Mapping
from typing import NamedTuple

from tieout_simulators.month.places import (
    AUSTRALIA,
    EXPORT,
    GST,
    REVERSE_CHARGE,
    UNITED_KINGDOM,
    VAT,
    ZERO_RATED,
    Country,
)
from tieout_simulators.month.shapes import JsonObject, present

SALES = "Assets Equity Liabilities Revenue"
PURCHASES = "Assets Equity Expenses Liabilities"
EVERYTHING = "Assets Equity Expenses Liabilities Revenue"


class RateRow(NamedTuple):
    """One tax rate in percent, the classes of account it may stand on, and its place in the return."""

    name: str
    tax_type: str
    percent: int
    applies_to: str
    reported_as: str | None = None
    """None: under its own name."""


class TaxesOfCountry(NamedTuple):
    """What makes an organisation one of its country; `named` has the names of Australia's tax types there."""

    version: str
    tax: str
    time_zone: str
    rates: tuple[RateRow, ...]
    named: Mapping[str, str]


OF_AUSTRALIA = TaxesOfCountry(
    version="AU",
    tax="GST",
    time_zone="AUSEASTERNSTANDARDTIME",
    rates=(
        RateRow("GST on Income", "OUTPUT", 10, SALES),
        RateRow("GST Free Income", "EXEMPTOUTPUT", 0, SALES),
        RateRow("GST on Expenses", "INPUT", 10, PURCHASES),
        RateRow("GST Free Expenses", "EXEMPTEXPENSES", 0, PURCHASES),
        RateRow("GST on Imports", "GSTONIMPORTS", 0, "Liabilities"),
        RateRow("BAS Excluded", "BASEXCLUDED", 0, EVERYTHING),
    ),
    named={},
)
OF_THE_UNITED_KINGDOM = TaxesOfCountry(
    version="UK",
    tax="VAT",
    time_zone="GMTSTANDARDTIME",
    rates=(
        RateRow("20% (VAT on Income)", "OUTPUT2", 20, SALES, "OUTPUT"),
        RateRow("5% (VAT on Income)", "RROUTPUT", 5, SALES, "OUTPUT"),
        RateRow("Zero Rated Income", "ZERORATEDOUTPUT", 0, SALES),
        RateRow("Exempt Income", "EXEMPTOUTPUT", 0, SALES),
        # Unconfirmed: what a supplier does not charge is a rate of 0 %.
        RateRow("Domestic Reverse Charge @ 20% (VAT on Income)", "DRCHARGE20", 0, SALES, "DRCHARGE"),
        RateRow("20% (VAT on Expenses)", "INPUT2", 20, PURCHASES, "INPUT"),
        RateRow("Exempt Expenses", "EXEMPTINPUT", 0, PURCHASES),
        RateRow("VAT on Imports", "GSTONIMPORTS", 0, "Liabilities"),
        RateRow("No VAT", "NONE", 0, EVERYTHING),
    ),
    named={"OUTPUT": "OUTPUT2", "INPUT": "INPUT2", "EXEMPTEXPENSES": "EXEMPTINPUT", "BASEXCLUDED": "NONE"},
)
OF_COUNTRY = {AUSTRALIA.identifier: OF_AUSTRALIA, UNITED_KINGDOM.identifier: OF_THE_UNITED_KINGDOM}


def xero_tax(country: Country) -> JsonObject:
    """The `tax` of a company's settings: every code that makes no tax has its reason."""
    if country == UNITED_KINGDOM:
        return {
            "mode": "by_tax_group",
            "rules": [
                _rule(VAT.identifier, "OUTPUT2"),
                _rule(ZERO_RATED.identifier, "ZERORATEDOUTPUT", "zero_rated"),
                _rule(REVERSE_CHARGE.identifier, "DRCHARGE20", "reverse_charge"),
                _rule(EXPORT.identifier, "ZERORATEDOUTPUT", "export"),
            ],
            "zeros": [{"reason": "exempt", "ledger_tax_code": "EXEMPTOUTPUT"}],
            "out_of_scope": "NONE",
        }
    return {
        "mode": "by_tax_group",
        "rules": [_rule(GST.identifier, "OUTPUT")],
        "untaxed": "EXEMPTOUTPUT",
        "out_of_scope": "BASEXCLUDED",
    }


def _rule(connectwise: str, ledger: str, reason: str | None = None) -> JsonObject:
    return present(connectwise_tax_code=connectwise, ledger_tax_code=ledger, reason=reason)
