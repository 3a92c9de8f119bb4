"""The steps that ConnectWise's own set-up decides."""

from collections.abc import Sequence

from tieout_config_api.account.payment_types import differences
from tieout_config_api.setup.facts import Facts, Step, folded
from tieout_contracts.problems import Problem, problem
from tieout_providers.connectwise.models import Currency, CurrencyReference


def connectwise(facts: Facts, findings: Sequence[Problem], *, finished: bool) -> Step:
    """What the test of the connection found (F205), and what of the set-up could not be read."""
    return Step("connectwise", finished, [*findings, *facts.site.problems])


def terms(facts: Facts) -> Step:
    """F32: terms say by their cross-reference when something is due."""
    without = [each.name or str(each.id) for each in facts.site.terms if not (each.terms_xref or "").strip()]
    found = [problem("setup.terms_without_reference", terms=name) for name in without]
    return Step("terms", facts.site.shows("terms"), found)


def currencies(facts: Facts) -> Step:
    reference = facts.reference
    if reference is None or not facts.site.shows("currencies"):
        return Step("currencies", False)
    known = {reference.base_currency, *(reference.currencies if reference.multi_currency is not False else ())}
    codes = dict.fromkeys(code for each in facts.site.currencies if (code := _iso_code(each)))
    found = [problem("setup.currency_missing", currency=code) for code in codes if code not in known]
    return Step("currencies", True, found)


def locations(facts: Facts) -> Step:
    """Every location that the company lists is there, and every one that is there has its company."""
    if not facts.site.shows("locations"):
        return Step("locations", False)
    settings = facts.settings
    names = {each.id: each.name or str(each.id) for each in facts.site.locations if each.id is not None}
    missing = [number for number in settings.connectwise_locations if number not in names]
    found = [problem("setup.location_unknown", location=number) for number in missing]
    same_site = [each.settings for each in facts.others]
    takers = [
        each
        for each in (settings, *same_site)
        if each.takes_records and each.connectwise_connection == settings.connectwise_connection
    ]
    if all(each.connectwise_locations for each in takers):
        taken = {number for each in takers for number in each.connectwise_locations}
        left = sorted(names.keys() - taken)
        found += [problem("setup.location_unclaimed", location=number, name=names[number]) for number in left]
    return Step("locations", True, found)


def payment_types(facts: Facts) -> Step:
    """F164: those that the account names are ConnectWise's own, by the names that they have there now."""
    shown = facts.site.payment_types
    if not facts.payment_types:
        return Step("payment_types", True)
    if isinstance(shown, str):
        return Step("payment_types", True, [problem("setup.payment_types_unread", reason=shown)])
    at_site = {facts.settings.connectwise_connection: shown}
    return Step("payment_types", True, list(differences(facts.payment_types, facts.payment_type_ids, at_site)))


def callbacks(facts: Facts) -> Step:
    connections = facts.connections
    if connections.callbacks and connections.callback_problem is None:
        return Step("callbacks", True)
    because = f": {connections.callback_problem}" if connections.callback_problem else ""
    name = facts.settings.connectwise_connection
    return Step("callbacks", True, [problem("setup.callbacks_off", connection=name, because=because.rstrip("."))])


def _iso_code(currency: Currency) -> str | None:
    """Unconfirmed: which of its fields names a currency by its ISO code; each that looks like one is taken."""
    code = currency.currency_code
    name = code.currency_code if isinstance(code, CurrencyReference) else code if isinstance(code, str) else None
    if name is None and code is not None and not isinstance(code, str | CurrencyReference):
        name = code.identifier or code.name
    found = (name or currency.currency_identifier or "").strip().upper()
    return found if len(found) == 3 and found.isalpha() and folded(found) else None
