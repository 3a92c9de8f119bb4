"""K31: the roles in the words of the trade, as the page says it, and as the table of permissions has it."""

from pathlib import Path
from typing import Literal

import pytest

from tieout_config_api.access.callers import Caller, Standing
from tieout_config_api.access.permissions import TABLE, decide

PAGE = Path(__file__).parents[3] / "docs" / "access.md"
TENANT, SEEN, UNSEEN = "harbourline", "mast", "keel"
MATRIX = {
    "sync": ("request_run", "request_preview", "approve", "command_record"),
    "results": ("list_runs", "read_run", "list_records", "read_record"),
    "statistics": ("read_statistics", "list_reports", "read_usage", "read_report"),
    "companies": ("create_company", "list_companies", "put_settings", "arm", "disarm"),
    "connections": ("put_connection", "list_connections", "start_connecting"),
    "users of a tenant": ("list_users", "invite_user", "change_user"),
    "disable a person": ("change_person",),
    "suspend or delete": ("suspend", "resume", "delete_tenant"),
}
"""What each row of the page is about, by its first words."""
ROLES = {
    "super admin": Caller(name="root", super_admin=True),
    "account admin": Caller(name="adm", standings={TENANT: Standing(role="account_admin")}),
    "user": Caller(name="u", standings={TENANT: Standing(role="user", companies=frozenset({SEEN}))}),
}


def rows_of_the_page() -> dict[str, list[str]]:
    """What the page answers each role, by the row's first cell."""
    table = PAGE.read_text().partition("In the words of the trade:")[2].partition("A person can have")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
    assert cells[0][1:] == [*ROLES]
    return {row[0]: row[1:] for row in cells[2:]}


def may(caller: Caller, operation: str) -> Literal["yes", "no", "chosen companies"]:
    """`sifted` routes leave out by themselves what a caller of chosen companies does not see."""
    permission = TABLE[operation]
    named = {True: (SEEN, UNSEEN), False: (None, None)}[permission.reach == "company"]
    own, other = (decide(permission, caller, TENANT, company) == "granted" for company in named)
    if not own:
        return "no"
    chosen = caller.standings[TENANT].companies is not None if TENANT in caller.standings else False
    return "chosen companies" if chosen and (not other or permission.reach == "sifted") else "yes"


@pytest.mark.parametrize("what", MATRIX)
def test_each_role_may_do_what_the_page_says_in_the_words_of_the_trade_K31(what: str) -> None:
    ((_, answers),) = [row for row in rows_of_the_page().items() if row[0].startswith(what)]
    for caller, answer in zip(ROLES.values(), answers, strict=True):
        assert {may(caller, operation) for operation in MATRIX[what]} == {answer}, caller.name


def test_the_page_has_no_row_that_is_not_compared_K31() -> None:
    assert len(rows_of_the_page()) == len(MATRIX)
