"""Where and on what terms an MSP bills: its ConnectWise location, billing terms and tax codes."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Location:
    """A ConnectWise billing location (owner level); it is also the first tracking option."""

    id: int
    name: str


@dataclass(frozen=True)
class Terms:
    """A ConnectWise billing term; its cross-reference is the number of days."""

    id: int
    name: str
    days: int


@dataclass(frozen=True)
class TaxCode:
    """A ConnectWise tax code with one level, in percent."""

    id: int
    identifier: str
    description: str
    xref: str
    percent: Decimal
    agency: str


SYDNEY = Location(11, "Sydney")

TERMS = (Terms(10, "7 days", 7), Terms(11, "14 days", 14), Terms(12, "20 days", 20), Terms(13, "30 days", 30))

GST = TaxCode(18, "GST", "Goods and services tax", "GST", Decimal("10"), "ATO")
PST_OLD = TaxCode(19, "PST-OLD", "Provincial tax, no longer used", "PST-OLD", Decimal("7"), "PST")
TAX_CODES = (GST, PST_OLD)

CURRENCY = {
    "id": 7,
    "symbol": "$",
    "currencyCode": "AUD",
    "decimalSeparator": ".",
    "numberOfDecimals": 2,
    "thousandsSeparator": ",",
    "negativeParenthesesFlag": False,
    "displaySymbolFlag": True,
    "currencyIdentifier": "AUD",
    "displayIdFlag": False,
    "rightAlign": False,
    "name": "Australian dollar",
}
"""CurrencyReference as ConnectWise repeats it inside records."""

DEPARTMENTS = {"Managed": 21, "Projects": 22, "Hardware": 23, "Software": 24, "Support": 25}
"""ConnectWise departments; their names are also the second tracking option."""
