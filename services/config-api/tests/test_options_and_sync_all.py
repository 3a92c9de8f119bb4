"""The account's options, runs of families and Sync All: who may, what is locked, what is run, skipped and joined."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
import sqlalchemy as sa
from fastapi import Request

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer, create_sealing_key
from tieout_chassis.tables import outbox
from tieout_chassis.testing import a_fresh_database
from tieout_config_api.access.callers import INSTALLATION, Caller, Standing
from tieout_config_api.app import public_app
from tieout_config_api.connectwise.internal_hosts import LOOPBACK, InternalHosts
from tieout_config_api.handlers import HANDLERS
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public import sync_all
from tieout_config_api.public.door import Rooms
from tieout_config_api.public.identity import bearer
from tieout_config_api.vault import Vault
from tieout_contracts.events import RunListed, RunRequested
from tieout_contracts.families import KINDS_OF
from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.gateway import Gateway

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
SITE = "http://127.0.0.1:1"
KEYS = {"public_key": "public", "private_key": "private", "client_id": "client"}
CONNECTION = {"kind": "connectwise", "site": SITE, "login_company": "harbourline", **KEYS}
NOTHING: dict[str, Any] = {"hide_sync_all": True, "cogs_validation": True, "expense_payment_types": []}


@dataclass
class Account:
    """A tenant with one company, asked as the installation unless somebody else is named."""

    tenant_id: str
    http: httpx.AsyncClient
    callers: dict[str, Caller]
    connectwise: Gateway
    database: Database

    @property
    def place(self) -> str:
        return f"/tenants/{self.tenant_id}"

    def who(self, name: str, standing: Standing) -> dict[str, str]:
        """The headers of somebody."""
        self.callers[name] = Caller(name=name, standings={self.tenant_id: standing}, person_id=uuid4())
        return {"Authorization": f"Bearer {name}"}

    async def company(self, name: str, **settings: Any) -> str:
        """Its id."""
        company_id = f"{self.tenant_id}-{name}"
        body = {
            "name": "Harbourline IT",
            "connectwise_connection": f"{self.tenant_id}-cw",
            "ledger_connection": f"{self.tenant_id}-xero",
            "organisation_id": company_id,
            "connectwise_locations": [11],
            "adjustment": {"account": "860"},
        }
        new = {"company_id": company_id, "settings": body | settings}
        (await self.http.post(f"{self.place}/companies", json=new)).raise_for_status()
        return company_id

    async def press(self, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        return await self.http.post(f"{self.place}/sync-all", json=body, headers=headers)

    async def listed(self, run_id: str, company_id: str) -> None:
        """Ingest has read the list for a run, and nothing was unposted."""
        counts = dict.fromkeys(("unposted", "captured", "listed", "unrouted", "refused"), 0)
        told = RunListed(
            tenant_id=self.tenant_id, company_id=company_id, run_id=UUID(run_id), listed_at=datetime.now(UTC), **counts
        )
        async with self.database.transaction() as tx:
            await HANDLERS[RunListed](tx, told, MessageContext(uuid4(), told.TOPIC, told.key, told.tenant_id))

    async def asked_of_ingest(self) -> list[tuple[str, str]]:
        """Family and run of each request on its way, in the order of the bus."""
        mine = (outbox.c.key.like(f"{self.tenant_id}-%"), outbox.c.headers["ce_type"].astext == RunRequested.TYPE)
        async with self.database.transaction() as tx:
            values = (await tx.execute(sa.select(outbox.c.value).where(*mine).order_by(outbox.c.id))).scalars().all()
        events = [RunRequested.model_validate_json(bytes(each)) for each in values]
        return [(event.family, str(event.run_id)) for event in events]

    async def options(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"{self.place}/options")).json()
        return found

    async def save(self, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        etag = (await self.http.get(f"{self.place}/options")).headers["ETag"]
        given = {"If-Match": etag, **(headers or {})}
        return await self.http.put(f"{self.place}/options", json=NOTHING | changes, headers=given)

    async def payment_types(self, **names: str) -> None:
        """ConnectWise has these, by number, from now on."""
        types = [{"id": int(number[1:]), "name": name} for number, name in names.items()]
        server = {**KEYS, "company_id": "harbourline"}
        self.connectwise.simulator.load({"format": "tieout-connectwise/1", "server": server})
        self.connectwise.simulator.load(
            {"format": "tieout-connectwise/1", "entities": {"/expense/paymentTypes": types}}
        )

    async def found_by_the_check(self) -> tuple[str, list[tuple[str, str]]]:
        checked = (await self.http.post(f"{self.place}/companies/{self.tenant_id}-au/setup-check")).json()
        (step,) = [each for each in checked["steps"] if each["step"] == "payment_types"]
        return step["state"], [(each["code"], each["sentence"]) for each in step["findings"]]


@dataclass
class House:
    http: httpx.AsyncClient
    callers: dict[str, Caller]
    connectwise: Gateway
    database: Database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    key_file = tmp_path_factory.mktemp("keys") / "sealing.key"
    create_sealing_key(key_file)
    sealer, vault, clock = Sealer.from_file(key_file), Vault.from_file(key_file), FixedClock(datetime.now(UTC))
    connectwise, callers = new_gateway(), {"key": INSTALLATION}

    async def identify(request: Request) -> Caller | None:
        return callers.get(bearer(request) or "")

    async with a_fresh_database(postgres_admin_url, [MIGRATIONS]) as url:
        database = Database(url, "config-api", pool_size=4, sealer=sealer)
        async with httpx.AsyncClient(mounts={SITE: httpx.ASGITransport(app=connectwise)}) as out:
            rooms = Rooms(database, sealer, clock, out, 200, internal_hosts=InternalHosts(LOOPBACK), vault=vault)
            app = public_app(rooms, "key")
            app.state.identify = identify
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://test/v1",
                headers={"Authorization": "Bearer key"},
            ) as http:
                yield House(http, callers, connectwise, database)
        await database.dispose()


@pytest_asyncio.fixture(loop_scope="module")
async def account(house: House) -> Account:
    tenant_id = f"t{uuid4().hex[:12]}"
    (await house.http.post("/tenants", json={"tenant_id": tenant_id, "name": "Harbourline"})).raise_for_status()
    made = Account(tenant_id, house.http, house.callers, house.connectwise, house.database)
    await made.company("au")
    return made


async def test_a_new_account_hides_sync_all_and_validates_cogs_F145_F103_F209_F213(account: Account) -> None:
    found = await account.options()
    assert found == {
        **NOTHING,
        "tenant_id": account.tenant_id,
        "cogs_validation_locked": True,
        "version": 0,
    }


async def test_options_are_saved_on_top_of_what_was_read_and_the_audit_tells_both_F213(account: Account) -> None:
    without = await account.http.put(f"{account.place}/options", json=NOTHING)
    assert without.status_code == 428
    saved = await account.save(hide_sync_all=False)
    assert (saved.status_code, saved.headers["ETag"], saved.json()["warnings"]) == (200, '"1"', [])
    assert (await account.options())["hide_sync_all"] is False
    stale = await account.http.put(f"{account.place}/options", json=NOTHING, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "api.version_conflict")
    audit = (await account.http.get(f"{account.place}/audit", params={"action": "options.saved"})).json()
    assert [(each["before"], each["after"]) for each in audit["entries"]] == [
        (NOTHING, NOTHING | {"hide_sync_all": False})
    ]
    exported = (await account.http.get(f"{account.place}/export")).text
    assert '"table":"tenant_option"' in exported.replace(" ", "")


async def test_only_admins_read_and_save_options_F146(account: Account) -> None:
    company = frozenset({f"{account.tenant_id}-au"})
    user = account.who("user", Standing(role="user", companies=company))
    admin = account.who("admin", Standing(role="account_admin"))
    assert (await account.http.get(f"{account.place}/options", headers=user)).status_code == 403
    assert (await account.save(user, hide_sync_all=False)).status_code == 403
    assert (await account.options())["hide_sync_all"] is True
    assert (await account.save(admin, hide_sync_all=False)).status_code == 200
    assert (await account.save(hide_sync_all=True)).status_code == 200  # the installation's key is a super admin's


async def test_cogs_validation_cannot_be_switched_off_as_long_as_there_is_procurement_F103_F209(
    account: Account,
) -> None:
    refused = await account.save(cogs_validation=False)
    assert (refused.status_code, refused.json()["code"]) == (422, "account.cogs_validation_locked")
    limits = f"{account.place}/limits"
    off = {"features_off": ["procurement"]}
    (await account.http.put(limits, json=off, headers={"If-Match": '"0"'})).raise_for_status()
    saved = (await account.save(cogs_validation=False)).json()
    assert (saved["cogs_validation"], saved["cogs_validation_locked"]) == (False, False)
    (await account.http.put(limits, json={}, headers={"If-Match": '"1"'})).raise_for_status()
    again = await account.options()
    assert (again["cogs_validation"], again["cogs_validation_locked"]) == (True, True)


async def test_names_of_payment_types_are_any_number_edited_and_unique_F207(account: Account) -> None:
    many = [f"Visa {number}" for number in range(60)]
    saved = (await account.save(expense_payment_types=[*many, "  Company Amex "])).json()
    assert saved["expense_payment_types"] == [*many, "Company Amex"]
    edited = (await account.save(expense_payment_types=["Fuel card"])).json()
    assert edited["expense_payment_types"] == ["Fuel card"]
    for names in (["Visa", " VISA "], [" "], ["x" * 101], ["y" + str(number) for number in range(501)]):
        refused = await account.save(expense_payment_types=names)
        assert (refused.status_code, refused.json()["code"]) == (422, "api.invalid"), names
    assert (await account.options())["expense_payment_types"] == ["Fuel card"]


async def test_a_payment_type_unknown_to_connectwise_is_saved_with_a_warning_and_a_renamed_one_is_shown_F164(
    account: Account,
) -> None:
    await account.payment_types(n3="Company Visa", n4="Fuel Card")
    connection = f"{account.place}/connections/{account.tenant_id}-cw"
    (await account.http.put(connection, json=CONNECTION)).raise_for_status()
    assert await account.found_by_the_check() == ("good", [])

    saved = (await account.save(expense_payment_types=["company visa", "Fuel card", "Amex"])).json()
    assert [(each["code"], each["sentence"]) for each in saved["warnings"]] == [
        ("setup.payment_type_unknown", "ConnectWise has no payment type 'Amex'.")
    ]
    assert saved["expense_payment_types"] == ["company visa", "Fuel card", "Amex"]

    await rename(account, 3, "Company Visa Gold")
    unknown = ("setup.payment_type_unknown", "ConnectWise has no payment type 'Amex'.")
    renamed = (
        "setup.payment_type_renamed",
        "The payment type 'company visa' is called 'Company Visa Gold' in ConnectWise now.",
    )
    assert await account.found_by_the_check() == ("to_do", [renamed, unknown])
    again = (await account.save(expense_payment_types=["company visa", "Fuel card"])).json()
    assert [each["code"] for each in again["warnings"]] == ["setup.payment_type_renamed"]

    taken = (await account.save(expense_payment_types=["Company Visa Gold", "Fuel card"])).json()
    assert taken["warnings"] == []
    assert await account.found_by_the_check() == ("good", [])


async def test_payment_types_are_saved_also_where_connectwise_does_not_answer_F164(account: Account) -> None:
    await account.payment_types()
    wrong = CONNECTION | {"private_key": "wrong"}
    connection = f"{account.place}/connections/{account.tenant_id}-cw"
    (await account.http.put(connection, json=wrong)).raise_for_status()
    saved = await account.save(expense_payment_types=["Company Visa"])
    assert [each["code"] for each in saved.json()["warnings"]] == ["setup.payment_types_unread"]
    state, findings = await account.found_by_the_check()
    assert (state, [code for code, _ in findings]) == ("to_do", ["setup.payment_types_unread"])


async def rename(account: Account, number: int, name: str) -> None:
    change = {"kind": "patch_entity", "path": "/expense/paymentTypes", "id": number, "set": {"name": name}}
    account.connectwise.simulator.mutate(change)


async def test_a_run_of_a_family_that_is_not_posted_is_refused_in_words_and_begins_nothing_F125_F126_F127(
    account: Account,
) -> None:
    place = f"{account.place}/runs"
    for family, spoken in (("procurement", "Purchase orders"), ("expenses", "Expenses"), ("payments", "Payments")):
        refused = await account.http.post(place, json={"family": family})
        assert (refused.status_code, refused.json()["code"]) == (422, "runs.family_not_posted")
        assert refused.json()["title"].startswith(spoken)
        assert "This release posts invoices and credit memos." in refused.json()["detail"]
    assert (await account.http.get(place)).json() == []
    assert await account.asked_of_ingest() == []


async def test_a_run_is_of_invoices_unless_it_says_otherwise_F124(account: Account) -> None:
    place = f"{account.place}/runs"
    asked = [(await account.http.post(place, json=body)).json() for body in ({}, {"family": "invoices"})]
    assert {(run["run_id"], run["family"]) for run in asked} == {(asked[0]["run_id"], "invoices")}
    assert await account.asked_of_ingest() == [("invoices", asked[0]["run_id"])]


async def test_a_new_account_neither_shows_nor_allows_sync_all_and_families_can_be_synced_F145_F147_F148(
    account: Account,
) -> None:
    standings = {
        "admin": Standing(role="account_admin"),
        "user": Standing(role="user", companies=first_company(account)),
    }
    for headers in ({}, *(account.who(*each) for each in standings.items())):
        hidden = await account.press(headers)
        assert (hidden.status_code, hidden.json()["code"]) == (409, "runs.sync_all_hidden")
    user = account.who("user", standings["user"])
    assert (await account.http.get("/me", headers=user)).json()["tenants"][0]["sync_all"] is False
    assert await account.asked_of_ingest() == []
    for family, status in (("invoices", 202), ("procurement", 422), ("expenses", 422), ("payments", 422)):
        answer = await account.http.post(f"{account.place}/runs", json={"family": family}, headers=user)
        assert answer.status_code == status, answer.text
    assert [family for family, _ in await account.asked_of_ingest()] == ["invoices"]

    await account.save(hide_sync_all=False)
    assert (await account.http.get("/me", headers=user)).json()["tenants"][0]["sync_all"] is True
    await account.save(hide_sync_all=True)
    assert (await account.press(user)).status_code == 409


async def test_a_user_may_press_sync_all_for_his_companies_where_it_is_shown_F146(account: Account) -> None:
    await account.save(hide_sync_all=False)
    other = await account.company("nz", connectwise_locations=[12])
    user = account.who("user", Standing(role="user", companies=first_company(account)))
    pressed = await account.press(user)
    assert pressed.status_code == 202, pressed.text
    assert pressed.json()["company_id"] == f"{account.tenant_id}-au"
    assert (await account.press(user, company_id=other)).status_code == 404
    others = (await account.press(company_id=other)).json()["sync_id"]
    assert (await account.http.get(f"{account.place}/sync-all/{others}", headers=user)).status_code == 404


async def test_one_sync_all_runs_the_four_in_their_order_and_gives_one_result_F128(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_all, "POSTED", tuple(KINDS_OF))  # a release that posts all of them
    await account.save(hide_sync_all=False)
    pressed = (await account.press()).json()
    families = ["invoices", "procurement", "expenses", "payments"]
    runs = [(each["family"], each["run"]["run_id"]) for each in pressed["families"]]
    assert [family for family, _ in runs] == families
    assert await account.asked_of_ingest() == runs
    place = f"{account.place}/sync-all/{pressed['sync_id']}"
    for _, run_id in runs:
        assert (await account.http.get(place)).json()["finished"] is False
        await account.listed(run_id, pressed["company_id"])
    done = (await account.http.get(place)).json()
    assert (done["finished"], done["by_status"], [each["run"]["finished"] for each in done["families"]]) == (
        True,
        {},
        [True] * 4,
    )


async def test_a_family_switched_off_in_the_defaults_is_skipped_and_shown_so_F129(account: Account) -> None:
    await account.save(hide_sync_all=False)
    company = await account.company("nz", connectwise_locations=[12], default_sync={"procurement": False})
    pressed = (await account.press(company_id=company)).json()
    why = {each["family"]: each["skipped"] and each["skipped"]["sentence"] for each in pressed["families"]}
    assert why == {
        "invoices": None,
        "procurement": "Purchase orders and inventory are switched off in the company's default sync settings.",
        "expenses": "Expenses are not part of this release: nothing of them is found, planned or posted.",
        "payments": "Payments are not part of this release: nothing of them is found, planned or posted.",
    }
    assert [family for family, _ in await account.asked_of_ingest()] == ["invoices"]
    none = await account.company("uk", connectwise_locations=[13], default_sync=dict.fromkeys(KINDS_OF, False))
    skipped = (await account.press(company_id=none)).json()
    assert (skipped["finished"], {each["skipped"]["code"] for each in skipped["families"]}) == (
        True,
        {"runs.family_switched_off"},
    )


async def test_sync_all_is_the_same_for_a_company_of_each_ledger_F130(account: Account) -> None:
    await account.save(hide_sync_all=False)
    qbo = await account.company("us", ledger="qbo", connectwise_locations=[12])
    pressed = [(await account.press(**asked)).json() for asked in ({}, {"company_id": qbo})]
    for one, company_id in zip(pressed, (f"{account.tenant_id}-au", qbo), strict=True):
        assert one["families"][0]["run"]["company_id"] == company_id
        assert [bool(each["skipped"]) for each in one["families"]] == [False, True, True, True]


async def test_a_sync_all_that_is_pressed_twice_is_one_F134(account: Account) -> None:
    await account.save(hide_sync_all=False)
    run = (await account.http.post(f"{account.place}/runs", json={})).json()
    pressed = [answer.json() for answer in await asyncio.gather(*(account.press() for _ in range(4)))]
    assert len({each["sync_id"] for each in pressed}) == 1
    assert await account.asked_of_ingest() == [("invoices", run["run_id"])]
    await account.listed(run["run_id"], run["company_id"])
    assert (await account.press()).json()["sync_id"] != pressed[0]["sync_id"]


async def test_a_suspended_account_begins_no_sync_all(account: Account) -> None:
    await account.save(hide_sync_all=False)
    (await account.http.post(f"{account.place}/suspend")).raise_for_status()
    refused = await account.press()
    assert (refused.status_code, refused.json()["code"]) == (409, "account.suspended")


def first_company(account: Account) -> frozenset[str]:
    return frozenset({f"{account.tenant_id}-au"})
