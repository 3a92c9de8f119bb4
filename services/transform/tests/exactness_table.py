"""How N self-consistent records become exact in each ledger, as a table for each tax mode.

    python services/transform/tests/exactness_table.py [N] [SEED]

Each plan is checked by two independent arithmetics: `transform_kit.ledger` and that of the ledger's simulator. A fault,
or a refusal of a record that only rounds, ends the script with status 1. What the columns mean: docs/exactness.md.
"""

import sys
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from transform_kit.books import MEASURED_BOOKS, SEVERAL, Books
from transform_kit.cases import MODES, Case, case
from transform_kit.ledger import faults_of
from transform_kit.simulated import simulated_faults
from transform_kit.simulated_quickbooks import automated_tax

from tieout_contracts.posting import Posting
from tieout_transform.rules.plan import plan

RECORDS = 2000
SEED = 7
NEVER_ABOVE_LINES = frozenset({"rules.zero_with_difference"})
"""A document of nothing whose cents no line can carry has no other way out (xero.md 1.4)."""
ONE_CODE = "rules.one_tax_code"
"""Several tax codes on one document have no place where the document has one (United States)."""
WAYS = ("plain", "higher precision", "amount only", "rounding line", "quantity 1", "tax cents", "adjustment")
"""How a document came out; one that needed several stands under the last of them."""


@dataclass
class Tally:
    """What became of the records of each tax mode in one ledger."""

    books: Books
    ways: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken_back: Counter[str] = field(default_factory=Counter)
    """By tax mode: planned, made, and withdrawn because the ledger found another tax."""
    faults: list[str] = field(default_factory=list)
    cents_on_tax: int = 0
    cents_adjusted: int = 0

    def share_without_adjustment(self) -> float:
        """Of all records but those told apart, how many were posted without an adjustment line."""
        counted = {
            key: count for key, count in [*self.ways.items(), *self.refused.items()] if key[0] not in self.books.apart
        }
        counted |= {(mode, "taken back"): count for mode, count in self.taken_back.items()}
        good = sum(count for (mode, way), count in counted.items() if way in WAYS and way != "adjustment")
        return good / (sum(counted.values()) or 1)

    def take(self, number: int, each: Case) -> None:
        """Plan one record, check it, and count how it came out."""
        ledger = each.books.ledger
        planned = plan(each.record, each.settings, ledger)
        if not isinstance(planned, Posting):
            for code in {problem.code for problem in planned}:
                self.refused[each.mode, code] += 1
                if code not in NEVER_ABOVE_LINES and not (code == ONE_CODE and each.mode == SEVERAL):
                    self.faults.append(f"record {number} ({each.mode}) was refused: {planned[0].sentence}")
            return
        found = [*faults_of(planned, each.record, ledger), *simulated_faults(planned, each.record, ledger)]
        self.faults += [f"record {number} ({each.mode}): {fault}" for fault in found]
        if each.books.finds_tax and automated_tax(planned, each.record, each.books.behaviour) != expected_tax(planned):
            self.taken_back[each.mode] += 1
            return
        self.ways[each.mode, way_of(planned)] += 1
        lines = planned.document.lines
        self.cents_on_tax += sum(line.tax_override for line in lines)
        self.cents_adjusted += sum(int(abs(line.amount) * 100) for line in lines if line.kind == "adjustment")


def expected_tax(posting: Posting) -> Decimal:
    """What the writer compares the ledger's answer with."""
    return posting.document.expected.tax


def way_of(posting: Posting) -> str:
    """The last of `WAYS` that the document needed."""
    lines = posting.document.lines
    needed = {
        "higher precision": any(line.method in ("own_price", "derived_price") for line in lines),
        "amount only": any(line.method == "amount_only" for line in lines),
        "rounding line": any(line.kind == "rounding" for line in lines),
        "quantity 1": any(line.method == "single_unit" for line in lines),
        "tax cents": any(line.tax_override for line in lines),
        "adjustment": any(line.kind == "adjustment" for line in lines),
    }
    return next((way for way in reversed(WAYS) if needed.get(way)), "plain")


def tallied(records: int, seed: int, books: Books) -> Tally:
    random, tally = Random(seed), Tally(books)
    for number in range(records):
        tally.take(number, case(random, books))
    return tally


def rows(tally: Tally) -> list[str]:
    """The table, a row for each tax mode."""
    codes = sorted({code for _, code in tally.refused})
    back = ["taken back"] if tally.books.finds_tax else []
    head = ["tax mode", "records", *WAYS, *back, *(f"refused: {code.removeprefix('rules.')}" for code in codes)]
    body = []
    for mode in (mode for mode in MODES if mode not in tally.books.without):
        counts = [tally.ways[mode, way] for way in WAYS] + [tally.taken_back[mode] for _ in back]
        counts += [tally.refused[mode, code] for code in codes]
        body.append([mode, *(f"{count:,}" for count in (sum(counts), *counts))])
    widths = [max(len(row[column]) for row in (head, *body)) for column in range(len(head))]
    return [
        "  ".join(text.ljust(width) if column == 0 else text.rjust(width) for column, (text, width) in enumerate(cells))
        for cells in (list(zip(row, widths, strict=True)) for row in (head, *body))
    ]


def main(arguments: list[str]) -> int:
    records, seed = (int(arguments[0]) if arguments else RECORDS), (int(arguments[1]) if len(arguments) > 1 else SEED)
    faults = 0
    for books in MEASURED_BOOKS:
        tally = tallied(records, seed, books)
        faults += len(tally.faults)
        print(f"{books.name}, {records:,} self-consistent records, seed {seed}\n")
        print("\n".join(rows(tally)))
        apart = f" ({', '.join(sorted(books.apart))} apart)" if books.apart else ""
        print(f"\nwithout an adjustment line{apart}: {tally.share_without_adjustment():.3%}")
        print(f"cents of tax moved: {tally.cents_on_tax:,}; cents on adjustment lines: {tally.cents_adjusted:,}")
        print(f"faults found by two independent arithmetics: {len(tally.faults)}")
        print("\n".join([*tally.faults[:20], ""]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
