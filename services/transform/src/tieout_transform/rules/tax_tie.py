"""How a document's tax comes out at ConnectWise's tax, for each tax code.

ConnectWise rounds the tax of the document (or of each line and level), the ledger in its own way. ConnectWise's tax
must therefore be the exact tax of its lines, give or take half a minor unit for each taxed line and level, and the tax
on half a minor unit for each taxed line, because it may have taxed amounts not yet rounded. Anything further off is a
wrong rate, a wrong taxability or a missing GL entry. The ledger's rounding is known, so it needs no allowance. The
cents between both go where the ledger keeps them: onto what already bears the tax.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tieout_contracts.records import InvoiceContent, TaxLevel
from tieout_transform.rules.chart import folded
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import HALF_A_MINOR_UNIT
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.ledgers.taxes import by_code
from tieout_transform.rules.levels import other_base
from tieout_transform.rules.rates import other_rate
from tieout_transform.rules.tax import TaxMap
from tieout_transform.rules.tax_lines import posted_as_lines
from tieout_transform.rules.words import figure, money

_ZERO = Decimal("0.00")


@dataclass(slots=True)
class _Share:
    """Lines whose tax ConnectWise states in one sum; one tax code where it says so for each."""

    connectwise_tax: Decimal
    lines: list[DraftLine]

    def codes(self, ledger: Ledger) -> str:
        return ", ".join(dict.fromkeys(ledger.tax_name(line.rate) for line in self.lines))

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
    ledger: Ledger,
    taxes: TaxMap,
    findings: Findings,
) -> dict[str, Decimal] | None:
    """Lay the ledger's tax on `lines`, and move cents so that it is ConnectWise's; the rest is returned by tax codes.

    `levels` are those whose tax the ledger computes. None where ConnectWise's tax is further off than rounding
    explains, which was refused.
    """
    left: dict[str, Decimal] = {}
    explained = True
    ledger.tax.compute(lines)
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
        elif rest := _tie(share, difference, lines, ledger, findings, may_move=taxes.settings.cents == "on_tax"):
            left[share.codes(ledger)] = rest
    return left if explained else None


def _explain(share: _Share, ledger: Ledger, findings: Findings) -> None:
    """Tax that came out by itself is said too: every cent has its words."""
    for lines in by_code(share.lines).values():
        base = sum((line.amount for line in lines), _ZERO)
        made = sum((line.tax_amount for line in lines), _ZERO)
        findings.explain(
            f"tax {ledger.tax_name(lines[0].rate)}: {figure(lines[0].rate.rate)} % of {money(base)} "
            f"makes {money(made)} in {ledger.name}, {ledger.tax.words}"
        )


def _tie(
    share: _Share,
    difference: Decimal,
    document: list[DraftLine],
    ledger: Ledger,
    findings: Findings,
    *,
    may_move: bool,
) -> Decimal:
    """Place what can be placed of `difference`, and return the rest."""
    words = (
        f"ConnectWise says {money(share.connectwise_tax)} tax ({share.codes(ledger)}), "
        f"{ledger.name} makes {money(share.predicted)} {ledger.tax.words}"
    )
    moved = ledger.tax.move(share.lines, difference, document) if may_move else ""
    if moved:
        words += f": {moved}"
        findings.add("rules.tax_cents", arithmetic=words, tax_code=share.codes(ledger))
    findings.explain(words, noted=True)
    return share.connectwise_tax - share.predicted


def _shares(stated: Decimal, levels: tuple[TaxLevel, ...], taxed: list[DraftLine], taxes: TaxMap) -> Iterator[_Share]:
    codes = by_code(taxed)
    for_each = _tax_by_code(stated, levels, codes, taxes)
    if for_each is None:
        yield _Share(stated, taxed)
    else:
        yield from (_Share(for_each[code], lines) for code, lines in codes.items())


def _tax_by_code(
    stated: Decimal, levels: tuple[TaxLevel, ...], codes: dict[str, list[DraftLine]], taxes: TaxMap
) -> dict[str, Decimal] | None:
    """ConnectWise's tax for each ledger code, where its tax levels tell; None where they do not.

    By tax level, a level tells by the lines that it taxes, if those bear one code only; a rule for its code is for
    lines that it taxes alone. Else it tells by its own code where that is mapped, and by its lines where it is not. No
    level tells where a line bears what an earlier document was posted with: the mapping may have been another one.
    """
    if any(line.as_posted for lines in codes.values() for line in lines):
        return None
    by_level = taxes.settings.mode == "by_tax_level"
    tax = dict.fromkeys(codes, _ZERO)
    for level in levels:
        if not level.tax_amount:
            continue
        rule = None if by_level else taxes.maps.tax_rules.get(folded(level.code or ""))
        told = {rule.ledger_tax_code.strip()} if rule else _codes_at(level.level, codes)
        if len(told) != 1 or not told <= tax.keys():
            return None
        tax[told.pop()] += level.tax_amount
    return tax if sum(tax.values(), _ZERO) == stated else None


def _codes_at(level: int, codes: dict[str, list[DraftLine]]) -> set[str]:
    return {code for code, lines in codes.items() if any(level in line.levels for line in lines)}


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
    sources = [line for line in lines if line.kind == "source" and line.amount]
    return sum((HALF_A_MINOR_UNIT * (len(line.levels) + line.rate.rate.scaleb(-2)) for line in sources), _ZERO)
