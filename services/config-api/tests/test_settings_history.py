"""Settings are kept version by version: read, compared, planned, and rolled back to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.app import public_app
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public.door import Rooms
from tieout_config_api.vault import Vault

pytestmark = pytest.mark.postgres
PLACE = "/tenants/harbourline/companies/harbourline-au"
FIRST: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "accounts": [{"ledger_account": "200"}],
    "adjustment": {"account": "860"},
}
SECOND = FIRST | {"accounts": [{"ledger_account": "210"}], "name": "Harbourline"}


@pytest.fixture
async def http(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A company with two versions of its settings, armed between them: three in all."""
    sealer, clock = Sealer.from_file(sealing_key_file), FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    database = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=2, sealer=sealer)
    vault = Vault.from_file(sealing_key_file)
    app = public_app(Rooms(database, sealer, clock, httpx.AsyncClient(), 200, vault=vault), "key")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://test/v1", headers={"Authorization": "Bearer key"}
    ) as client:
        await client.post("/tenants", json={"tenant_id": "harbourline", "name": "Harbourline"})
        made = {"company_id": "harbourline-au", "settings": FIRST}
        (await client.post("/tenants/harbourline/companies", json=made)).raise_for_status()
        (await client.post(f"{PLACE}/arm", json={"go_live": "2026-10-01"})).raise_for_status()
        put = await client.put(
            f"{PLACE}/settings", json=SECOND, headers={"If-Match": '"2"'}, params={"comment": "a new account"}
        )
        put.raise_for_status()
        yield client
    await database.dispose()


async def test_every_version_is_listed_newest_first_with_its_comment(http: httpx.AsyncClient) -> None:
    found = (await http.get(f"{PLACE}/settings")).json()
    told = [(each["version"], each["comment"]) for each in found]
    assert told == [(3, "a new account"), (2, "armed from 2026-10-01"), (1, "created")]
    below = (await http.get(f"{PLACE}/settings", params={"before": 3, "limit": 1})).json()
    assert [each["version"] for each in below] == [2]


async def test_an_old_version_is_read_as_it_was_and_a_missing_one_is_told(http: httpx.AsyncClient) -> None:
    first = (await http.get(f"{PLACE}/settings/1")).json()
    assert (first["version"], first["settings"]["name"]) == (1, "Harbourline IT")
    for version, status in {"4": 404, "0": 422, "2147483648": 422, "one": 422}.items():
        answer = await http.get(f"{PLACE}/settings/{version}")
        assert (answer.status_code, answer.json()["code"][:4]) == (status, "api."), version


async def test_two_versions_are_compared_in_both_directions(http: httpx.AsyncClient) -> None:
    there = (await http.get(f"{PLACE}/settings/3/difference", params={"since": 2})).json()
    back = (await http.get(f"{PLACE}/settings/2/difference", params={"since": 3})).json()
    changes = [(each["field"], each["before"], each["after"]) for each in there]
    assert changes == [
        ("name", "Harbourline IT", "Harbourline"),
        ("accounts[everything else].ledger_account", "200", "210"),
    ]
    assert [(each["field"], each["after"], each["before"]) for each in back] == changes


async def test_a_plan_says_what_saving_would_change_and_saves_nothing(http: httpx.AsyncClient) -> None:
    planned = (await http.post(f"{PLACE}/settings/plan", json=FIRST)).json()
    assert planned["version"] == 3
    assert [each["field"] for each in planned["changes"]] == ["name", "accounts[everything else].ledger_account"]
    unchanged = (await http.post(f"{PLACE}/settings/plan", json=SECOND)).json()
    assert unchanged["changes"] == []
    assert (await http.get(PLACE)).json()["version"] == 3


async def test_a_roll_back_is_a_new_version_that_stays_armed(http: httpx.AsyncClient) -> None:
    stale = await http.post(f"{PLACE}/settings/roll-back", json={"version": 1}, headers={"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "api.version_conflict")
    missing = await http.post(f"{PLACE}/settings/roll-back", json={"version": 9}, headers={"If-Match": '"3"'})
    assert missing.status_code == 404
    back = await http.post(f"{PLACE}/settings/roll-back", json={"version": 1}, headers={"If-Match": '"3"'})
    assert back.headers["ETag"] == '"4"'
    assert back.json()["settings"]["name"] == "Harbourline IT"
    assert back.json()["settings"]["arming"]["armed"] is True
    newest = (await http.get(f"{PLACE}/settings", params={"limit": 1})).json()
    assert newest[0]["comment"] == "rolled back to version 1"


async def test_expense_settings_are_edited_planned_compared_and_rolled_back_as_all_F160_F161_F174_F186_F193_F246(
    http: httpx.AsyncClient,
) -> None:
    card: dict[str, Any] = {
        "member": "ARO",
        "payment_type": "Card",
        "action": "payment_account",
        "ledger_account": "6001",
    }
    cash: dict[str, Any] = {"member": None, "payment_type": "Cash", "action": "draft_bill", "ledger_account": None}

    async def put(version: int, *links: dict[str, Any], **others: Any) -> httpx.Response:
        expenses = {"bills": "weekly_by_member", "links": list(links)}
        body = SECOND | {"expenses": expenses} | others
        return await http.put(f"{PLACE}/settings", json=body, headers={"If-Match": f'"{version}"'})

    async def difference(version: int) -> list[tuple[str, str | None, str | None]]:
        found = await http.get(f"{PLACE}/settings/{version}/difference", params={"since": version - 1})
        return [(each["field"], each["before"], each["after"]) for each in found.json()]

    added = await put(3, card, cash)
    assert added.json()["settings"]["expenses"]["links"] == [card, cash]
    read = (await http.get(PLACE)).json()["settings"]["expenses"]
    assert (read["links"], read["bills"], read["required_approval"]) == ([card, cash], "weekly_by_member", "tier_one")
    assert await difference(4) == [
        ("expenses.bills", "per_entry", "weekly_by_member"),
        (
            "expenses.links[member ARO, payment_type Card]",
            None,
            "member ARO, payment_type Card, action payment_account, ledger_account 6001",
        ),
        ("expenses.links[payment_type Cash]", None, "payment_type Cash, action draft_bill"),
    ]
    wrong = await put(
        4, card | {"ledger_account": None}, cash | {"payment_type": " "}, pay_link="https://pay.example.com/{id}"
    )
    assert wrong.status_code == 422
    assert [(each["field"], each["reason"]) for each in wrong.json()["fields"]] == [
        (
            "body.pay_link",
            "Value error, {id} is no placeholder: there are {number}, {total} and {currency}",
        ),
        (
            "body.expenses.links.0.ledger_account",
            "Value error, the action payment_account needs the bank account or credit card that pays",
        ),
        ("body.expenses.links.1.payment_type", "Value error, it is blank: give it a name or leave it out"),
    ]
    assert (await http.get(PLACE)).json()["version"] == 4
    planned = await http.post(f"{PLACE}/settings/plan", json=SECOND)
    assert [each["field"] for each in planned.json()["changes"]][:1] == ["expenses.bills"]
    await put(4, card | {"ledger_account": "6002"})
    assert await difference(5) == [
        ("expenses.links[member ARO, payment_type Card].ledger_account", "6001", "6002"),
        ("expenses.links[payment_type Cash]", "payment_type Cash, action draft_bill", None),
    ]
    back = await http.post(f"{PLACE}/settings/roll-back", json={"version": 4}, headers={"If-Match": '"5"'})
    assert back.json()["settings"]["expenses"]["links"] == [card, cash]


async def test_another_tenants_history_is_not_shown(http: httpx.AsyncClient) -> None:
    await http.post("/tenants", json={"tenant_id": "other", "name": "Other"})
    place = PLACE.replace("harbourline/", "other/")
    for path in (f"{place}/settings", f"{place}/settings/1"):
        assert (await http.get(path)).status_code == 404
