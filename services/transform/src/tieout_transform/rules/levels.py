"""ConnectWise's tax levels, and what no rate of a ledger can say of them."""

from decimal import Decimal

from tieout_contracts.records import InvoiceContent, TaxLevel
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import HALF_A_MINOR_UNIT, ledger_amount
from tieout_transform.rules.tax import TaxMap
from tieout_transform.rules.words import money

_ZERO = Decimal("0.00")


def levels_by_rate(record: InvoiceContent, taxes: TaxMap, findings: Findings) -> tuple[TaxLevel, ...] | None:
    """The levels whose tax the ledger is to compute; None where one of them cannot be computed by a rate.

    A flat amount is no percentage, and a ceiling makes the tax smaller than the rate does: the ledgers know neither.
    Their tax can be posted as lines.
    """
    if taxes.all_as_lines:
        return ()
    levels = tuple(level for level in record.tax_levels if level.level not in taxes.as_lines)
    reasons = [(level, reason) for level in levels if level.tax_amount and (reason := _no_rate(record, level))]
    for level, reason in reasons:
        findings.add("rules.tax_level_unpostable", level=taxes.level_codes[level.level], reason=reason)
    return None if reasons else levels


def base_of(record: InvoiceContent, level: int) -> Decimal:
    """What the lines that `level` taxes add up to."""
    return sum((ledger_amount(line.amount) for line in record.lines if level in line.taxable_levels), _ZERO)


def other_base(record: InvoiceContent, levels: tuple[TaxLevel, ...]) -> str:
    """Whether ConnectWise taxed other lines than those flagged, in words; told only where it states what it taxed.

    Where a level taxes the levels before it, their tax may or may not stand in its taxable amount.
    """
    for level in levels:
        if not level.taxable_amount:
            continue
        flagged = base_of(record, level.level)
        lines = sum(level.level in line.taxable_levels for line in record.lines)
        before = sum((each.tax_amount for each in record.tax_levels if each.level < level.level), _ZERO)
        bases = (flagged, flagged + before) if record.tax_on_tax else (flagged,)
        if all(abs(level.taxable_amount - base) > HALF_A_MINOR_UNIT * lines for base in bases):
            return (
                f"ConnectWise taxed {money(level.taxable_amount)} at level {level.level}, "
                f"the lines flagged for it make {money(flagged)}"
            )
    return ""


def _no_rate(record: InvoiceContent, level: TaxLevel) -> str:
    """Why a percentage of the lines cannot make the level's tax, in words; empty where it can."""
    if level.flat:
        return "a flat amount"
    base = base_of(record, level.level)
    if level.taxable_max is not None and abs(base) > level.taxable_max:
        return f"charged on {money(level.taxable_max)} at most, of {money(base)}"
    return ""
