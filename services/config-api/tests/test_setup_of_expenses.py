"""The steps of a company's settings for expenses: shown where any are set, and judged from what is known."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from tieout_config_api.account.statistics import linked_members
from tieout_config_api.setup.check import is_ready
from tieout_config_api.setup.expense_steps import steps
from tieout_config_api.setup.facts import Connections, Facts, Site
from tieout_config_api.setup.reading import read_site
from tieout_config_api.setup.suggesting import expense_suggestions
from tieout_contracts.reference import LedgerAccount, LedgerReference, LedgerTaxRate
from tieout_contracts.settings import CompanySettings, SettingsSnapshot
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.models import ExpenseType, Member

CARD = "Company Credit Card"
PAYS = {"action": "payment_account", "payment_type": CARD}
EXPENSES: dict[str, Any] = {
    "accounts": [{"expense_type": "Meals", "ledger_account": "420"}],
    "offset_account": "2150",
    "taxes": [{"expense_tax_type": "GST", "ledger_tax_code": "INPUT"}],
    "untaxed": "EXEMPTEXPENSES",
    "links": [PAYS | {"member": "ARO", "ledger_account": "6001"}],
}


def settings(name: str = "Harbourline IT", **expenses: Any) -> CompanySettings:
    head = {
        "name": name,
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
    }
    return CompanySettings.model_validate({**head, "adjustment": {"account": "860"}, "expenses": EXPENSES | expenses})


def account(code: str, name: str, account_class: str, account_type: str, **more: Any) -> LedgerAccount:
    return LedgerAccount(code=code, name=name, account_class=account_class, account_type=account_type, **more)


def rate(code: str, applies_to: str, **more: Any) -> LedgerTaxRate:
    return LedgerTaxRate(code=code, name=code.title(), rate=Decimal(10), applies_to=(applies_to,), **more)


REFERENCE = LedgerReference(
    ledger="xero",
    organisation_id="org",
    organisation_name="Harbourline IT",
    country="AU",
    base_currency="AUD",
    currencies=("AUD",),
    accounts=(
        account("420", "Entertainment", "EXPENSE", "OVERHEADS"),
        account("493", "Travels", "EXPENSE", "OVERHEADS"),
        account("494", "Old travel", "EXPENSE", "OVERHEADS", active=False),
        account("200", "Sales of travel", "REVENUE", "SALES"),
        account("2150", "Unclaimed expenses", "LIABILITY", "CURRLIAB"),
        account("6001", "Card of Ada", "ASSET", "BANK"),
        account("6002", "Card of Ben", "LIABILITY", "CREDIT CARD", bank_feed=True),
        account("6003", "Petty cash", "ASSET", "BANK", bank_feed=False),
    ),
    tax_rates=(rate("INPUT", "EXPENSE"), rate("EXEMPTEXPENSES", "EXPENSE"), rate("OUTPUT", "REVENUE")),
    read_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
    version=1,
)
SITE = Site(
    members=[
        Member.model_validate({"id": 21, "identifier": "ARO", "inactiveFlag": False}),
        Member.model_validate({"id": 22, "identifier": "BLI", "inactiveFlag": True}),
    ],
    expense_types=[
        ExpenseType.model_validate({"id": 5, "name": "Meals"}),
        ExpenseType.model_validate({"id": 6, "name": "Old", "inactiveFlag": True}),
    ],
)
CONNECTIONS = Connections(ledger_kind="xero", ledger_broken=False, callbacks=True, callback_problem=None)
GOOD = Facts(settings=settings(), reference=REFERENCE, site=SITE, connections=CONNECTIONS, payment_types=(CARD,))


def with_expenses(**expenses: Any) -> Facts:
    return replace(GOOD, settings=settings(**expenses))


def with_link(**link: Any) -> Facts:
    return with_expenses(links=[PAYS | {"ledger_account": "6001"} | link])


def found(facts: Facts) -> dict[str, list[tuple[str, str]]]:
    """The code and the sentence of all findings, by step."""
    return {step.name: [(each.code, each.sentence) for each in step.findings] for step in steps(facts) if step.findings}


def test_settings_for_expenses_without_a_fault_are_good_F159_F160_F161() -> None:
    assert {step.name: step.state for step in steps(GOOD)} == dict.fromkeys(
        ("expense_types", "expense_accounts", "expense_links", "expense_taxes"), "good"
    )


async def test_members_that_come_too_slowly_are_a_warning_and_what_was_read_before_counts() -> None:
    class Slow:
        """A site that shows all but its members at once."""

        async def shown(self) -> list[Any]:
            return [5]

        async def members(self) -> list[Any]:
            return await asyncio.get_running_loop().create_future()

        tax_codes = locations = currencies = billing_terms = payment_types = expense_types = shown

    site = await read_site(cast(ConnectWise, Slow()), payment_types=True, of_expenses=True, limit_s=0)
    assert (site.tax_codes, site.terms, site.payment_types, site.problems) == ([5], [5], [5], [])
    assert site.members == site.expense_types == "no end of its answers within 0 s."
    told = found(replace(GOOD, site=site))
    assert {code for codes in told.values() for code, _ in codes} == {"setup.expenses_unread"}


def test_a_company_without_anything_of_expenses_has_no_such_step() -> None:
    bare = CompanySettings.model_validate(settings().model_dump(mode="json") | {"expenses": {}})
    assert steps(replace(GOOD, settings=bare, reference=None, site=Site())) == []


@pytest.mark.parametrize(
    ("facts", "step", "code", "sentence"),
    [
        pytest.param(
            with_expenses(accounts=[]),
            "expense_types",
            "setup.expense_type_unmapped",
            "ConnectWise's expense type Meals has no ledger account.",
            id="a type without an account F159",
        ),
        pytest.param(
            with_expenses(accounts=[*EXPENSES["accounts"], {"expense_type": "Tolls", "ledger_account": "493"}]),
            "expense_types",
            "setup.expense_type_unknown",
            "A rule is for the expense type Tolls, which ConnectWise does not have.",
            id="a type that is not there",
        ),
        pytest.param(
            with_expenses(accounts=[{"expense_type": "meals", "ledger_account": "494"}]),
            "expense_accounts",
            "setup.expense_account_missing",
            "The rule for meals names account 494, which the ledger does not have or has archived.",
            id="an archived account",
        ),
        pytest.param(
            with_expenses(offset_account=None),
            "expense_accounts",
            "setup.expense_offset_missing",
            "No offset account is named for company-paid expenses.",
            id="no offset account",
        ),
        pytest.param(
            with_expenses(offset_account="2151"),
            "expense_accounts",
            "setup.expense_account_missing",
            "The offset account names account 2151, which the ledger does not have or has archived.",
            id="an offset account that is not there F178",
        ),
        pytest.param(
            with_expenses(offset_account="420"),
            "expense_accounts",
            "setup.expense_offset_not_liability",
            "The offset account 420 (Entertainment) is of the class expense, not a liability.",
            id="an offset account that is no liability F178",
        ),
        pytest.param(
            with_link(ledger_account="6009"),
            "expense_accounts",
            "setup.expense_account_missing",
            f"The link for {CARD} names account 6009, which the ledger does not have or has archived.",
            id="a linked account that is not there F183",
        ),
        pytest.param(
            with_link(member="ARO", ledger_account="2150"),
            "expense_accounts",
            "setup.expense_account_cannot_pay",
            f"The link of ARO for {CARD} names account 2150 (Unclaimed expenses), which is of the type currliab and "
            "cannot pay.",
            id="a linked account that is no bank account F184",
        ),
        pytest.param(
            with_link(ledger_account="6003"),
            "expense_accounts",
            "setup.expense_account_without_feed",
            f"The link for {CARD} names account 6003 (Petty cash), which has no bank feed.",
            id="a linked account without a feed F189",
        ),
        pytest.param(
            with_link(member="ZED"),
            "expense_links",
            "setup.expense_member_unknown",
            "A link is for the member ZED, whom ConnectWise does not have.",
            id="a member who is not there F175",
        ),
        pytest.param(
            with_link(member="bli"),
            "expense_links",
            "setup.expense_member_inactive",
            "A link is for the member bli, who is inactive in ConnectWise.",
            id="an inactive member F175",
        ),
        pytest.param(
            with_link(payment_type=" Company Fuel Card"),
            "expense_links",
            "setup.expense_payment_type_unlisted",
            "A link is for the payment type Company Fuel Card, which is not among the account's company payment types.",
            id="a payment type that the account does not name F164",
        ),
        pytest.param(
            with_expenses(untaxed="GONE"),
            "expense_taxes",
            "setup.expense_tax_code_missing",
            "Untaxed expenses names the tax code GONE, which the ledger does not have or has switched off.",
            id="a tax code that is not there K22",
        ),
        pytest.param(
            with_expenses(taxes=[{"expense_tax_type": "GST", "ledger_tax_code": "OUTPUT"}]),
            "expense_taxes",
            "setup.expense_tax_code_unfit",
            "The rule for GST names the tax code OUTPUT (Output), which the ledger does not allow on expenses.",
            id="a tax code of sales K22",
        ),
    ],
)
def test_each_step_names_what_is_wrong_in_a_sentence(facts: Facts, step: str, code: str, sentence: str) -> None:
    assert found(facts) == {step: [(code, sentence)]}
    assert is_ready(steps(facts)), "nothing is posted by these settings yet, so nothing of them may stop invoices"


def test_an_account_whose_ledger_tells_of_a_feed_or_tells_nothing_is_no_finding_F189() -> None:
    assert (found(with_link(ledger_account="6002")), found(with_link(ledger_account="6001"))) == ({}, {})


def test_what_could_not_be_looked_at_is_unknown_or_said_and_never_good() -> None:
    blind = replace(GOOD, reference=None, site=Site())
    assert {step.name: step.state for step in steps(blind)} == {
        "expense_types": "to_do",
        "expense_accounts": "unknown",
        "expense_links": "to_do",
        "expense_taxes": "unknown",
    }
    reason = "the connection is not usable just now."
    assert found(blind) == {
        step: [
            (
                "setup.expenses_unread",
                f"The settings for expenses were not compared with ConnectWise's {what}: {reason}",
            )
        ]
        for step, what in (("expense_types", "expense types"), ("expense_links", "members"))
    }


def test_members_that_may_not_be_read_do_not_stand_in_the_way_of_invoices() -> None:
    denied = replace(GOOD, site=replace(SITE, members="it may not.", expense_types="it may not."))
    assert is_ready(steps(denied))
    assert "expense_links" not in found(replace(denied, settings=settings(links=[])))


def test_quickbooks_tells_only_of_tax_codes_for_sales_so_that_others_are_not_judged() -> None:
    company = settings(taxes=[{"expense_tax_type": "GST", "ledger_tax_code": "77"}])
    quickbooks = company.model_copy(update={"ledger": "qbo"})
    assert [step.name for step in steps(replace(GOOD, settings=quickbooks))][-1] == "expense_links"


def test_an_account_of_expenses_is_proposed_for_a_type_and_never_one_of_sales_F159() -> None:
    travel = replace(SITE, expense_types=[ExpenseType.model_validate({"id": 7, "name": "Travel"})])
    elsewhere = SettingsSnapshot(
        tenant_id="harbourline", company_id="nz", version=1, settings=settings("Harbourline NZ")
    )
    (made,) = expense_suggestions(replace(GOOD, site=travel, others=[elsewhere]))
    assert (made.unmapped, [each.code for each in made.candidates]) == ("Travel", ["493"])
    unmapped = replace(with_expenses(accounts=[]), others=[elsewhere])
    (made,) = expense_suggestions(unmapped)
    assert [(each.code, each.score, each.reason) for each in made.candidates] == [
        ("420", 98, "Harbourline NZ maps Meals to 420")
    ]


def test_members_are_counted_once_a_site_over_all_companies_F191() -> None:
    other_site = settings().model_copy(update={"connectwise_connection": "other"})
    assert linked_members([settings(), settings(), other_site, settings(links=[])]) == 2
