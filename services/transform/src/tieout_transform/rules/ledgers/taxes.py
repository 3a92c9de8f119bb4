"""The two ways in which ledgers round tax: line by line, or once on what the lines of a rate add up to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout_contracts.reference import LedgerTaxRate
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.ledger_arithmetic import MINOR_UNIT, NOTHING, exact_tax, ledger_amount
from tieout_transform.rules.words import line_numbers, signed

_Part = tuple[str, Decimal]


def is_split(rate: LedgerTaxRate) -> bool:
    """Whether the ledger splits the rate's tax."""
    return len(rate.components) > 1


def is_compound(rate: LedgerTaxRate) -> bool:
    """Whether a part of the rate taxes another part's tax."""
    return any(part.compound for part in rate.components)


@dataclass(frozen=True, slots=True)
class ByLine:
    """Each line's tax is rounded and then summed; a line's tax may be sent with one cent more or less."""

    words: str = "line by line"

    def compute(self, lines: Iterable[DraftLine]) -> None:
        for line in lines:
            line.tax_amount = ledger_amount(line.exact_tax)

    def move(self, taxed: Sequence[DraftLine], difference: Decimal, document: Sequence[DraftLine]) -> str:
        """A cent each, first onto those whose own rounding went furthest the other way; also where a rate has parts.

        A line has one tax there, whatever the parts of its rate, and the draft's is compared (decision 17).
        """
        cent = MINOR_UNIT.copy_sign(difference)
        able = [line for line in taxed if _stays_a_tax(line.tax_amount, cent, line.amount)]
        able.sort(key=lambda line: ((line.tax_amount - line.exact_tax) * cent, -abs(line.amount)))
        chosen = able[: _cents(difference)]
        for line in chosen:
            _move(line, cent)
        return f"{signed(cent)} on line {_places(chosen)}" if chosen else ""


@dataclass(frozen=True, slots=True)
class BySum:
    """Tax is rounded on what the lines add up to, and may be sent otherwise for the whole of a rate.

    With `parts`, each part of a rate is rounded for itself, over the lines of all codes that have it; else a code is
    rounded once as a whole.
    """

    parts: bool
    words: str = "in one sum"

    def compute(self, lines: Iterable[DraftLine]) -> None:
        """A line's tax is what its amount adds to the rounded tax of the sum, so that the lines make the sum."""
        sums: dict[_Part, Decimal] = {}
        for line in lines:
            line.tax_amount = NOTHING
            for part in self._parts(line.rate):
                before = sums.get(part, NOTHING)
                sums[part] = before + exact_tax(line.amount, part[1])
                line.tax_amount += ledger_amount(sums[part]) - ledger_amount(before)

    def move(self, taxed: Sequence[DraftLine], difference: Decimal, document: Sequence[DraftLine]) -> str:
        """A cent each to the codes in turn, first to the one whose own rounding went furthest the other way.

        Never on tax on tax, and, where parts are rounded for themselves, on no document that has a split rate: the
        tax of each part would have to be sent.
        """
        if self.parts and any(is_split(line.rate) for line in document):
            return ""
        cent = MINOR_UNIT.copy_sign(difference)
        codes = [_Code(lines) for lines in by_code(taxed).values() if not is_compound(lines[0].rate)]
        moved: dict[str, Decimal] = {}
        for _ in range(_cents(difference)):
            able = [code for code in codes if _stays_a_tax(code.tax, cent, code.base)]
            if not able:
                break
            chosen = min(able, key=lambda code: ((code.tax - code.exact) * cent, -abs(code.base)))
            _move(chosen.largest, cent)
            moved[chosen.name] = moved.get(chosen.name, NOTHING) + cent
        return ", ".join(f"{signed(cents)} on the tax {name}" for name, cents in moved.items())

    def _parts(self, rate: LedgerTaxRate) -> Iterator[_Part]:
        if not (self.parts and is_split(rate)):
            name = rate.components[0].name if self.parts and rate.components else rate.code
            yield name, rate.rate
            return
        before = Decimal(0)
        for part in rate.components:
            percent = part.rate * (1 + before.scaleb(-2)) if part.compound else part.rate
            before += percent
            yield part.name, percent


class _Code:
    """The lines of one tax code."""

    def __init__(self, lines: list[DraftLine]) -> None:
        self._lines = lines
        self.name = lines[0].rate.name
        self.base = sum((line.amount for line in lines), NOTHING)
        self.exact = sum((line.exact_tax for line in lines), NOTHING)
        self.largest = max(lines, key=lambda line: abs(line.amount))

    @property
    def tax(self) -> Decimal:
        return sum((line.tax_amount for line in self._lines), NOTHING)


def by_code(lines: Iterable[DraftLine]) -> dict[str, list[DraftLine]]:
    found: dict[str, list[DraftLine]] = {}
    for line in lines:
        found.setdefault(line.rate.code, []).append(line)
    return found


def _stays_a_tax(tax: Decimal, cent: Decimal, amount: Decimal) -> bool:
    """There must be tax before and after, on one side, and no more than the amount (the ledger refuses that)."""
    changed = tax + cent
    return tax * changed > 0 and abs(changed) <= abs(amount)


def _cents(difference: Decimal) -> int:
    return int(abs(difference) / MINOR_UNIT)


def _move(line: DraftLine, cent: Decimal) -> None:
    line.tax_amount += cent
    line.tax_override = True


def _places(lines: list[DraftLine]) -> str:
    return line_numbers(sorted({line.place for line in lines}))
