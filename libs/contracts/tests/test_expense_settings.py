"""What a company keeps for expenses: valid or refused at its field, and which row holds for whom."""

from typing import Any

import pytest
from pydantic import ValidationError

from tieout_contracts.expense_settings import ExpenseSettings
from tieout_contracts.settings import CompanySettings

CARD, CASH = "Company Credit Card", "Company Petty Cash"
LINKS: list[dict[str, Any]] = [
    {"member": "ARO", "payment_type": CARD, "action": "payment_account", "ledger_account": "6001"},
    {"member": "BLI", "payment_type": CARD, "action": "payment_account", "ledger_account": "6002"},
    {"payment_type": CASH, "action": "payment_account", "ledger_account": "6100"},
    {"member": "BLI", "payment_type": CASH, "action": "draft_bill"},
]


def kept(**changes: Any) -> ExpenseSettings:
    return ExpenseSettings.model_validate({"offset_account": "2150"} | changes)


def link(**changes: Any) -> dict[str, Any]:
    return {"payment_type": CARD, "action": "approved_bill"} | changes


def refused(**changes: Any) -> list[tuple[str, str]]:
    """Each field that is refused, and why."""
    with pytest.raises(ValidationError) as caught:
        kept(**changes)
    return [
        (".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, ")) for each in caught.value.errors()
    ]


def account_for(member: str, payment_type: str) -> str | None:
    found = kept(links=LINKS).link_of(member, payment_type)
    return found and found.ledger_account


def test_two_members_pay_one_payment_type_with_two_cards_F176_F247() -> None:
    assert (account_for("ARO", CARD), account_for("BLI", CARD)) == ("6001", "6002")
    assert account_for(" aro ", CARD.upper()) == "6001"


def test_a_row_without_a_member_is_for_all_and_a_member_s_own_wins_F177() -> None:
    assert (account_for("ARO", CASH), account_for("whoever", CASH)) == ("6100", "6100")
    own = kept(links=LINKS).link_of("BLI", CASH)
    assert own is not None
    assert own.action == "draft_bill"
    backwards = kept(links=LINKS[::-1]).link_of("BLI", CASH)
    assert backwards == own


def test_a_payment_type_that_is_not_linked_has_no_row_F187() -> None:
    assert kept(links=LINKS).link_of("ARO", "Company Fuel Card") is None


def test_a_member_that_is_not_linked_has_no_row_F188() -> None:
    assert kept(links=LINKS).link_of("ZED", CARD) is None


def test_linked_members_are_counted_once_whatever_their_case_F191() -> None:
    both = [*LINKS, link(member="aro", payment_type="Company Fuel Card")]
    assert kept(links=both).linked_members == {"aro", "bli"}


@pytest.mark.parametrize("action", ["offset_account", "draft_bill", "approved_bill"])
def test_an_action_that_pays_from_no_account_takes_none_F178_F180_F182_F184(action: str) -> None:
    assert kept(links=[link(action=action)]).links[0].action == action
    words = f"the action {action} takes no account of its own: leave it out"
    assert refused(links=[link(action=action, ledger_account="6001")]) == [("links.0.ledger_account", words)]


def test_a_payment_account_names_the_account_that_pays_F183_F184() -> None:
    words = "the action payment_account needs the bank account or credit card that pays"
    assert refused(links=[link(action="payment_account")]) == [("links.0.ledger_account", words)]


def test_an_action_that_nobody_knows_is_refused_and_no_more_is_said_of_its_account_F184() -> None:
    assert [field for field, _ in refused(links=[link(action="pay")])] == ["links.0.action"]


def test_each_member_and_payment_type_stands_once_F247() -> None:
    twice = [link(member="ARO"), link(), link(member=" aro", payment_type=CARD.lower())]
    words = "rows 1 and 3 are both for member aro and payment type company credit card: name each once"
    assert refused(links=twice) == [("links", words)]
    words = f"rows 1 and 2 are both for all members and payment type {CARD}: name each once"
    assert refused(links=[link(), link()]) == [("links", words)]


def test_an_expense_type_and_an_expense_tax_type_have_one_rule_each_F159_K22() -> None:
    meals = {"expense_type": "Meals", "ledger_account": "420"}
    gst = {"expense_tax_type": "GST", "ledger_tax_code": "INPUT"}
    told = refused(accounts=[meals, meals], taxes=[gst, gst])
    assert told == [
        ("accounts", "rows 1 and 2 are both for expense type Meals: name each once"),
        ("taxes", "rows 1 and 2 are both for expense tax type GST: name each once"),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"links": [link(payment_type=" ")]}, "links.0.payment_type"),
        ({"links": [link(member="")]}, "links.0.member"),
        ({"accounts": [{"expense_type": "", "ledger_account": "420"}]}, "accounts.0.expense_type"),
        ({"accounts": [{"expense_type": "Meals", "ledger_account": "  "}]}, "accounts.0.ledger_account"),
        ({"offset_account": ""}, "offset_account"),
        ({"offset_item_code": ""}, "offset_item_code"),
    ],
)
def test_a_blank_name_is_refused_at_its_field_F247(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes) == [(field, "it is blank: give it a name or leave it out")]


def test_a_row_that_settles_against_the_offset_account_needs_one_F178() -> None:
    words = "row 1 settles against the offset account, and `offset_account` names none"
    assert refused(offset_account=None, links=[link(action="offset_account")]) == [("links", words)]


def test_every_option_is_kept_as_given_and_means_nothing_until_set_F160_K21_K23() -> None:
    given = {
        "entered_inclusive_of_tax": False,
        "bills": "weekly_by_member",
        "required_approval": "tier_one_and_two",
        "required_billing": "ready_to_bill",
        "notify_about_approvals": True,
        "reimbursable_status": "approved",
        "company_paid_status": "draft",
        "accounts": [{"expense_type": " Meals ", "ledger_account": "420 "}],
        "offset_account": "2150",
        "offset_item_code": "OFFSET",
        "taxes": [{"expense_tax_type": "GST", "ledger_tax_code": "INPUT"}],
        "untaxed": "EXEMPTEXPENSES",
        "links": [{"ledger_account": None, "member": None} | each for each in LINKS],
    }
    settings = ExpenseSettings.model_validate(given)
    assert settings.model_dump(mode="json") == given
    assert settings.in_use
    assert not ExpenseSettings().in_use
    assert ExpenseSettings().offset_item_code == "OFFSET"


def test_a_type_is_found_whatever_its_case_and_none_is_guessed_F159_K22() -> None:
    settings = kept(
        accounts=[{"expense_type": "Meals", "ledger_account": "420 "}],
        taxes=[{"expense_tax_type": "GST", "ledger_tax_code": "INPUT"}],
    )
    assert (settings.account_of(" MEALS"), settings.account_of("Travel")) == ("420", None)
    assert (settings.tax_code_of("gst"), settings.tax_code_of("PST")) == ("INPUT", None)


def test_a_company_that_never_heard_of_expenses_has_nothing_of_them_set() -> None:
    saved = {"name": "A", "connectwise_connection": "c", "ledger_connection": "x", "organisation_id": "o"}
    settings = CompanySettings.model_validate(saved | {"adjustment": {"account": "860"}})
    assert not settings.expenses.in_use
