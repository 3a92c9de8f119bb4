"""The tax levels of a record, checked against its sales tax entries."""

import re
from collections.abc import Sequence
from decimal import Decimal

from tieout_contracts.records import TaxEntry, TaxLevel
from tieout_ingest.canonical.faults import Faults
from tieout_ingest.canonical.lines import is_sales_tax, segments
from tieout_ingest.canonical.signs import Signs, turned
from tieout_ingest.canonical.texts import first_text
from tieout_providers.connectwise.models import GLDetail, GLTransaction, TaxCode
from tieout_providers.connectwise.models import TaxLevel as TaxCodeLevel

FLAT = "Amount"
LEVEL_IN_TEXT = re.compile(r"\blevel (\d{1,2})\b", re.IGNORECASE)


def tax_of(transaction: GLTransaction, signs: Signs, faults: Faults) -> Decimal:
    """The tax by its GL entries; the header's own figure, where it is there, must be the same."""
    entries = sum((turned(detail.total or Decimal(0), signs.detail) for detail in _entries(transaction)), Decimal(0))
    if transaction.sales_tax is not None and turned(transaction.sales_tax, signs.header) != entries:
        told = turned(transaction.sales_tax, signs.header)
        faults.add("capture.tax_unbalanced", lines=f"{entries:f}", tax=f"{told:f}")
    return entries


def levels_of(transaction: GLTransaction, signs: Signs, tax: Decimal, faults: Faults) -> tuple[TaxLevel, ...]:
    """The levels from the most general form that the export has; one without tax or taxable amount is left out.

    The list of levels must add up to the tax. The fixed fields count only where they do, for they end at level 3;
    else the sales tax entries themselves tell their levels.
    """
    listed = _told(_listed(transaction, signs.header))
    if listed:
        if (of_levels := _sum(listed)) != tax:
            faults.add("capture.tax_levels_unbalanced", levels=f"{of_levels:f}", tax=f"{tax:f}")
        return listed
    fixed = _told(_fixed(transaction, signs.header))
    return fixed if fixed and _sum(fixed) == tax else _told(_from_entries(transaction, signs))


def entries_of(transaction: GLTransaction, signs: Signs) -> tuple[TaxEntry, ...]:
    """The sales tax entries that say an amount, each with the account that ConnectWise has for it."""
    return tuple(
        TaxEntry(
            gl_entry_id=detail.id,
            level=_level_in_text(detail),
            code=first_text(detail.tax_code_xref),
            account=segments(detail.account_number),
            description=first_text(detail.memo, detail.description) or "",
            amount=turned(detail.total, signs.detail),
        )
        for detail in _entries(transaction)
        if detail.id is not None and detail.total
    )


def with_rates(levels: Sequence[TaxLevel], tax_code: TaxCode | None) -> tuple[TaxLevel, ...]:
    """`levels` with what the tax code says of them: a rate as a fraction, a flat amount, a ceiling.

    A ceiling of zero is none: the field is empty in every tax code that was seen.
    """
    by_number = {level.level: level for level in tax_code.levels} if tax_code else {}
    return tuple(_with_rate(level, by_number.get(level.level)) for level in levels)


def _with_rate(level: TaxLevel, told: TaxCodeLevel | None) -> TaxLevel:
    if told is None or told.rate is None:
        return level
    flat = (told.rate_type or "").casefold() == FLAT.casefold()
    rate = told.rate if flat else told.rate.scaleb(-2)
    return level.model_copy(update={"rate": rate, "flat": flat, "taxable_max": told.taxable_max or None})


def _told(levels: Sequence[TaxLevel]) -> tuple[TaxLevel, ...]:
    return tuple(level for level in levels if level.tax_amount or level.taxable_amount)


def _entries(transaction: GLTransaction) -> list[GLDetail]:
    return [detail for detail in transaction.detail if is_sales_tax(detail)]


def _listed(transaction: GLTransaction, sign: int) -> Sequence[TaxLevel]:
    return [
        TaxLevel(
            level=level.tax_level or position,
            code=level.tax_code_xref or None,
            taxable_amount=None if level.taxable_amount is None else turned(level.taxable_amount, sign),
            tax_amount=turned(level.tax_amount or Decimal(0), sign),
        )
        for position, level in enumerate(transaction.tax_levels, start=1)
    ]


def _fixed(transaction: GLTransaction, sign: int) -> Sequence[TaxLevel]:
    """The header's own fields name the tax of three levels and the codes of two (reference 1.8)."""
    told = (
        (transaction.state_tax, transaction.state_tax_xref, transaction.taxable_amount1),
        (transaction.county_tax, transaction.county_tax_xref, transaction.taxable_amount2),
        (transaction.city_tax, None, transaction.taxable_amount3),
    )
    return [
        TaxLevel(
            level=level,
            code=code or None,
            taxable_amount=None if taxable is None else turned(taxable, sign),
            tax_amount=turned(amount, sign),
        )
        for level, (amount, code, taxable) in enumerate(told, start=1)
        if amount is not None
    ]


def _from_entries(transaction: GLTransaction, signs: Signs) -> Sequence[TaxLevel]:
    """An entry's text names its level ("Level 1 Sales Tax"); one that does not is of level 1."""
    levels: dict[int, TaxLevel] = {}
    for detail in _entries(transaction):
        level = _level_in_text(detail)
        before = levels[level].tax_amount if level in levels else Decimal(0)
        amount = before + turned(detail.total or Decimal(0), signs.detail)
        levels[level] = TaxLevel(level=level, code=detail.tax_code_xref or None, tax_amount=amount)
    return [levels[level] for level in sorted(levels)]


def _level_in_text(detail: GLDetail) -> int:
    """The level that a sales tax entry names in its text; the first where it names none."""
    match = LEVEL_IN_TEXT.search(detail.description or "")
    return int(match[1]) if match else 1


def _sum(levels: Sequence[TaxLevel]) -> Decimal:
    return sum((level.tax_amount for level in levels), Decimal(0))
