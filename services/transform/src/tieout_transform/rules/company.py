"""A company's mapping, ranked and indexed once for each settings snapshot."""

from dataclasses import dataclass

from tieout_contracts.settings import AccountRule, CompanySettings, TaxRule, TrackingRule
from tieout_transform.rules.chart import folded
from tieout_transform.rules.kept import Kept
from tieout_transform.rules.specific import Ranked
from tieout_transform.rules.zeros import RankedZeros

_KEPT_COMPANIES = 64


@dataclass(frozen=True, slots=True)
class CompanyMaps:
    """What the rules look up in a company's settings."""

    accounts: Ranked[AccountRule]
    categories: tuple[str, ...]
    """The tracking categories of the class segments, then those that only rules name."""
    tracking: dict[str, Ranked[TrackingRule]]
    """By category."""
    representatives: dict[str, str]
    """The tracking option of a sales representative, by folded id or name."""
    tax_rules: dict[str, TaxRule]
    """By ConnectWise tax code, folded."""
    combinations: dict[frozenset[str], str]
    """Ledger tax code by the codes, folded, of the levels that tax a line."""
    zeros: RankedZeros


def _ranked(settings: CompanySettings) -> CompanyMaps:
    named = {folded(name): name for name in settings.tracking_categories}
    for rule in settings.tracking_rules:
        named.setdefault(folded(rule.category), rule.category)
    return CompanyMaps(
        accounts=Ranked(settings.accounts),
        categories=tuple(named.values()),
        tracking={
            name: Ranked(rule for rule in settings.tracking_rules if folded(rule.category) == key)
            for key, name in named.items()
        },
        representatives={folded(each.sales_representative): each.option for each in settings.sales_representatives},
        tax_rules={folded(rule.connectwise_tax_code): rule for rule in settings.tax.rules},
        combinations={
            frozenset(map(folded, rule.connectwise_levels)): rule.ledger_tax_code.strip()
            for rule in settings.tax.levels
        },
        zeros=RankedZeros(settings.tax),
    )


_companies = Kept(_ranked, _KEPT_COMPANIES)


def maps_of(settings: CompanySettings) -> CompanyMaps:
    """`settings` ranked; the last 64 are kept, because one company's are used for many records in a row."""
    return _companies.of(settings)
