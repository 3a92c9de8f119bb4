"""What the proof found: sums of both sides, and every difference."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

Sides = tuple[Decimal, Decimal]
"""ConnectWise's and the ledger's."""


@dataclass(frozen=True)
class Difference:
    """Something that does not agree, in words."""

    number: str
    what: str
    connectwise: str
    ledger: str


@dataclass
class TieOut:
    """`exact` only when nothing differs; sums are over the documents that ConnectWise holds as batched by us.

    Both sides' tax is what the ledger is to compute; `tax_as_lines` is the rest of ConnectWise's, found on accounts.
    Where there are documents in several currencies, the names of accounts and tax codes end with theirs: no rate of
    exchange is part of the proof.
    """

    documents: int = 0
    batched_without_posting: int = 0
    """Older records that were closed in ConnectWise with nothing in the ledger, as the batch's name says."""
    connectwise_total: Decimal = Decimal(0)
    ledger_total: Decimal = Decimal(0)
    connectwise_tax: Decimal = Decimal(0)
    ledger_tax: Decimal = Decimal(0)
    tax_as_lines: Decimal = Decimal(0)
    adjustments: Decimal = Decimal(0)
    by_currency: dict[str, Sides] = field(default_factory=dict)
    by_account: dict[str, Sides] = field(default_factory=dict)
    """Amounts before tax, by revenue account."""
    by_tax_code: dict[str, Sides] = field(default_factory=dict)
    """Amounts before tax, by the ledger's tax code."""
    tax_by_code: dict[str, Sides] = field(default_factory=dict)
    """Tax by the ledger's tax code, with the stated adjustments; codes that one side cannot tell apart are one."""
    by_receivable: dict[str, Sides] = field(default_factory=dict)
    """Totals, by the ledger's account of what clients owe."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        return not self.differences


class Sums:
    """Both sides added up under names, each currency for itself."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], Sides] = defaultdict(lambda: (Decimal(0), Decimal(0)))

    def add(self, name: str, currency: str, connectwise: Decimal, ledger: Decimal) -> None:
        one, other = self._sums[name, currency]
        self._sums[name, currency] = (one + connectwise, other + ledger)

    def named(self, currencies: Iterable[str]) -> dict[str, Sides]:
        """The names in order, with their currency where there are several `currencies`."""
        several = len(set(currencies)) > 1
        return {
            f"{name} {currency}".strip() if several else name: sides
            for (name, currency), sides in sorted(self._sums.items())
        }
