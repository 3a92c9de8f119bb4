"""Proposals for what is not mapped yet: from codes, names, rates and what was mapped elsewhere. Never applied here.

Each has a score of 0 to 100 and its reason in words. What the tenant mapped before tells most, an equal code more than
a similar name, and an equal rate makes a similar name likelier. A person decides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz, utils

from tieout_config_api.setup.expense_steps import EXPENSE, unmapped_types
from tieout_config_api.setup.facts import Facts, folded
from tieout_config_api.setup.ledger_steps import unmapped_accounts, unmapped_taxes
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import CompanySettings
from tieout_providers.connectwise.models import TaxCode

SHOWN_MAX = 3
LEAST_SCORE = 60
UNMAPPED_MAX = 200
"""So many unmapped codes are looked at; the rest when these are done."""
MAPPED_ELSEWHERE, SAME_CODE, SAME_DIGITS, SAME_RATE_ONLY = 98, 95, 85, 65
FLAT = "amount"
"""A level's rate that is money, not per cent."""
SALES = frozenset({"REVENUE"})


@dataclass(frozen=True, slots=True)
class Candidate:
    code: str
    name: str
    score: int
    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`unmapped`: ConnectWise's account or tax code. `candidates`: the ledger's, best first, if any is like it."""

    unmapped: str
    candidates: Sequence[Candidate]


def account_suggestions(facts: Facts) -> list[Suggestion]:
    """For the accounts that records wait for."""
    if facts.reference is None:
        return []
    active = [each for each in facts.reference.accounts if each.active and each.system is None]
    mapped = _account_history(facts)
    unmapped = list(unmapped_accounts(facts))[:UNMAPPED_MAX]
    return [Suggestion(name, _best(_accounts_like(name, active, mapped))) for name in unmapped]


def tax_suggestions(facts: Facts) -> list[Suggestion]:
    """For ConnectWise's tax codes without a rule."""
    if facts.reference is None:
        return []
    usable = [each for each in facts.reference.tax_rates if each.active and _for_sales(each)]
    codes = {folded(each.identifier): each for each in facts.site.tax_codes if each.identifier}
    mapped = _tax_history(facts)
    unmapped = unmapped_taxes(facts)[:UNMAPPED_MAX]
    return [Suggestion(name, _best(_rates_like(name, codes.get(folded(name)), usable, mapped))) for name in unmapped]


def expense_suggestions(facts: Facts) -> list[Suggestion]:
    """For ConnectWise's expense types without an account, where the company has anything of expenses set."""
    if facts.reference is None or not facts.settings.expenses.in_use:
        return []
    usable = [each for each in facts.reference.accounts if each.active and each.account_class == EXPENSE]
    mapped = _expense_history(facts)
    unmapped = unmapped_types(facts)[:UNMAPPED_MAX]
    return [Suggestion(name, _best(_accounts_like(name, usable, mapped))) for name in unmapped]


def _accounts_like(
    wanted: str, accounts: Iterable[LedgerAccount], mapped: Mapping[str, tuple[str, str]]
) -> Iterator[Candidate]:
    elsewhere, whose = mapped.get(folded(wanted), ("", ""))
    for account in accounts:
        code, name = account.code, account.name
        if code == elsewhere:
            yield Candidate(code, name, MAPPED_ELSEWHERE, f"{whose} maps {wanted} to {code}")
        elif folded(code) == folded(wanted):
            yield Candidate(code, name, SAME_CODE, "the codes differ only in case")
        elif _digits(code) and _digits(code) == _digits(wanted):
            yield Candidate(code, name, SAME_DIGITS, f"both codes are {_digits(code)} without leading zeros and signs")
        else:
            likeness = max(_alike(wanted, name), _alike(wanted, f"{code} {name}"))
            yield Candidate(code, name, likeness, f"{wanted} and {name} are {likeness} % alike")


def _rates_like(
    wanted: str, shown: TaxCode | None, rates: Iterable[LedgerTaxRate], mapped: Mapping[str, tuple[str, str]]
) -> Iterator[Candidate]:
    elsewhere, whose = mapped.get(folded(wanted), ("", ""))
    theirs = _rate_of(shown)
    names = [name for name in (wanted, shown and shown.description, shown and shown.invoice_caption) if name]
    for rate in rates:
        if rate.code == elsewhere:
            yield Candidate(rate.code, rate.name, MAPPED_ELSEWHERE, f"{whose} maps {wanted} to {rate.code}")
            continue
        likeness = max(_alike(name, each) for name in names for each in (rate.name, rate.code))
        said = f"{wanted} and {rate.name} are {likeness} % alike"
        if theirs is None:
            yield Candidate(rate.code, rate.name, likeness, said)
        elif theirs == rate.rate:
            score = min(SAME_CODE, SAME_RATE_ONLY + likeness * (SAME_CODE - SAME_RATE_ONLY) // 100)
            yield Candidate(rate.code, rate.name, score, f"both make {rate.rate.normalize():f} %; {said}")


def _rate_of(code: TaxCode | None) -> Decimal | None:
    """The sum of the levels' per cents; None where one is an amount, or where ConnectWise did not show them."""
    if code is None:
        return None
    levels = [each for each in code.levels if each.rate]
    if any((each.rate_type or "").casefold() == FLAT for each in levels):
        return None
    return sum((Decimal(each.rate) for each in levels if each.rate), Decimal(0))


def _account_history(facts: Facts) -> dict[str, tuple[str, str]]:
    """What the tenant's other companies map each of ConnectWise's accounts to, alone by its number."""
    return {
        folded(rule.connectwise_account): (rule.ledger_account.strip(), name)
        for name, settings in _elsewhere(facts)
        for rule in settings.accounts
        if rule.connectwise_account and len(rule.model_dump(exclude_none=True)) == 2
    }


def _tax_history(facts: Facts) -> dict[str, tuple[str, str]]:
    return {
        folded(rule.connectwise_tax_code): (rule.ledger_tax_code.strip(), name)
        for name, settings in _elsewhere(facts)
        for rule in settings.tax.rules
    }


def _expense_history(facts: Facts) -> dict[str, tuple[str, str]]:
    return {
        folded(rule.expense_type): (rule.ledger_account.strip(), name)
        for name, settings in _elsewhere(facts)
        for rule in settings.expenses.accounts
    }


def _elsewhere(facts: Facts) -> Iterator[tuple[str, CompanySettings]]:
    """Other companies with the same ledger product: codes of another one would say nothing."""
    for each in facts.others:
        if each.settings.ledger == facts.settings.ledger:
            yield each.settings.name, each.settings


def _best(candidates: Iterable[Candidate]) -> list[Candidate]:
    good = [each for each in candidates if each.score >= LEAST_SCORE]
    return sorted(good, key=lambda each: (-each.score, each.code))[:SHOWN_MAX]


def _alike(one: str, other: str) -> int:
    return int(fuzz.token_sort_ratio(one, other, processor=utils.default_process))


def _digits(code: str) -> str:
    """The digits of a code that is a number, however it is written; a code with letters is a name."""
    plain = "".join(each for each in code if each not in " .-/")
    return plain.lstrip("0") if plain.isascii() and plain.isdecimal() else ""


def _for_sales(rate: LedgerTaxRate) -> bool:
    return not rate.applies_to or bool(SALES & {each.upper() for each in rate.applies_to})
