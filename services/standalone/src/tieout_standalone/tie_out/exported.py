"""A transaction of ConnectWise's GL export, read for the proof."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Transaction = Mapping[str, Any]
Entry = Mapping[str, Any]
SALES_TAX = "ST"
_LEVEL_IN_TEXT = re.compile(r"\blevel (\d{1,2})\b", re.IGNORECASE)
_LEVELS_WITH_FLAGS = range(2, 6)


def lines_of(exported: Transaction) -> list[Entry]:
    return [each for each in exported["detail"] if each["glTypeId"] != SALES_TAX]


def taxes_of(exported: Transaction) -> list[Entry]:
    """The sales tax entries that say an amount."""
    return [each for each in exported["detail"] if each["glTypeId"] == SALES_TAX and Decimal(each["total"])]


def by_avalara(exported: Transaction) -> bool:
    return bool(exported.get("useAvalaraFlag") or exported.get("sendAvalaraTaxFlag"))


def currency_of(exported: Transaction, invoice: Mapping[str, Any]) -> str | None:
    """What the transaction itself says, else its invoice. Both sides are compared in it, whatever the ledger's own
    currency is."""
    for record in (exported, invoice):
        if code := (record.get("currency") or {}).get("currencyCode"):
            return str(code)
    return None


def tax_code_of(entry: Entry) -> str:
    return folded((entry.get("taxCode") or {}).get("name") or entry.get("taxCodeXref"))


def taxing_levels(line: Entry, exported: Transaction) -> frozenset[int]:
    """The levels that tax a line. A customer who is not taxed at all is told by the header, whatever the product's
    flags say."""
    if exported.get("taxable") is False and not exported.get("salesTax"):
        return frozenset()
    if listed := line.get("taxLevels"):
        return frozenset(each["taxLevel"] for each in listed if each.get("taxableFlag"))
    flags = {1: line.get("taxableFlag")} | {level: line.get(f"taxable{level}Flag") for level in _LEVELS_WITH_FLAGS}
    return frozenset(level for level, flag in flags.items() if flag)


def level_codes(exported: Transaction) -> dict[int, str]:
    """The codes of the levels that the transaction names: its list of levels, else the header's two."""
    listed = {one["taxLevel"]: one["taxCodeXref"] for one in exported.get("taxLevels") or () if one.get("taxCodeXref")}
    header = {1: exported.get("stateTaxXref"), 2: exported.get("countyTaxXref")}
    return {level: folded(code) for level, code in (listed or header).items() if code}


def level_of(entry: Entry) -> int:
    """The level that a sales tax entry names in its text; the first where it names none."""
    match = _LEVEL_IN_TEXT.search(entry.get("description") or "")
    return int(match[1]) if match else 1


def folded(code: object) -> str:
    return str(code or "").strip().casefold()
