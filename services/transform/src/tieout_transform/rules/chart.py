"""The ledger's reference data, indexed once for each version that was read."""

from dataclasses import dataclass

from tieout_contracts.reference import LedgerAccount, LedgerReference, LedgerTaxRate, TrackingCategory
from tieout_transform.rules.kept import Kept
from tieout_transform.rules.ledgers import Ledger, ledger_of

_KEPT_CHARTS = 64


@dataclass(frozen=True, slots=True)
class Chart:
    """What the rules look up in a ledger."""

    reference: LedgerReference
    ledger: Ledger
    accounts: dict[str, LedgerAccount]
    tax_rates: dict[str, LedgerTaxRate]
    tracking: dict[str, tuple[TrackingCategory, dict[str, str]]]
    """By folded category name: the category and its options, by folded name."""
    tracked_stock: frozenset[str]
    """The codes of items whose stock the ledger counts."""
    items: frozenset[str]
    """The codes of all items, without case."""
    item_accounts: dict[str, str]
    """By the item's code without case: the account that it sells to, where that decides what a line is booked to."""


def _index(reference: LedgerReference) -> Chart:
    ledger = ledger_of(reference)
    return Chart(
        reference=reference,
        ledger=ledger,
        accounts={account.code: account for account in reference.accounts},
        tax_rates={rate.code: rate for rate in reference.tax_rates},
        tracking={
            folded(category.name): (category, {folded(option): option for option in category.options})
            for category in reference.tracking
        },
        tracked_stock=frozenset(item.code for item in reference.items if item.tracked_stock),
        items=frozenset(item.code.casefold() for item in reference.items),
        item_accounts=_item_accounts(reference) if ledger.books_by_item else {},
    )


def _item_accounts(reference: LedgerReference) -> dict[str, str]:
    return {item.code.casefold(): item.account_code for item in reference.items if item.account_code}


def folded(name: str) -> str:
    """Names are compared without case and outer spaces."""
    return name.strip().casefold()


_charts = Kept(_index, _KEPT_CHARTS)


def chart_of(reference: LedgerReference) -> Chart:
    """`reference` indexed; the last 64 are kept, because one organisation's is used for many records in a row."""
    return _charts.of(reference)
