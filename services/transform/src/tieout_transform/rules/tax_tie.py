"""How a document's tax comes out at ConnectWise's tax, for each tax code.

ConnectWise rounds the tax of the document (or of each line and level), the ledger that of each line. ConnectWise's tax
must therefore be the exact tax of its lines, give or take half a minor unit for each taxed line and level, and the tax
on half a minor unit for each taxed line, because it may have taxed amounts not yet rounded. Anything further off is a
wrong rate, a wrong taxability or a missing GL entry. The ledger's rounding is known, so it needs no allowance. The
cents between both go onto lines that already bear the tax, at most one each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tieout_contracts.records import InvoiceContent, TaxLevel
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.chart import folded
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import HALF_A_MINOR_UNIT, MINOR_UNIT
from tieout_transform.rules.levels import other_base
from tieout_transform.rules.rates import other_rate
from tieout_transform.rules.tax import TaxMap, may_carry_cents
from tieout_transform.rules.tax_lines import posted_as_lines
from tieout_transform.rules.words import LEDGER_NAMES, figure, line_numbers, money, signed

_ZERO = Decimal("0.00")


@dataclass(slots=True)
class _Share:
    """Lines whose tax ConnectWise states in one sum; one tax code where it says so for each."""

    connectwise_tax: Decimal
    lines: list[DraftLine]

    @property
    def codes(self) -> str:
        return ", ".join(dict.fromkeys(line.rate.code for line in self.lines))

    @property
    def predicted(self) -> Decimal:
        return sum((line.tax_amount for line in self.lines), _ZERO)

    @property
    def exact(self) -> Decimal:
        return sum((line.exact_tax for line in self.lines), _ZERO)


def taxed_cells(lines: list[DraftLine]) -> int:
    """How many roundings ConnectWise can have made: one for each taxed line and level."""
    return sum(len(line.levels) for line in lines if line.kind == "source" and line.rate.rate and line.amount)


def tie_tax(
    record: InvoiceContent,
    lines: list[DraftLine],
    levels: tuple[TaxLevel, ...],
    settings: CompanySettings,
    taxes: TaxMap,
    findings: Findings,
) -> dict[str, Decimal] | None:
    """Put cents onto `lines` so that their tax is ConnectWise's; what no line could carry is returned by tax codes.

    `levels` are those whose tax the ledger computes. None where ConnectWise's tax is further off than rounding
    explains, which was refused.
    """
    left: dict[str, Decimal] = {}
    explained = True
    ledger = LEDGER_NAMES[settings.ledger]
    stated = record.tax - posted_as_lines(lines)
    for share in _shares(stated, levels, [line for line in lines if line.rate.rate], taxes):
        difference = share.connectwise_tax - share.predicted
        if not difference:
            _explain(share, ledger, findings)
        elif reason := _not_rounding(record, share, levels):
            explained = False
            findings.add(
                "rules.tax_mismatch",
                connectwise_tax=money(share.connectwise_tax),
                ledger_tax=money(share.predicted),
                reason=reason,
            )
        elif rest := _tie(share, difference, ledger, findings):
            left[share.codes] = rest
    return left if explained else None


def _explain(share: _Share, ledger: str, findings: Findings) -> None:
    """Tax that came out by itself is said too: every cent has its words."""
    for code, lines in _by_code(share.lines).items():
        base = sum((line.amount for line in lines), _ZERO)
        made = sum((line.tax_amount for line in lines), _ZERO)
        findings.explain(
            f"tax {code}: {figure(lines[0].rate.rate)} % of {money(base)} makes {money(made)} in {ledger}, line by line"
        )


def _tie(share: _Share, difference: Decimal, ledger: str, findings: Findings) -> Decimal:
    """Place what can be placed of `difference`, and return the rest."""
    words = (
        f"ConnectWise says {money(share.connectwise_tax)} tax ({share.codes}), "
        f"{ledger} makes {money(share.predicted)} line by line"
    )
    moved = _place_cents(share.lines, difference)
    if moved:
        words += f": {signed(MINOR_UNIT.copy_sign(difference))} on line {_places(moved)}"
        findings.add("rules.tax_cents", arithmetic=words, tax_code=share.codes)
    findings.explain(words, noted=True)
    return share.connectwise_tax - share.predicted


def _shares(stated: Decimal, levels: tuple[TaxLevel, ...], taxed: list[DraftLine], taxes: TaxMap) -> Iterator[_Share]:
    by_code = _by_code(taxed)
    for_each = _tax_by_code(stated, levels, by_code, taxes) if len(by_code) > 1 else None
    if for_each is None:
        yield _Share(stated, taxed)
    else:
        yield from (_Share(for_each[code], lines) for code, lines in by_code.items())


def _by_code(lines: list[DraftLine]) -> dict[str, list[DraftLine]]:
    by_code: dict[str, list[DraftLine]] = {}
    for line in lines:
        by_code.setdefault(line.rate.code, []).append(line)
    return by_code


def _tax_by_code(
    stated: Decimal, levels: tuple[TaxLevel, ...], by_code: dict[str, list[DraftLine]], taxes: TaxMap
) -> dict[str, Decimal] | None:
    """ConnectWise's tax for each ledger code, where its tax levels tell; None where they do not.

    By tax level, a level tells by the lines that it taxes, if those bear one code only; a rule for its code is for
    lines that it taxes alone. Else it tells by its own code where that is mapped, and by its lines where it is not.
    """
    by_level = taxes.settings.mode == "by_tax_level"
    tax = dict.fromkeys(by_code, _ZERO)
    for level in levels:
        if not level.tax_amount:
            continue
        rule = None if by_level else taxes.maps.tax_rules.get(folded(level.code or ""))
        codes = {rule.ledger_tax_code.strip()} if rule else _codes_at(level.level, by_code)
        if len(codes) != 1 or not codes <= tax.keys():
            return None
        tax[codes.pop()] += level.tax_amount
    return tax if sum(tax.values(), _ZERO) == stated else None


def _codes_at(level: int, by_code: dict[str, list[DraftLine]]) -> set[str]:
    return {code for code, lines in by_code.items() if any(level in line.levels for line in lines)}


def _not_rounding(record: InvoiceContent, share: _Share, levels: tuple[TaxLevel, ...]) -> str:
    """Why the difference cannot come from rounding, in words; empty where it can."""
    bound = _explained_by_rounding(share.lines)
    reasons = [
        reason
        for reason in (other_rate(record, share.lines, share.connectwise_tax, levels), other_base(record, levels))
        if reason
    ]
    if abs(share.connectwise_tax - share.exact) > bound:
        reasons.append(f"rounding explains {money(bound)} at most")
    return ", ".join(reasons)


def _explained_by_rounding(lines: list[DraftLine]) -> Decimal:
    sources = [line for line in lines if line.kind == "source" and line.levels and line.amount]
    return sum((HALF_A_MINOR_UNIT * (len(line.levels) + line.rate.rate.scaleb(-2)) for line in sources), _ZERO)


def _place_cents(lines: list[DraftLine], difference: Decimal) -> list[DraftLine]:
    """Move `difference` onto lines, a cent each, first onto those whose own rounding went furthest the other way."""
    cent = MINOR_UNIT.copy_sign(difference)
    able = [line for line in lines if may_carry_cents(line.rate) and _stays_a_tax(line, cent)]
    able.sort(key=lambda line: ((line.tax_amount - line.exact_tax) * cent, -abs(line.amount)))
    chosen = able[: int(abs(difference) / MINOR_UNIT)]
    for line in chosen:
        line.tax_amount += cent
        line.tax_override = True
    return chosen


def _stays_a_tax(line: DraftLine, cent: Decimal) -> bool:
    """A line must bear tax before and after, on one side, and no more than its amount (the ledger refuses that)."""
    changed = line.tax_amount + cent
    return line.tax_amount * changed > 0 and abs(changed) <= abs(line.amount)


def _places(lines: list[DraftLine]) -> str:
    indexes = sorted({line.source_line for line in lines if line.source_line is not None})
    return line_numbers(indexes)
