"""The steps that the ledger's present reference data decide: what of the settings would break in it."""

from collections.abc import Iterable, Iterator

from tieout_config_api.setup.facts import Facts, Step, folded
from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import LOOKUP
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import CompanySettings, TaxSettings

Named = tuple[str, str]
"""Where in the settings something is named, and what."""
PROVIDERS = {"xero": "Xero", "qbo": "QuickBooks Online"}


def ledger(facts: Facts) -> Step:
    settings, connections = facts.settings, facts.connections
    found = []
    if connections.ledger_kind != settings.ledger:
        provider = PROVIDERS[settings.ledger]
        found.append(problem("setup.connection_missing", connection=settings.ledger_connection, provider=provider))
    elif connections.ledger_broken:
        found.append(problem("setup.connection_broken", connection=settings.ledger_connection))
    if facts.reference is None:
        found.append(problem("setup.reference_missing"))
    elif facts.reference.organisation_id != settings.organisation_id:
        read = facts.reference.organisation_id
        found.append(problem("setup.organisation_differs", named=settings.organisation_id, read=read))
    return Step("ledger", True, found)


def accounts(facts: Facts) -> Step:
    """Every account that is named exists and is active; none that records wait for is missing."""
    if facts.reference is None:
        return Step("accounts", False)
    active = {each.code: each.active for each in facts.reference.accounts}
    found = [
        problem("setup.account_missing" if code not in active else "setup.account_archived", where=where, account=code)
        for where, code in _accounts_named(facts.settings)
        if not active.get(code)
    ]
    unmapped = unmapped_accounts(facts)
    found += [problem("setup.account_unmapped", account=name, records=count) for name, count in unmapped.items()]
    return Step("accounts", True, found)


def unmapped_accounts(facts: Facts) -> dict[str, int]:
    """ConnectWise's accounts that records wait for, and still neither the ledger nor a rule has."""
    if facts.reference is None:
        return {}
    known = {each.code for each in facts.reference.accounts}
    mapped = {rule.connectwise_account.strip() for rule in facts.settings.accounts if rule.connectwise_account}
    return {name: count for name, count in facts.waiting_accounts.items() if name not in known | mapped}


def taxes(facts: Facts) -> Step:
    """Every ledger tax code that is named is there, active, and 0 % where it must be; every choice is made."""
    found = [problem("setup.tax_unmapped", tax_code=code) for code in unmapped_taxes(facts)]
    tax = facts.settings.tax
    if tax.untaxed is None and not tax.zeros:
        what = "lines that ConnectWise does not tax"
        found.append(problem("setup.tax_not_chosen", what=what, setting="untaxed"))
    if tax.out_of_scope is None:
        what = "rounding and adjustment lines"
        found.append(problem("setup.tax_not_chosen", what=what, setting="out_of_scope"))
    if facts.reference is not None:
        found += _tax_codes_of(tax, facts.reference)
        if facts.reference.sales_tax == "automated" and tax.automated == "refuse":
            found.append(problem("setup.automated_tax"))
    return Step("taxes", facts.reference is not None, found)


def unmapped_taxes(facts: Facts) -> list[str]:
    """ConnectWise's tax codes without a rule, where the company maps by code."""
    if facts.settings.tax.mode != "by_tax_group":
        return []
    mapped = {folded(rule.connectwise_tax_code) for rule in facts.settings.tax.rules}
    shown = [each.identifier for each in facts.site.tax_codes if each.identifier and each.cancel_date is None]
    wanted = dict.fromkeys((*facts.waiting_taxes, *shown))
    return [code for code in wanted if folded(code) not in mapped]


def tracking(facts: Facts) -> Step:
    if facts.reference is None:
        return Step("tracking", False)
    known = {folded(each.name): {folded(option) for option in each.options} for each in facts.reference.tracking}
    settings = facts.settings
    named = dict.fromkeys((*settings.tracking_categories, *(rule.category for rule in settings.tracking_rules)))
    found = [problem("setup.tracking_missing", category=name) for name in named if folded(name) not in known]
    for number, rule in enumerate(settings.tracking_rules, 1):
        options = known.get(folded(rule.category))
        if options is not None and folded(rule.option) not in options | {folded(LOOKUP)}:
            where, name, option = f"Tracking rule {number}", rule.category, rule.option
            found.append(problem("setup.tracking_option_missing", where=where, option=option, category=name))
    return Step("tracking", True, found)


def items(facts: Facts) -> Step:
    if facts.reference is None:
        return Step("items", False)
    if not facts.settings.post_items:
        return Step("items", True)
    known = {folded(each.code): each for each in facts.reference.items}
    found = [
        problem("setup.item_missing", where=where, item=code)
        for where, code in _items_named(facts.settings)
        if folded(code) not in known
    ]
    adjusts = known.get(folded(facts.settings.adjustment.item_code or ""))
    if adjusts is not None and adjusts.tracked_stock:
        found.append(problem("setup.item_tracked", where="The adjustment", item=adjusts.code))
    return Step("items", True, found)


def numbers(facts: Facts) -> Step:
    reference = facts.reference
    if reference is None:
        return Step("numbers", False)
    replaced = [problem("setup.numbers_replaced", organisation=reference.organisation_name)]
    return Step("numbers", True, replaced if reference.numbers_itself else ())


def going_live(facts: Facts) -> Step:
    found = [facts.held] if facts.held else []
    return Step("going_live", True, found if facts.settings.arming.armed else [*found, problem("setup.not_armed")])


def _accounts_named(settings: CompanySettings) -> Iterator[Named]:
    for number, rule in enumerate(settings.accounts, 1):
        yield f"Account rule {number}", rule.ledger_account.strip()
    yield "The adjustment", settings.adjustment.account.strip()
    if settings.tax.lines_account:
        yield "The account of tax lines", settings.tax.lines_account.strip()


def _items_named(settings: CompanySettings) -> Iterator[Named]:
    if settings.adjustment.item_code:
        yield "The adjustment", settings.adjustment.item_code
    defaults = settings.non_product
    for name in ("service", "expense", "agreement", "deferred_revenue"):
        code: str | None = getattr(defaults, name)
        if code and getattr(defaults, f"{name}_enabled"):
            yield f"The default for {name.replace('_', ' ')}", code


def _tax_codes_of(tax: TaxSettings, reference: LedgerReference) -> Iterator[Problem]:
    rates = {each.code: each.rate for each in reference.tax_rates if each.active}
    zero = list(_zero_codes(tax))
    for where, code in (*_other_codes(tax), *zero):
        if code not in rates:
            yield problem("setup.tax_code_missing", where=where, tax_code=code)
    for where, code in zero:
        if rates.get(code):
            yield problem("setup.tax_code_not_zero", where=where, tax_code=code, rate=rates[code])


def _zero_codes(tax: TaxSettings) -> Iterator[Named]:
    """What must make no tax."""
    for number, zero in enumerate(tax.zeros, 1):
        yield f"Rule {number} for untaxed lines", zero.ledger_tax_code.strip()
    for rule in tax.rules:
        if rule.reason is not None:
            yield f"The rule for {rule.connectwise_tax_code}", rule.ledger_tax_code.strip()
    yield from _chosen({"Untaxed lines": tax.untaxed, "Out of scope": tax.out_of_scope}.items())
    yield from _chosen({"Tax lines": tax.lines_tax_code}.items())


def _other_codes(tax: TaxSettings) -> Iterator[Named]:
    for rule in tax.rules:
        if rule.reason is None:
            yield f"The rule for {rule.connectwise_tax_code}", rule.ledger_tax_code.strip()
    for combination in tax.levels:
        where = f"The rule for the levels {', '.join(combination.connectwise_levels)}"
        yield where, combination.ledger_tax_code.strip()
    if tax.mode == "by_tax_flag":
        yield from _chosen({"Taxed lines": tax.taxed}.items())


def _chosen(named: Iterable[tuple[str, str | None]]) -> Iterator[Named]:
    for where, code in named:
        if code:
            yield where, code.strip()
