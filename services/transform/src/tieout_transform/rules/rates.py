"""Whether ConnectWise states another rate than the ledger has: then even a cent is no rounding."""

from decimal import Decimal

from tieout_contracts.money import round_half_away
from tieout_contracts.records import InvoiceContent, TaxLevel
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.words import figure

_RATE_PLACES = 4
_ZERO = Decimal("0.00")


def other_rate(
    record: InvoiceContent, lines: list[DraftLine], connectwise_tax: Decimal, levels: tuple[TaxLevel, ...]
) -> str:
    """In words, where ConnectWise's own rates differ from the ledger's and make its tax better; else empty.

    Told only where ConnectWise states its rate of every line: by the levels that tax it, or by the rate of the whole
    document where the ledger uses one rate for all of it.
    """
    stated: list[tuple[DraftLine, Decimal]] = []
    for line in lines:
        rate = _of_levels(record, line, levels) or _of_document(record, lines, levels)
        if rate is None:
            return ""
        stated.append((line, rate))
    different = [(line, rate) for line, rate in stated if not _is_same(line.rate.rate, rate)]
    exact = sum((line.exact_tax for line in lines), _ZERO)
    by_its_own = sum((line.amount * rate for line, rate in stated), _ZERO)
    if not different or abs(connectwise_tax - by_its_own) >= abs(connectwise_tax - exact):
        return ""
    line, rate = different[0]
    return f"ConnectWise taxes at {figure(rate.scaleb(2))} %, the ledger at {figure(line.rate.rate)} %"


def _of_levels(record: InvoiceContent, line: DraftLine, levels: tuple[TaxLevel, ...]) -> Decimal | None:
    """The fraction that the line's levels make together, where each says its own."""
    told = {level.level: level.rate for level in levels if level.rate is not None and not level.flat}
    total = Decimal(0)
    for number in sorted(line.levels):
        rate = told.get(number)
        if rate is None:
            return None
        total += rate * (1 + total) if record.tax_on_tax else rate
    return total or None


def _of_document(record: InvoiceContent, lines: list[DraftLine], levels: tuple[TaxLevel, ...]) -> Decimal | None:
    """The document's rate is that of all its levels together: it says nothing where only some are the ledger's."""
    is_of_all = len({line.rate.rate for line in lines}) == 1 and len(levels) == len(record.tax_levels)
    return (record.tax_rate or None) if is_of_all else None


def _is_same(percent: Decimal, fraction: Decimal) -> bool:
    """Whether the ledger's percentage is ConnectWise's fraction, at the decimals that ConnectWise gives."""
    places = max(_RATE_PLACES, -int(fraction.as_tuple().exponent))
    return round_half_away(percent.scaleb(-2), places) == fraction
