"""The steps of a company's settings for expenses; there are none where nothing of expenses is set.

What they find are warnings as long as nothing is posted by these settings.
"""

from collections.abc import Iterator

from tieout_config_api.setup.facts import Facts, Step, folded
from tieout_contracts.expense_settings import ExpenseSettings
from tieout_contracts.problems import Problem, problem
from tieout_contracts.reference import LedgerAccount, LedgerReference

PAYING_TYPES = frozenset({"BANK", "CREDIT CARD"})
"""Xero's bank accounts, credit cards among them, are all of type BANK; QuickBooks Online has a type for cards."""
LIABILITY, EXPENSE = "LIABILITY", "EXPENSE"


def steps(facts: Facts) -> list[Step]:
    """In the order in which expenses are set up."""
    settings = facts.settings.expenses
    if not settings.in_use:
        return []
    found = [_types(settings, facts), _accounts(settings, facts), _links(settings, facts)]
    return [*found, _taxes(settings, facts)] if facts.settings.ledger == "xero" else found


def unmapped_types(facts: Facts) -> list[str]:
    """ConnectWise's active expense types without a ledger account (F159)."""
    account_of, types = facts.settings.expenses.account_of, facts.site.expense_types
    if isinstance(types, str):
        return []
    return [each.name for each in types if each.name and not (each.inactive_flag or account_of(each.name))]


def _types(settings: ExpenseSettings, facts: Facts) -> Step:
    types = facts.site.expense_types
    if isinstance(types, str):
        return Step("expense_types", True, [problem("setup.expenses_unread", what="expense types", reason=types)])
    known = {folded(each.name) for each in types if each.name}
    unknown = [rule.expense_type.strip() for rule in settings.accounts if folded(rule.expense_type) not in known]
    found = [problem("setup.expense_type_unmapped", expense_type=name) for name in unmapped_types(facts)]
    found += [problem("setup.expense_type_unknown", expense_type=name) for name in unknown]
    return Step("expense_types", True, found)


def _accounts(settings: ExpenseSettings, facts: Facts) -> Step:
    found = [] if settings.offset_account else [problem("setup.expense_offset_missing")]
    if facts.reference is None:
        return Step("expense_accounts", False, found)
    found += [*_mapped(settings, facts.reference), *_offset(settings, facts.reference)]
    return Step("expense_accounts", True, [*found, *_paying(settings, facts.reference)])


def _mapped(settings: ExpenseSettings, reference: LedgerReference) -> Iterator[Problem]:
    for rule in settings.accounts:
        where = f"The rule for {rule.expense_type.strip()}"
        if _active(reference, rule.ledger_account) is None:
            yield problem("setup.expense_account_missing", where=where, account=rule.ledger_account.strip())


def _offset(settings: ExpenseSettings, reference: LedgerReference) -> Iterator[Problem]:
    """F178: what is settled against it is owed until somebody clears it."""
    if settings.offset_account is None:
        return
    code = settings.offset_account.strip()
    account = _active(reference, code)
    if account is None:
        yield problem("setup.expense_account_missing", where="The offset account", account=code)
    elif account.account_class != LIABILITY:
        kind = account.account_class.lower()
        yield problem("setup.expense_offset_not_liability", account=code, name=account.name, kind=kind)


def _paying(settings: ExpenseSettings, reference: LedgerReference) -> Iterator[Problem]:
    for link in settings.links:
        if link.ledger_account is None:
            continue
        whom = f" of {link.member.strip()}" if link.member else ""
        where, code = f"The link{whom} for {link.payment_type.strip()}", link.ledger_account.strip()
        account = _active(reference, code)
        if account is None:
            yield problem("setup.expense_account_missing", where=where, account=code)
        elif account.account_type not in PAYING_TYPES:
            kind = account.account_type.lower()
            yield problem("setup.expense_account_cannot_pay", where=where, account=code, name=account.name, kind=kind)
        elif account.bank_feed is False:
            yield problem("setup.expense_account_without_feed", where=where, account=code, name=account.name)


def _links(settings: ExpenseSettings, facts: Facts) -> Step:
    """F175: members that links name are ConnectWise's, and an inactive one is marked.

    Their payment types are among the company payment types that the account names.
    """
    listed = {folded(name) for name in facts.payment_types}
    types = {folded(link.payment_type): link.payment_type.strip() for link in settings.links}
    unlisted = [
        problem("setup.expense_payment_type_unlisted", payment_type=types[key]) for key in types if key not in listed
    ]
    return Step("expense_links", True, [*unlisted, *_members(settings, facts)])


def _members(settings: ExpenseSettings, facts: Facts) -> list[Problem]:
    named = {folded(link.member): link.member.strip() for link in settings.links if link.member}
    members = facts.site.members
    if isinstance(members, str):
        return [problem("setup.expenses_unread", what="members", reason=members)] if named else []
    inactive = {folded(each.identifier): each.inactive_flag is True for each in members if each.identifier}
    unknown = [
        problem("setup.expense_member_unknown", member=name) for key, name in named.items() if key not in inactive
    ]
    return unknown + [problem("setup.expense_member_inactive", member=named[key]) for key in named if inactive.get(key)]


def _taxes(settings: ExpenseSettings, facts: Facts) -> Step:
    """Xero only: QuickBooks Online's tax codes are read as far as sales may bear them."""
    if facts.reference is None:
        return Step("expense_taxes", False)
    rates = {each.code: each for each in facts.reference.tax_rates if each.active}
    named = [(f"The rule for {rule.expense_tax_type.strip()}", rule.ledger_tax_code.strip()) for rule in settings.taxes]
    if settings.untaxed:
        named.append(("Untaxed expenses", settings.untaxed.strip()))
    found = []
    for where, code in named:
        rate = rates.get(code)
        if rate is None:
            found.append(problem("setup.expense_tax_code_missing", where=where, tax_code=code))
        elif rate.applies_to and EXPENSE not in rate.applies_to:
            found.append(problem("setup.expense_tax_code_unfit", where=where, tax_code=code, name=rate.name))
    return Step("expense_taxes", True, found)


def _active(reference: LedgerReference, code: str) -> LedgerAccount | None:
    return next((each for each in reference.accounts if each.active and each.code == code.strip()), None)
