"""Under which of the ledger's tax codes ConnectWise's lines and taxes are to stand, by the company's settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout_standalone.held import TAXED, TaxShare
from tieout_standalone.tie_out.exported import (
    Entry,
    Transaction,
    folded,
    level_codes,
    level_of,
    tax_code_of,
    taxes_of,
    taxing_levels,
)
from tieout_standalone.tie_out.tax_as_lines import TaxAsLines

UNMAPPED = "unmapped"
LEFT_TO_THE_LEDGER = ("ledger_tax", "override")
"""Choices for Automated Sales Tax by which a line says only that it is taxed."""
_CONDITIONS = ("item_code", "gl_type", "connectwise_tax_code", "customer_taxable")
"""Of rules for untaxed lines, the narrowest first."""


@dataclass(frozen=True)
class TaxCodes:
    """One company's mapping."""

    tax: Mapping[str, Any]
    as_lines: TaxAsLines

    @classmethod
    def of(cls, tax: Mapping[str, Any]) -> "TaxCodes":
        """By the `tax` of a company's settings."""
        return cls(tax, TaxAsLines.of(tax))

    @property
    def of_tax_lines(self) -> str:
        """What a line bears whose tax, or which itself, is a line of tax."""
        return str(self.tax.get("lines_tax_code") or self.tax.get("out_of_scope") or UNMAPPED)

    def of_line(self, line: Entry, exported: Transaction) -> str:
        levels = taxing_levels(line, exported)
        if self.as_lines.is_all_of(exported):
            return self.of_tax_lines
        if not levels:
            return self._untaxed(line, exported)
        if self.tax.get("automated") in LEFT_TO_THE_LEDGER:
            return TAXED
        if self.tax.get("mode") == "by_tax_flag":
            return str(self.tax.get("taxed") or UNMAPPED)
        named = level_codes(exported)
        if self.tax.get("mode") == "by_tax_level" and named:
            return self._of_levels({named[level] for level in levels if level in named})
        return self._by_code(tax_code_of(line) or tax_code_of(exported))

    def shares(self, exported: Transaction, sign: int, codes: frozenset[str]) -> list[TaxShare]:
        """ConnectWise's tax that the ledger is to compute, for the `codes` of taxed lines it can be told apart for."""
        as_lines = {id(entry) for entry in self.as_lines.entries(exported)}
        entries = [each for each in taxes_of(exported) if id(each) not in as_lines]
        return [
            TaxShare(self._bearing(each, exported) & codes or codes, sign * Decimal(each["total"])) for each in entries
        ]

    def taxed_codes(self, lines: Iterable[Entry], exported: Transaction) -> frozenset[str]:
        """Those of lines that ConnectWise taxes."""
        return frozenset(self.of_line(each, exported) for each in lines if taxing_levels(each, exported))

    def _bearing(self, entry: Entry, exported: Transaction) -> frozenset[str]:
        """The codes that a sales tax entry is of: its own code's, else those of the lines that its level taxes."""
        if self.tax.get("mode") == "by_tax_group" and (code := self._by_code(tax_code_of(entry))) != UNMAPPED:
            return frozenset({code})
        level = level_of(entry)
        lines = [each for each in exported["detail"] if level in taxing_levels(each, exported)]
        return self.taxed_codes(lines, exported)

    def _of_levels(self, names: set[str]) -> str:
        names -= self.as_lines.levels
        if not names:
            return self.of_tax_lines
        for rule in self.tax.get("levels", ()):
            if set(map(folded, rule["connectwise_levels"])) == names:
                return str(rule["ledger_tax_code"])
        return self._by_code(*names) if len(names) == 1 else UNMAPPED

    def _by_code(self, code: str) -> str:
        rules = self.tax.get("rules", ())
        return next(
            (str(one["ledger_tax_code"]) for one in rules if folded(one["connectwise_tax_code"]) == code), UNMAPPED
        )

    def _untaxed(self, line: Entry, exported: Transaction) -> str:
        """By the rule with the narrowest condition that fits: the reason decides, never the amount."""
        facts = {
            "item_code": folded((line.get("item") or {}).get("identifier")),
            "gl_type": folded(line["glTypeId"]),
            "connectwise_tax_code": tax_code_of(line) or tax_code_of(exported),
            "customer_taxable": exported.get("taxable") is not False,
        }
        fitting = [rule for rule in self.tax.get("zeros", ()) if _fits(rule, facts)]
        if fitting:
            narrowest = max(fitting, key=lambda rule: [rule.get(name) is not None for name in _CONDITIONS])
            return str(narrowest["ledger_tax_code"])
        return str(self.tax.get("untaxed") or UNMAPPED)


def _fits(rule: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    asked = {name: rule[name] for name in _CONDITIONS if rule.get(name) is not None}
    return all((folded(value) if isinstance(value, str) else value) == facts[name] for name, value in asked.items())
