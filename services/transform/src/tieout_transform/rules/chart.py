"""The ledger's reference data, indexed once for each version that was read."""

from collections import OrderedDict
from dataclasses import dataclass

from tieout_contracts.reference import LedgerAccount, LedgerReference, LedgerTaxRate, TrackingCategory

_KEPT_CHARTS = 64

_kept: OrderedDict[int, "Chart"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Chart:
    """What the rules look up in a ledger."""

    reference: LedgerReference
    accounts: dict[str, LedgerAccount]
    tax_rates: dict[str, LedgerTaxRate]
    tracking: dict[str, tuple[TrackingCategory, dict[str, str]]]
    """By folded category name: the category and its options, by folded name."""
    tracked_stock: frozenset[str]
    """The codes of items whose stock the ledger counts."""


def chart_of(reference: LedgerReference) -> Chart:
    """`reference` indexed; the last 64 are kept, because one organisation's is used for many records in a row.

    Kept by identity: a reference is frozen, and the chart holds on to it, so its identity is never used again.
    """
    chart = _kept.get(id(reference))
    if chart is None:
        chart = _kept[id(reference)] = _index(reference)
        if len(_kept) > _KEPT_CHARTS:
            _kept.popitem(last=False)
    else:
        _kept.move_to_end(id(reference))
    return chart


def _index(reference: LedgerReference) -> Chart:
    return Chart(
        reference=reference,
        accounts={account.code: account for account in reference.accounts},
        tax_rates={rate.code: rate for rate in reference.tax_rates},
        tracking={
            folded(category.name): (category, {folded(option): option for option in category.options})
            for category in reference.tracking
        },
        tracked_stock=frozenset(item.code for item in reference.items if item.tracked_stock),
    )


def folded(name: str) -> str:
    """Names are compared without case and outer spaces."""
    return name.strip().casefold()
