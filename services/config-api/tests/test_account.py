"""What an account looks after: profile, limits, statistics, usage, the log of ConnectWise calls."""

import base64
import csv
import functools
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from api_kit import REPLACING, seen
from fastapi import FastAPI

from tieout_chassis.call_log import CallLog
from tieout_chassis.clock import FixedClock
from tieout_chassis.config_client import ConfigClient, ConfigUnavailable
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import DeadLetters, store_dead_letter
from tieout_chassis.operations import operations_router
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.account.counting import Counted, RequestCount
from tieout_config_api.account.reporting import Reporting
from tieout_config_api.app import internal_app, public_app
from tieout_config_api.call_log import Upkeep
from tieout_config_api.connectwise.internal_hosts import LOOPBACK, InternalHosts
from tieout_config_api.handlers import HANDLERS
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.people.letters import Letter, opened
from tieout_config_api.public.door import Rooms
from tieout_config_api.services import NotDone, ServiceAway, Services
from tieout_config_api.store import accounts
from tieout_config_api.store.tables import metadata, record
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.vault import Vault
from tieout_contracts import examples
from tieout_contracts.calls import LoggedCall, LoggedCalls
from tieout_contracts.events import PostingSettled
from tieout_contracts.families import KINDS_OF
from tieout_contracts.records import RecordKind, RecordRef
from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.server import serving_in_thread

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TENANT = "/tenants/harbourline"
SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "adjustment": {"account": "860"},
}
COMPANY = {"company_id": "harbourline-au", "settings": SETTINGS}


@dataclass
class Place:
    http: httpx.AsyncClient
    internal: httpx.AsyncClient
    database: Database
    clock: FixedClock
    count: RequestCount


@functools.cache
def the_app(kind: str) -> FastAPI:
    """Each is made once: its parts are put in by each test."""
    rooms: Any = None
    tokens: Any = AccessTokens.__new__(AccessTokens)
    return public_app(rooms, "key") if kind == "public" else internal_app(rooms, {"ingest": "key"}, tokens)


@pytest.fixture
async def place(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Place]:
    sealer, clock = Sealer.from_file(sealing_key_file), FixedClock(NOW)
    database = Database(await fresh_database([MIGRATIONS]), "config-api", pool_size=4, sealer=sealer)
    count = RequestCount(database, clock)
    async with httpx.AsyncClient() as out:
        for kind in ("public", "internal"):
            hosts = InternalHosts(LOOPBACK)
            vault = Vault.from_file(sealing_key_file)
            the_app(kind).state.rooms = Rooms(database, sealer, clock, out, 200, internal_hosts=hosts, vault=vault)
        public = httpx.ASGITransport(app=Counted(the_app("public"), count))
        internal = httpx.ASGITransport(app=the_app("internal"))
        key = {"Authorization": "Bearer key"}
        async with (
            httpx.AsyncClient(transport=public, base_url="http://test/v1", headers=key) as http,
            httpx.AsyncClient(transport=internal, base_url="http://test/internal", headers=key) as inside,
        ):
            await http.post("/tenants", json={"tenant_id": "harbourline", "name": "Harbourline"})
            yield Place(http, inside, database, clock, count)
    await database.dispose()


async def saved(place: Place, what: str, body: dict[str, Any]) -> httpx.Response:
    etag = (await place.http.get(f"{TENANT}/{what}")).headers["ETag"]
    return await place.http.put(f"{TENANT}/{what}", json=body, headers={"If-Match": etag})


async def settle(place: Place, record_id: int, at: datetime, **changes: Any) -> None:
    """The ledger's writer says that a record was posted."""
    event = next(one for one in examples.events() if isinstance(one, PostingSettled))
    settlement = event.settlement.model_copy(update={"ledger_calls": 3, **changes.pop("settlement", {})})
    ref = RecordRef(kind=changes.pop("kind", "invoice"), record_id=record_id)
    told = event.model_copy(
        update={"record_ref": ref, "settled_at": at, "settlement": settlement, "tenant_id": "harbourline", **changes}
    )
    async with place.database.transaction() as tx:
        await HANDLERS[PostingSettled](tx, told, MessageContext(uuid4(), told.TOPIC, told.key, told.tenant_id))


async def statistics(place: Place) -> dict[str, Any]:
    found = (await place.http.get(f"{TENANT}/statistics", params={"months": 3})).json()
    return {each["month"]: each for each in found["months"]}


async def test_the_account_name_is_shown_as_it_was_given_F194(place: Place) -> None:
    assert (await place.http.get(f"{TENANT}/profile")).json()["name"] == "Harbourline"


async def test_the_profile_is_saved_on_top_of_what_was_read_and_the_audit_tells_it_F234_F235_F236_F237_F238_F240(
    place: Place,
) -> None:
    profile = {
        "contact_name": "Anne Harbour",
        "legal_name": "Harbourline IT Pty Ltd",
        "address": ["1 Quay Street", "Sydney NSW 2000"],
        "phone": "+61 2 5550 1234",
        "report_email": "accounts@harbourline.example",
        "time_zone": "Australia/Sydney",
    }
    first = await saved(place, "profile", profile)
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    shown = (await place.http.get(f"{TENANT}/profile")).json()
    assert {name: shown[name] for name in profile} == profile
    stale = await place.http.put(f"{TENANT}/profile", json={}, headers={"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "api.version_conflict")
    assert (await place.http.put(f"{TENANT}/profile", json={})).status_code == 428
    for wrong in ({"time_zone": "Mars/Olympus"}, {"report_email": "nobody"}, {"phone": "x" * 201}):
        assert (await saved(place, "profile", wrong)).status_code == 422
    (entry,) = (await place.http.get(f"{TENANT}/audit", params={"action": "profile.saved"})).json()["entries"]
    assert (entry["before"], entry["after"]) == ({}, profile)


async def served(place: Place) -> list[dict[str, Any]]:
    """What the services get of the company's settings."""
    found: list[dict[str, Any]] = (await place.internal.get("/settings?company=harbourline-au")).json()["snapshots"]
    return found


async def test_a_new_company_takes_records_by_itself_and_posts_nothing_before_it_is_armed_F210(place: Place) -> None:
    made = (await place.http.post(f"{TENANT}/companies", json=COMPANY)).json()["settings"]
    assert (made["sync"], made["arming"]["armed"]) == ("automatic", False)
    (found,) = await served(place)
    assert (found["settings"]["sync"], found["settings"]["arming"]["armed"]) == ("automatic", False)


async def test_the_company_screen_s_settings_are_saved_and_shown_K5_F206(place: Place) -> None:
    """Name, owner levels (none: all), tracking on or off by its categories, taxable and exempt codes for sales and
    purchases, the adjustment's item and its account; the ledger, and with it the locale, is fixed."""
    screen: dict[str, Any] = {
        "name": "Harbourline Australia",
        "connectwise_locations": [],
        "tracking_categories": ["Region", "Practice"],
        "adjustment": {"account": "861", "item_code": "ROUNDING"},
        "tax": {"rules": [{"connectwise_tax_code": "GST", "ledger_tax_code": "OUTPUT"}], "untaxed": "EXEMPTOUTPUT"},
        "expenses": {"taxes": [{"expense_tax_type": "GST", "ledger_tax_code": "INPUT"}], "untaxed": "EXEMPTEXPENSES"},
    }
    await place.http.post(f"{TENANT}/companies", json=COMPANY)
    company = f"{TENANT}/companies/harbourline-au"
    put = await place.http.put(f"{company}/settings", json=SETTINGS | screen, headers={"If-Match": '"1"'})
    assert put.status_code == 200
    shown = (await place.http.get(company)).json()["settings"]
    assert {name: shown[name] for name in ("name", "connectwise_locations", "tracking_categories")} == {
        name: screen[name] for name in ("name", "connectwise_locations", "tracking_categories")
    }
    assert (shown["adjustment"]["account"], shown["adjustment"]["item_code"]) == ("861", "ROUNDING")
    assert (shown["tax"]["rules"][0]["ledger_tax_code"], shown["tax"]["untaxed"]) == ("OUTPUT", "EXEMPTOUTPUT")
    expenses = shown["expenses"]
    assert (expenses["taxes"][0]["ledger_tax_code"], expenses["untaxed"]) == ("INPUT", "EXEMPTEXPENSES")
    off = SETTINGS | screen | {"tracking_categories": [], "connectwise_locations": [11, 12]}
    put = await place.http.put(f"{company}/settings", json=off, headers=REPLACING)
    assert put.json()["settings"]["tracking_categories"] == []
    assert put.json()["settings"]["connectwise_locations"] == [11, 12]
    other = await place.http.put(f"{company}/settings", json=off | {"ledger": "qbo"}, headers=REPLACING)
    assert (other.status_code, other.json()["code"]) == (409, "account.ledger_fixed")


async def test_a_tenant_is_unlimited_until_its_operator_says_otherwise_F241_F242(place: Place) -> None:
    shown = (await place.http.get(f"{TENANT}/limits")).json()
    assert (shown["max_companies"], shown["max_records_per_month"], shown["features_off"]) == (None, None, [])
    assert (await saved(place, "limits", {"max_companies": 3})).json()["max_companies"] == 3
    assert (await place.http.get(f"{TENANT}/limits")).json()["version"] == 1


async def test_a_company_beyond_the_limit_is_refused_clearly_F242(place: Place) -> None:
    await saved(place, "limits", {"max_companies": 1})
    assert (await place.http.post(f"{TENANT}/companies", json=COMPANY)).status_code == 201
    another = {"company_id": "second", "settings": SETTINGS | {"connectwise_locations": [12]}}
    refused = await place.http.post(f"{TENANT}/companies", json=another)
    assert (refused.status_code, refused.json()["code"]) == (409, "account.too_many_companies")
    assert refused.json()["title"] == "harbourline has 1 companies; its limit is 1."
    await saved(place, "limits", {"max_companies": 2})
    assert (await place.http.post(f"{TENANT}/companies", json=another)).status_code == 201


async def test_a_month_that_is_used_up_begins_nothing_new_and_the_next_one_does_by_itself_F242(place: Place) -> None:
    await place.http.post(f"{TENANT}/companies", json=COMPANY)
    await saved(place, "limits", {"max_records_per_month": 2})
    asked = {"company_id": "harbourline-au"}
    await settle(place, 1, NOW.replace(day=1))
    assert (await place.http.post(f"{TENANT}/runs", json=asked)).status_code == 202
    free = await place.internal.get("/settings/versions")
    assert (await served(place))[0]["settings"]["sync"] == "automatic"

    await settle(place, 2, NOW)
    refused = await place.http.post(f"{TENANT}/runs", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "account.month_used_up")
    assert refused.json()["title"] == "harbourline has posted 2 records in November 2026; its limit is 2 a month."
    assert (await place.http.post(f"{TENANT}/runs", json=asked | {"preview": True})).status_code == 202
    retry = {"action": "retry", "person": "Anne"}
    again = await place.http.post(f"{TENANT}/companies/harbourline-au/records/invoice/1/commands", json=retry)
    assert again.json()["code"] == "account.month_used_up"
    held = await place.internal.get("/settings/versions", headers={"If-None-Match": free.headers["ETag"]})
    assert held.status_code == 200
    assert (await served(place))[0]["settings"]["sync"] == "on_request"

    place.clock.advance(29 * 86_400)
    again_free = await place.internal.get("/settings/versions", headers={"If-None-Match": held.headers["ETag"]})
    assert (await served(place))[0]["settings"]["sync"] == "automatic"
    assert again_free.headers["ETag"] == free.headers["ETag"]
    assert (await place.http.post(f"{TENANT}/runs", json=asked)).status_code == 202


async def test_a_feature_that_is_off_is_not_begun_and_what_uses_it_goes_on_F166_F243(place: Place) -> None:
    await place.http.post(f"{TENANT}/companies", json=COMPANY)
    await saved(place, "limits", {"features_off": ["xero", "automatic_sync", "expense_links"]})
    other = {"company_id": "second", "settings": SETTINGS | {"connectwise_locations": [12], "sync": "on_request"}}
    refused = await place.http.post(f"{TENANT}/companies", json=other)
    assert (refused.status_code, refused.json()["title"]) == (409, "Xero is switched off for harbourline.")
    renamed = SETTINGS | {"name": "Renamed"}
    kept = await place.http.put(
        f"{TENANT}/companies/harbourline-au/settings", json=renamed, headers={"If-Match": '"1"'}
    )
    assert kept.status_code == 200
    linked = renamed | {"expenses": {"links": [{"payment_type": "Card", "action": "draft_bill"}]}}
    begun = await place.http.put(
        f"{TENANT}/companies/harbourline-au/settings", json=linked, headers={"If-Match": '"2"'}
    )
    assert (begun.status_code, begun.json()["title"]) == (409, "Linking of expenses is switched off for harbourline.")
    assert (await saved(place, "limits", {"features_off": ["payroll"]})).status_code == 422


async def test_a_suspended_tenant_begins_nothing_and_goes_on_when_it_is_resumed_F251_F252(place: Place) -> None:
    await place.http.post(f"{TENANT}/companies", json=COMPANY)
    assert (await place.http.post(f"{TENANT}/suspend")).json()["suspended_at"] == "2026-11-02T09:00:00Z"
    refused = await place.http.post(f"{TENANT}/runs", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "account.suspended")
    held = await served(place)
    assert [each["settings"]["sync"] for each in held] == ["on_request"]
    assert (await place.http.get(f"{TENANT}/companies")).json()[0]["settings"]["sync"] == "automatic"

    assert (await place.http.post(f"{TENANT}/resume")).json()["suspended_at"] is None
    free = await served(place)
    assert [each["settings"]["sync"] for each in free] == ["automatic"]
    assert (await place.http.post(f"{TENANT}/runs", json={})).status_code == 202
    told = (await place.http.get(f"{TENANT}/audit", params={"subject": "tenant"})).json()["entries"]
    assert [each["action"] for each in told][:2] == ["tenant.resumed", "tenant.suspended"]


async def test_a_month_s_total_is_the_count_of_successful_results_each_in_its_column_F223_F224_F225_F226_F227(
    place: Place,
) -> None:
    for number, day in enumerate((1, 1, 2), 1):
        await settle(place, number, NOW.replace(day=day))
    await settle(place, 4, NOW, kind="credit_memo", company_id="harbourline-uk")
    await settle(place, 5, NOW.replace(month=10))
    await settle(place, 6, NOW, settlement={"outcome": "refused", "document": None})
    found = await statistics(place)
    assert [each["records"] for each in found.values()] == [4, 1, 0]
    november = found["2026-11"]
    assert {name: november[name] for name in ("invoices", "payments", "procurement", "expenses")} == {
        "invoices": 4,
        "payments": 0,
        "procurement": 0,
        "expenses": 0,
    }
    assert {name: each["records"] for name, each in november["companies"].items()} == {
        "harbourline-au": 3,
        "harbourline-uk": 1,
    }
    async with place.database.transaction() as tx:
        succeeded = await tx.scalar(sa.select(sa.func.count()).where(record.c.outcome == "posted"))
    assert sum(each["records"] for each in found.values()) == succeeded == 5


def test_every_kind_of_record_has_its_column_F223() -> None:
    assert {kind for kinds in KINDS_OF.values() for kind in kinds} == set(get_args(RecordKind))


async def test_a_record_counts_once_in_the_month_of_its_first_success_F223(place: Place) -> None:
    october = NOW.replace(month=10)
    await settle(place, 1, october)
    await settle(place, 1, NOW)  # changed after it was posted, and posted so
    await settle(place, 1, NOW, settlement={"outcome": "discarded"})
    await settle(place, 1, october)  # told again after the bus was lost
    found = await statistics(place)
    assert (found["2026-10"]["records"], found["2026-11"]["records"]) == (1, 0)


async def test_a_month_begins_at_midnight_where_the_tenant_is_F223(place: Place) -> None:
    await settle(place, 1, datetime(2026, 10, 31, 13, 0, tzinfo=UTC))  # midnight in Sydney: the first of November
    await settle(place, 2, datetime(2026, 10, 31, 12, 59, 59, tzinfo=UTC))
    assert (await statistics(place))["2026-10"]["records"] == 2
    await saved(place, "profile", {"time_zone": "Australia/Sydney"})
    found = await statistics(place)
    assert (found["2026-10"]["records"], found["2026-11"]["records"]) == (1, 1)


async def test_the_usage_of_a_month_is_reported_as_a_total_and_as_csv_F244_F245_F255_F256(place: Place) -> None:
    await saved(place, "profile", {"legal_name": "=Harbourline Pty Ltd"})
    await settle(place, 1, NOW)
    await settle(place, 2, NOW, company_id="harbourline-uk")
    await place.count.flush()
    present = (await place.http.get(f"{TENANT}/usage/2026-11")).json()
    assert (present["records"], present["invoices"], present["ledger_calls"], present["api_requests"]) == (2, 2, 6, 2)
    listed = (await place.http.get(f"{TENANT}/usage")).json()
    assert (listed["next_report_date"], listed["reports"]) == ("2026-12-01", [])

    place.clock.advance(40 * 86_400)
    listed = (await place.http.get(f"{TENANT}/usage")).json()
    assert listed["next_report_date"] == "2027-01-01"
    (due,) = listed["reports"]
    assert due["month"] == "2026-11"
    report = await place.http.get(due["address"].removeprefix("/v1"))
    assert report.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(report.text)))
    assert [(row["company"], row["records"], row["ledger_calls"], row["api_requests"]) for row in rows] == [
        ("harbourline-au", "1", "3", ""),
        ("harbourline-uk", "1", "3", ""),
        ("(all)", "2", "6", "2"),
    ]
    assert {row["tenant"] for row in rows} == {"'=Harbourline Pty Ltd"}
    assert (await place.http.get(f"{TENANT}/usage/2027-05")).status_code == 404
    assert (await place.http.get(f"{TENANT}/usage/2026-13")).status_code == 422


async def mailed(place: Place, vault: Vault) -> list[Letter]:
    async with place.database.transaction() as tx:
        rows = (await tx.execute(sa.text("SELECT * FROM mail ORDER BY created_at"))).mappings().all()
    return [opened(vault, row) for row in rows]


async def test_the_report_of_a_month_that_is_over_is_mailed_once_to_the_profile_s_address_F238_F245(
    place: Place, sealing_key_file: Path
) -> None:
    vault = Vault.from_file(sealing_key_file)
    copies = [Reporting(place.database, vault, place.clock) for _ in range(2)]
    await settle(place, 1, NOW)
    place.clock.advance(29 * 86_400)  # the first of December
    await copies[0].step()
    assert await mailed(place, vault) == []
    await saved(place, "profile", {"report_email": "accounts@harbourline.example", "legal_name": "Harbourline\nPty"})
    for copy in (*copies, *copies):
        await copy.step()
    (letter,) = await mailed(place, vault)
    assert (letter.to, letter.subject) == (
        "accounts@harbourline.example",
        "Use of Tieout in November 2026: Harbourline Pty",
    )
    assert "for 1 records: 1 invoices and credit memos" in letter.text
    assert ",(all),1,1,0,0,0,3," in letter.text
    place.clock.advance(31 * 86_400)
    await copies[1].step()
    assert [each.subject for each in await mailed(place, vault)][1:] == [
        "Use of Tieout in December 2026: Harbourline Pty"
    ]


async def test_requests_are_counted_for_tenants_that_there_are_and_answers_that_are_good_F244(place: Place) -> None:
    await place.count.flush()
    for path in (f"{TENANT}/profile", f"{TENANT}/limits", "/tenants/nobody/profile", f"{TENANT}/nothing", "/tenants"):
        await place.http.get(path)
    await place.count.flush()
    place.count.add("/v1/tenants/gone/profile")
    await place.count.flush()
    assert (await place.http.get(f"{TENANT}/usage/2026-11")).json()["api_requests"] == 2


CONNECTWISE = {
    "kind": "connectwise",
    "site": "https://api-au.example.com",
    "login_company": "harbourline",
    "public_key": "marked-public-key",
    "private_key": "marked-private-key",
    "client_id": "marked-client-id",
    "version": "2025.1",
}


async def given_a_connection(place: Place, **changes: Any) -> None:
    where = f"{TENANT}/connections/connectwise"
    put = await place.http.put(where, json=CONNECTWISE | changes, headers=await seen(place.http, where))
    put.raise_for_status()


async def switched(place: Place, enabled: bool) -> httpx.Response:
    return await place.http.put(f"{TENANT}/call-log", json={"enabled": enabled}, headers=REPLACING)


async def tell(place: Place, *urls: str, at: datetime = NOW, dropped: int = 0) -> None:
    """As ingest tells what it called."""
    calls = tuple(
        LoggedCall(connection_id="connectwise", at=at, method="GET", url=url, status=200, answer_body='["Müller"]')
        for url in urls
    )
    body = LoggedCalls(calls=calls, dropped=dropped).model_dump(mode="json")
    assert (await place.internal.post("/calls", json=body)).status_code == 204


async def logged(place: Place, **query: Any) -> list[str]:
    return [each["url"] for each in (await place.http.get(f"{TENANT}/call-log/calls", params=query)).json()["calls"]]


@pytest.mark.http
async def test_while_the_log_is_on_every_call_to_connectwise_is_kept_and_while_it_is_off_none_F215_F216(
    place: Place,
) -> None:
    with serving_in_thread(new_gateway()) as url:
        server = {name: CONNECTWISE[name] for name in ("public_key", "private_key", "client_id")}
        data = {"format": "tieout-connectwise/1", "server": server | {"company_id": "harbourline"}}
        async with httpx.AsyncClient() as out:
            (await out.post(f"{url}/_sim/load", json=data)).raise_for_status()
        await given_a_connection(place, site=url)
        test = f"{TENANT}/connections/connectwise/test"
        assert (await place.http.post(test)).json()["ok"]
        assert await logged(place) == []
        assert (await switched(place, True)).json() == {"enabled": True, "calls": 0, "cleared_at": None, "dropped": 0}
        assert (await place.http.post(test)).json()["ok"]
        kept = await place.http.get(f"{TENANT}/call-log/calls")
        assert (await switched(place, False)).json()["calls"] == len(kept.json()["calls"])
        await place.http.post(test)
    calls = kept.json()["calls"]
    assert len(calls) == len(await logged(place)) > 5
    assert {(each["method"], each["status"]) for each in calls} == {("GET", 200)}
    assert all(each["url"].startswith(url) and each["at"] == "2026-11-02T09:00:00Z" for each in calls)
    one = await place.http.get(f"{TENANT}/call-log/calls/{calls[-2]['number']}")
    assert one.json()["answer_body"].startswith("{")
    async with place.database.transaction() as tx:
        rows = (await tx.execute(sa.text("SELECT t::text FROM logged_call t"))).scalars().all()
    sign_in = base64.b64encode(b"harbourline+marked-public-key:marked-private-key").decode()
    for text in (kept.text, one.text, *rows):
        assert "marked-" not in text
        assert sign_in not in text


async def test_what_a_service_tells_is_kept_sealed_and_only_of_connections_whose_log_is_on_F215(place: Place) -> None:
    await given_a_connection(place)
    await tell(place, "https://x/off")
    assert (await place.internal.get("/connections/connectwise")).json()["log_calls"] is False
    await switched(place, True)
    assert (await place.internal.get("/connections/connectwise")).json()["log_calls"] is True
    await tell(place, "https://x/1", "https://x/2", "https://x/3", dropped=4)
    assert await logged(place) == ["https://x/3", "https://x/2", "https://x/1"]
    page = (await place.http.get(f"{TENANT}/call-log/calls", params={"limit": 2})).json()
    assert await logged(place, cursor=page["next_cursor"]) == ["https://x/1"]
    assert await logged(place, status=404) == []
    assert (await place.http.get(f"{TENANT}/call-log")).json()["dropped"] == 4
    async with place.database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT encode(address, 'escape'), encode(bodies, 'escape') FROM logged_call"))
        assert not any("https" in text or "ller" in text for row in rows for text in row)
    await place.http.post("/tenants", json={"tenant_id": "other", "name": "Other"})
    number = (await place.http.get(f"{TENANT}/call-log/calls")).json()["calls"][0]["number"]
    assert (await place.http.get(f"/tenants/other/call-log/calls/{number}")).status_code == 404


async def test_what_ingest_calls_comes_to_the_log_by_way_of_its_own_client_F215_F216(place: Place) -> None:
    await given_a_connection(place)
    await switched(place, True)
    inside = httpx.ASGITransport(app=the_app("internal"))
    client = ConfigClient("http://127.0.0.1", "key", clock=place.clock, transport=inside)
    log = CallLog(place.clock, client.log_calls)
    witness = log.witness_of(await client.connectwise("connectwise"))
    assert witness is not None
    witness("POST", "https://x/export", b'{"ids":[7]}', 200, b'{"privateKey":"marked-private-key","number":"1001"}')
    assert not await log.step()
    (number,) = [one["number"] for one in (await place.http.get(f"{TENANT}/call-log/calls")).json()["calls"]]
    kept = (await place.http.get(f"{TENANT}/call-log/calls/{number}")).json()
    assert (kept["method"], kept["status"], kept["request_body"]) == ("POST", 200, '{"ids":[7]}')
    assert kept["answer_body"] == '{"privateKey":"***","number":"1001"}'
    wrong = ConfigClient("http://127.0.0.1", "not the key", clock=place.clock, transport=inside)
    with pytest.raises(ConfigUnavailable):
        await wrong.log_calls(LoggedCalls(calls=()))
    for each in (client, wrong):
        await each.close()


async def test_clear_empties_the_log_and_the_audit_holds_who_cleared_it_and_when_F217(place: Place) -> None:
    await given_a_connection(place)
    await switched(place, True)
    await tell(place, "https://x/1", "https://x/2")
    place.clock.advance(60)
    assert (await place.http.delete(f"{TENANT}/call-log")).json() == {"cleared": 2}
    assert await logged(place) == []
    await tell(place, "https://x/on-its-way")
    assert await logged(place) == []
    await tell(place, "https://x/later", at=place.clock.now() + timedelta(seconds=1))
    assert await logged(place) == ["https://x/later"]
    told = (await place.http.get(f"{TENANT}/audit", params={"action": "call_log.cleared"})).json()["entries"]
    assert [(each["at"], each["actor_name"], each["before"]) for each in told] == [
        ("2026-11-02T09:01:00Z", "installation key", {"calls": 2})
    ]


async def test_the_log_forgets_what_is_too_old_and_what_is_too_much_F215(place: Place) -> None:
    await given_a_connection(place)
    await switched(place, True)
    await tell(place, "https://x/old", at=NOW - timedelta(days=8))
    await tell(place, *(f"https://x/{number}" for number in range(5)))
    await Upkeep(place.database, place.clock, days=7, calls=3).step()
    assert await logged(place) == ["https://x/4", "https://x/3", "https://x/2"]


async def test_the_log_cannot_be_switched_on_where_the_operator_does_not_offer_it_F243(place: Place) -> None:
    await saved(place, "limits", {"features_off": ["call_log"]})
    refused = await switched(place, True)
    assert (refused.status_code, refused.json()["code"]) == (409, "account.feature_off")
    assert (await switched(place, False)).status_code == 200


def a_site() -> dict[str, Any]:
    server = {name: CONNECTWISE[name] for name in ("public_key", "private_key", "client_id")}
    entities = {
        "/finance/taxCodes": [{"id": 16, "identifier": "GST", "description": "GST on Income", "levelOneRate": 10}],
        "/finance/currencies": [{"id": 7, "currencyIdentifier": "AUD", "name": "Australian dollar"}],
        "/finance/billingTerms": [{"id": 1, "name": "Net 20", "dueDays": 20, "termsXref": "20"}],
        "/system/locations": [{"id": 11, "name": "Sydney", "structureLevel": {"id": 2, "name": "Branch"}}],
        "/system/members": [{"id": 21, "identifier": "ARO"}, {"id": 22, "identifier": "BLI", "inactiveFlag": True}],
        "/expense/types": [{"id": 5, "name": "Meals"}, {"id": 6, "name": "Old", "inactiveFlag": True}],
    }
    return {
        "format": "tieout-connectwise/1",
        "server": server | {"company_id": "harbourline"},
        "entities": entities,
    }


@pytest.mark.http
async def test_the_set_up_is_checked_against_the_live_site_and_the_ledger_s_present_data_F144_F159_F175_F191(
    place: Place,
) -> None:
    tax = {"rules": [], "untaxed": "OUTPUT"}
    settings = SETTINGS | {"tax": tax, "accounts": [{"ledger_account": "230"}], "connectwise_locations": [11, 12]}
    await place.http.post(f"{TENANT}/companies", json=COMPANY | {"settings": settings})
    company = f"{TENANT}/companies/harbourline-au"
    without = (await place.http.post(f"{company}/setup-check")).json()
    assert not without["ready"]
    assert without["steps"][0]["findings"][0]["code"] == "setup.connection_missing"

    with serving_in_thread(new_gateway()) as url:
        async with httpx.AsyncClient() as out:
            (await out.post(f"{url}/_sim/load", json=a_site())).raise_for_status()
        await given_a_connection(place, site=url)
        xero = {"kind": "xero", "client_id": "app", "client_secret": "marked"}
        (await place.http.put(f"{TENANT}/connections/xero", json=xero)).raise_for_status()
        async with place.database.transaction() as tx:
            told = examples.reference().model_copy(update={"organisation_id": "org"})
            await accounts.keep_reference(tx, "harbourline-au", 1, told.model_dump(mode="json"))
        checked = (await place.http.post(f"{company}/setup-check")).json()
        better = settings | {"connectwise_locations": [11]}
        what_if = (await place.http.post(f"{company}/setup-check", json={"settings": better})).json()
        suggested = (await place.http.post(f"{company}/mapping-suggestions")).json()
        links = [{"member": each, "payment_type": "Card", "action": "draft_bill"} for each in ("ARO", "bli", "ZED")]
        with_expenses = better | {"expenses": {"links": links}}
        expenses = (await place.http.post(f"{company}/setup-check", json={"settings": with_expenses})).json()
        etag = {"If-Match": '"1"'}
        (await place.http.put(f"{company}/settings", json=with_expenses, headers=etag)).raise_for_status()
        (served,) = (await place.internal.get("/settings?company=harbourline-au")).json()["snapshots"]
        counted = (await place.http.get(f"{TENANT}/statistics")).json()["linked_members"]
    by_step = {each["step"]: (each["state"], [one["code"] for one in each["findings"]]) for each in checked["steps"]}
    assert by_step == {
        "connectwise": ("good", []),
        "ledger": ("good", []),
        "accounts": ("good", []),
        "taxes": ("to_do", ["setup.tax_unmapped", "setup.tax_not_chosen", "setup.tax_code_not_zero"]),
        "tracking": ("good", []),
        "items": ("good", []),
        "terms": ("good", []),
        "currencies": ("good", []),
        "locations": ("to_do", ["setup.location_unknown"]),
        "payment_types": ("good", []),
        "callbacks": ("to_do", ["setup.callbacks_off"]),
        "numbers": ("good", []),
        "going_live": ("to_do", ["setup.not_armed"]),
    }
    found = {each["step"]: [one["code"] for one in each["findings"]] for each in expenses["steps"][13:]}
    assert [each["member"] for each in served["settings"]["expenses"]["links"]] == ["ARO", "bli", "ZED"]
    assert found == {
        "expense_types": ["setup.expense_type_unmapped"],
        "expense_accounts": ["setup.expense_offset_missing"],
        "expense_links": [
            "setup.expense_payment_type_unlisted",
            "setup.expense_member_unknown",
            "setup.expense_member_inactive",
        ],
        "expense_taxes": [],
    }
    assert [each["unmapped"] for each in expenses["suggestions"]["expense_types"]] == ["Meals"]
    assert (checked["suggestions"]["expense_types"], counted) == ([], 3)
    assert "locations" not in {each["step"] for each in what_if["steps"] if each["findings"]}
    (gst,) = suggested["taxes"]
    assert checked["suggestions"] == suggested
    assert (gst["unmapped"], gst["candidates"][0]["code"], gst["candidates"][0]["score"]) == ("GST", "OUTPUT", 95)
    assert (await place.http.get(company)).json()["settings"]["tax"]["rules"] == []


LETTERS = "/services/ingest/dead-letters"


async def given_a_dead_letter(place: Place, group: str | None) -> None:
    async with place.database.transaction() as tx:
        await store_dead_letter(
            tx,
            consumer_group=group,
            event_id=uuid4(),
            topic="tieout.records",
            key="harbourline-au/invoice/7",
            headers={"ce_type": "record.captured.v1"},
            value=b"marked-value",
            reason="it does not fit",
            attempts=5,
        )


async def test_dead_letters_of_a_service_are_listed_redriven_and_discarded_and_the_audit_tells_it(place: Place) -> None:
    ingest = FastAPI()
    ingest.include_router(operations_router(DeadLetters(place.database), [], "service-key"))
    mounts: Any = {"http://127.0.0.1:1": httpx.ASGITransport(app=ingest)}
    async with httpx.AsyncClient(mounts=mounts, transport=httpx.MockTransport(lambda _: httpx.Response(500))) as http:
        urls = {"ingest": "http://127.0.0.1:1", "transform": "http://127.0.0.1:2"}
        the_app("public").state.services = Services(urls, dict.fromkeys(urls, "service-key"), http)
        for group in (None, "ingest", "ingest"):
            await given_a_dead_letter(place, group)
        assert (await place.http.get("/services")).json() == [
            {"service": "ingest", "dead_letters": 3, "problem": None},
            {"service": "transform", "dead_letters": None, "problem": "it answered 500"},
        ]
        listed = await place.http.get(LETTERS, params={"limit": 2})
        assert "marked-value" not in listed.text
        rest = await place.http.get(LETTERS, params={"cursor": listed.json()["next_cursor"]})
        first, second, third = (one["id"] for one in listed.json()["dead_letters"] + rest.json()["dead_letters"])
        assert rest.json()["next_cursor"] is None
        assert (await place.http.post(f"{LETTERS}/{first}/redrive")).status_code == 204
        assert (await place.http.post(f"{LETTERS}/{second}/discard")).status_code == 204
        again = await place.http.post(f"{LETTERS}/{second}/discard")
        assert (again.status_code, again.json()["code"]) == (404, "api.not_found")
        left = (await place.http.get(LETTERS)).json()["dead_letters"]
        assert [(one["id"], one["reason"], one["attempts"]) for one in left] == [(third, "it does not fit", 5)]
        away = await place.http.get("/services/transform/dead-letters")
        assert (away.status_code, away.json()["code"]) == (503, "api.service_away")
        assert (await place.http.get("/services/nobody/dead-letters")).status_code == 404
    the_app("public").state.services = None
    told = (await place.http.get("/audit")).json()["entries"]
    assert [(each["action"], each["subject_id"]) for each in told] == [
        ("dead_letter.discarded", f"ingest/{second}"),
        ("dead_letter.redriven", f"ingest/{first}"),
    ]
    assert (await place.http.get("/audit/verification")).json()["complete"]


async def test_a_dead_letter_that_fails_again_stays_open_and_says_why() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        return httpx.Response(409, json={"detail": "ValueError: no such kind"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        services = Services({"ingest": "http://127.0.0.1:1"}, {"ingest": "key"}, http)
        with pytest.raises(NotDone, match="no such kind"):
            await services.close("ingest", 7, "redrive")
        with pytest.raises(ServiceAway, match="409"):
            await services.dead_letters("ingest", after_id=0, limit=10)


def test_a_service_is_asked_over_an_encrypted_way_or_on_this_machine_F3() -> None:
    with pytest.raises(ValueError, match="https"):
        Services({"ingest": "http://ingest.example.com"}, {}, httpx.AsyncClient())


async def given_a_tenant_with_everything(place: Place) -> None:
    await place.http.post(f"{TENANT}/companies", json=COMPANY)
    await given_a_connection(place)
    await saved(place, "profile", {"phone": "1"})
    await place.http.post(f"{TENANT}/runs", json={})
    await place.http.post(f"{TENANT}/previews", json={"company_id": "harbourline-au"})
    await switched(place, True)
    await tell(place, "https://x/1")
    async with place.database.transaction() as tx:
        await accounts.keep_reference(tx, "harbourline-au", 1, {"version": 1})


async def test_a_tenant_s_data_are_exported_without_a_secret_F251(place: Place) -> None:
    await given_a_tenant_with_everything(place)
    await settle(place, 1, NOW)
    export = await place.http.get(f"{TENANT}/export")
    assert export.headers["content-type"].startswith("application/x-ndjson")
    assert not any(CONNECTWISE[name] in export.text for name in ("public_key", "private_key"))
    lines = [json.loads(line) for line in export.text.splitlines()]
    told = {each["table"] for each in lines}
    assert told >= {"tenant", "company", "settings_snapshot", "connection", "record", "run", "audit", "reference"}
    (settings,) = (each for each in lines if each["table"] == "settings_snapshot")
    assert settings["settings"]["adjustment"]["account"] == "860"
    assert (await place.http.get("/tenants/nobody/export")).status_code == 404


async def test_a_suspended_tenant_at_rest_is_deleted_with_its_key_and_its_audit_stays_F251_F4(
    place: Place,
) -> None:
    await given_a_tenant_with_everything(place)
    await place.http.post("/tenants", json={"tenant_id": "other", "name": "Other"})
    await settle(place, 1, NOW)
    gone = {"confirm": "harbourline"}
    for code, query in (("account.not_confirmed", {"confirm": "other"}), ("account.not_suspended", gone)):
        refused = await place.http.delete(TENANT, params=query)
        assert refused.json()["code"] == code
    await place.http.post(f"{TENANT}/suspend")
    moving = await place.http.delete(TENANT, params=gone)
    assert (moving.status_code, moving.json()["title"]) == (409, "1 records of harbourline are still on their way.")
    async with place.database.transaction() as tx:
        await tx.execute(sa.update(record).values(status="batched"))
    deleted = (await place.http.delete(TENANT, params=gone)).json()["deleted"]
    assert deleted.keys() >= {
        "tenant",
        "tenant_key",
        "company",
        "connection",
        "record",
        "settings_snapshot",
        "reference",
    }
    assert [each["tenant_id"] for each in (await place.http.get("/tenants")).json()] == ["other"]
    async with place.database.transaction() as tx:
        for table in metadata.sorted_tables:
            if "tenant_id" in table.c and table.name not in ("audit", "audit_head"):
                left = await tx.scalar(sa.select(sa.func.count()).where(table.c.tenant_id == "harbourline"))
                assert left == 0, table.name
    whole = (await place.http.get(f"{TENANT}/audit/verification")).json()
    assert (whole["complete"], whole["broken"]) == (True, None)
    async with place.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM reference")) == 0
    last = (await place.http.get(f"{TENANT}/audit")).json()["entries"][0]
    assert (last["action"], last["before"]["record"]) == ("tenant.deleted", 1)
    again = await place.http.post("/tenants", json={"tenant_id": "harbourline", "name": "Somebody else"})
    assert (again.status_code, again.json()["code"]) == (409, "api.exists")
