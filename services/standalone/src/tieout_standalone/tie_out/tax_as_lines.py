"""Tax that is posted as lines: it is found on accounts and not in the ledger's tax."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tieout_standalone.tie_out.exported import Entry, Transaction, by_avalara, folded, level_codes, level_of, taxes_of


@dataclass(frozen=True)
class TaxAsLines:
    """Which tax the company posts as lines, so that the ledger computes none of it."""

    all: bool = False
    levels: frozenset[str] = frozenset()
    """Codes of the levels, case folded."""
    avalara: bool = False
    """Whether it is all tax of a document whose tax Avalara computed."""
    account: str | None = None
    """The ledger account of tax lines; None: the sales tax entry's own."""

    @classmethod
    def of(cls, tax: Mapping[str, Any]) -> "TaxAsLines":
        """By the `tax` of a company's settings."""
        levels = tax.get("levels_as_lines", ()) if tax.get("mode") == "by_tax_level" else ()
        return cls(
            all=tax.get("mode") == "gl_entries" or tax.get("automated") == "tax_lines",
            levels=frozenset(map(folded, levels)),
            avalara=tax.get("avalara") == "tax_lines",
            account=tax.get("lines_account"),
        )

    def is_all_of(self, exported: Transaction) -> bool:
        """Whether the ledger computes no tax of this transaction."""
        return self.all or (self.avalara and by_avalara(exported))

    def entries(self, exported: Transaction) -> list[Entry]:
        """The sales tax entries of a transaction that are lines in the ledger."""
        entries = taxes_of(exported)
        if self.is_all_of(exported):
            return entries
        codes = level_codes(exported)
        return [each for each in entries if codes.get(level_of(each), folded(each.get("taxCodeXref"))) in self.levels]


NO_TAX_AS_LINES = TaxAsLines()
