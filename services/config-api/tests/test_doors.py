"""Both ports over real HTTP: what comes in is checked, what is secret stays in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from api_kit import REPLACING

from tieout_chassis.sealing import key_id_of
from tieout_chassis.tenant_keys import TenantSealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.app import build
from tieout_config_api.internal import internal_router
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.public import paging
from tieout_config_api.public.records import write_cursor
from tieout_config_api.service_access import MAY, Need
from tieout_config_api.settings import ConfigApiSettings
from tieout_contracts.connections import QboAccess
from tieout_contracts.keys import TenantKeys
from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.qbo.cli import build_gateway

pytestmark = [pytest.mark.postgres, pytest.mark.http]
COMPANY: dict[str, Any] = {
    "company_id": "harbourline-au",
    "settings": {
        "name": "Harbourline IT",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
        "connectwise_locations": [11],
        "adjustment": {"account": "860"},
        "arming": {"armed": True, "go_live": "2026-10-01"},
    },
}
CONNECTWISE = {
    "kind": "connectwise",
    "site": "https://api-au.example.com",
    "login_company": "harbourline",
    "public_key": "marked-public-key",
    "private_key": "marked-private-key",
    "client_id": "0d1e",
}


def of_place(record_id: int) -> str:
    """The cursor of a page that ended at this record."""
    return write_cursor(("1001", "harbourline-au", "invoice", record_id))


@dataclass
class Doors:
    public: httpx.AsyncClient
    internal: httpx.AsyncClient


@pytest.fixture
async def doors(
    fresh_database: FreshDatabase, sealing_key_file: Path, tmp_path: Path, unused_tcp_port_factory: Any
) -> AsyncIterator[Doors]:
    for name in ("api", *MAY):
        (tmp_path / f"{name}.key").write_text(f"{name}-key")
    settings = ConfigApiSettings(
        database_url=await fresh_database([MIGRATIONS]),
        sealing_key_file=sealing_key_file,
        api_key_file=tmp_path / "api.key",
        service_keys_dir=tmp_path,
        public_port=unused_tcp_port_factory(),
        internal_port=unused_tcp_port_factory(),
        internal_hosts=("127.0.0.1",),
    )
    service, stop = build(settings), asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    for loop in service.loops:
        if hasattr(loop, "listening"):
            await asyncio.wait_for(loop.listening.wait(), 10)
    async with (
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.public_port}/v1", headers={"Authorization": "Bearer api-key"}
        ) as public,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{settings.internal_port}/internal",
            headers={"Authorization": "Bearer ingest-key"},
        ) as internal,
    ):
        yield Doors(public, internal)
    stop.set()
    await running


def as_service(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}-key"}


async def qbo_access(doors: Doors) -> httpx.Response:
    return await doors.internal.get("/connections/qbo", headers=as_service("qbo-writer"))


async def given_a_company(doors: Doors) -> None:
    (await doors.public.post("/tenants", json={"tenant_id": "harbourline", "name": "Harbourline"})).raise_for_status()
    (await doors.public.post("/tenants/harbourline/companies", json=COMPANY)).raise_for_status()


async def test_without_the_right_key_no_door_opens(doors: Doors) -> None:
    for client, path in ((doors.public, "/tenants"), (doors.internal, "/settings/versions")):
        for header in ("", "Bearer wrong", "Basic api-key"):
            answer = await client.get(path, headers={"Authorization": header})
            assert answer.status_code == 401
            assert answer.json()["code"] == "api.unauthorised"


async def test_a_new_company_is_never_armed_by_its_settings(doors: Doors) -> None:
    await given_a_company(doors)
    company = (await doors.public.get("/tenants/harbourline/companies/harbourline-au")).json()
    assert company["settings"]["arming"]["armed"] is False
    armed = await doors.public.post("/tenants/harbourline/companies/harbourline-au/arm", json={"go_live": "2026-10-01"})
    arming = armed.json()["settings"]["arming"]
    assert arming == {"armed": True, "go_live": "2026-10-01", "older_records": "list", "kinds": []}


async def test_older_records_are_dealt_with_as_the_company_was_armed_kind_by_kind_K24(doors: Doors) -> None:
    await given_a_company(doors)
    place = "/tenants/harbourline/companies/harbourline-au/arm"
    memos = {"kind": "credit_memo", "older_records": "batch_without_posting"}
    body: dict[str, Any] = {"go_live": "2026-10-01", "older_records": "post", "kinds": [memos]}
    armed = (await doors.public.post(place, json=body)).json()["settings"]["arming"]
    assert (armed["older_records"], armed["kinds"]) == ("post", [memos | {"go_live": None}])
    twice = await doors.public.post(place, json=body | {"kinds": [memos, memos]})
    assert (twice.status_code, twice.json()["code"]) == (422, "api.invalid")


async def test_settings_are_saved_only_on_top_of_what_was_read(doors: Doors) -> None:
    await given_a_company(doors)
    place = "/tenants/harbourline/companies/harbourline-au/settings"
    body = {**COMPANY["settings"], "name": "Renamed"}
    assert (await doors.public.put(place, json=body)).status_code == 428
    saved = await doors.public.put(place, json=body, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.headers["ETag"]) == (200, '"2"')
    stale = await doors.public.put(place, json=body, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "api.version_conflict")


async def test_services_read_the_versions_by_etag_and_the_snapshots_that_changed(doors: Doors) -> None:
    await given_a_company(doors)
    first = await doors.internal.get("/settings/versions")
    assert first.json() == {"versions": {"harbourline-au": "harbourline:1"}}
    again = await doors.internal.get("/settings/versions", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    found = await doors.internal.get("/settings", params={"company": ["harbourline-au", "nobody"]})
    assert [(one["company_id"], one["version"]) for one in found.json()["snapshots"]] == [("harbourline-au", 1)]
    assert found.json()["versions"] == first.json()["versions"]
    earlier_release = await doors.internal.get("/settings")
    assert earlier_release.json() == found.json()


async def test_two_requests_for_a_run_join_the_one_that_waits_F134(doors: Doors) -> None:
    await given_a_company(doors)
    runs = [
        (await doors.public.post("/tenants/harbourline/runs", json={"company_id": "harbourline-au"})).json()["run_id"]
        for _ in range(2)
    ]
    assert runs[0] == runs[1]


async def test_requests_at_the_same_moment_join_one_run_too_F134(doors: Doors) -> None:
    await given_a_company(doors)
    asked = [doors.public.post("/tenants/harbourline/runs", json={"company_id": "harbourline-au"}) for _ in range(5)]
    answers = await asyncio.gather(*asked)
    assert len({answer.json()["run_id"] for answer in answers}) == 1


async def test_secrets_go_to_an_authenticated_service_and_nowhere_else_I8(doors: Doors) -> None:
    await given_a_company(doors)
    place = "/tenants/harbourline/connections/connectwise"
    assert (await doors.public.put(place, json=CONNECTWISE)).status_code == 204
    shown = await doors.public.get("/tenants/harbourline/connections")
    assert "marked-" not in shown.text
    handed = (await doors.internal.get("/connections/connectwise")).json()
    assert (handed["public_key"], handed["private_key"]) == ("marked-public-key", "marked-private-key")


async def test_each_service_fetches_what_it_needs_and_nothing_else_I8(doors: Doors) -> None:
    """Every route of the internal port with every service's key: the table decides, and a row is missing nowhere."""
    await given_a_company(doors)
    place = "/tenants/harbourline/connections"
    gateway = intuit()
    with serving_in_thread(gateway) as url:
        await doors.public.put(f"{place}/connectwise", json=CONNECTWISE)
        await doors.public.put(f"{place}/qbo", json=qbo_connection(url))
        xero = {"kind": "xero", "api_url": url, "identity_url": url, "client_id": "a", "client_secret": "marked-x"}
        await doors.public.put(f"{place}/xero", json=xero)
        needs = {
            "/settings/versions": Need.SETTINGS,
            "/settings?company=harbourline-au": Need.SETTINGS,
            "/keys": Need.TENANT_KEYS,
            "/connections/connectwise": Need.CONNECTWISE,
            "/connections/xero": Need.XERO,
            "/connections/qbo": Need.QBO,
            "/calls": Need.CALL_LOG,
        }
        assert set(needs.values()) == set(Need)
        for service, may in MAY.items():
            for path, need in needs.items():
                ask = {"method": "POST", "json": {"calls": []}} if need is Need.CALL_LOG else {"method": "GET"}
                answer = await doors.internal.request(url=path, headers=as_service(service), **ask)
                if need in may:
                    assert answer.status_code in {200, 204, 502}  # the simulator is no Xero
                else:
                    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_for_service")
                    assert "marked-" not in answer.text
    routes = {route.path for route in internal_router(None).routes}  # type: ignore[arg-type, attr-defined]
    assert {route.removeprefix("/internal") for route in routes} == {
        path.rpartition("/")[0] + "/{connection_id}" if path.startswith("/connections") else path.partition("?")[0]
        for path in needs
    }


async def test_a_service_is_handed_each_tenant_s_own_key_and_a_body_opens_with_no_other_I7(doors: Doors) -> None:
    for tenant in ("harbourline", "other"):
        await doors.public.post("/tenants", json={"tenant_id": tenant, "name": tenant})

    async def asked() -> TenantKeys:
        return TenantKeys.model_validate_json((await doors.internal.get("/keys")).content)

    sealer = TenantSealer(asked)
    await sealer.ready(["harbourline", "other"])
    sealed = [sealer.seal(b"body", b"place", tenant) for tenant in ("harbourline", "other")]
    assert key_id_of(sealed[0]) != key_id_of(sealed[1])
    assert [sealer.open(each, b"place") for each in sealed] == [b"body", b"body"]


async def test_services_are_told_of_a_deleted_tenant_and_have_its_key_no_more_F251_I7(doors: Doors) -> None:
    await given_a_company(doors)
    await doors.public.post("/tenants", json={"tenant_id": "other", "name": "Other"})
    await doors.public.post("/tenants/harbourline/suspend")
    deleted = await doors.public.delete("/tenants/harbourline", params={"confirm": "harbourline"})
    assert deleted.status_code == 200
    told = TenantKeys.model_validate_json((await doors.internal.get("/keys")).content)
    assert ({each.tenant_id for each in told.keys}, told.deleted_tenants) == ({"other"}, ("harbourline",))
    assert (await doors.internal.get("/settings/versions")).json()["versions"] == {}


def intuit() -> Gateway:
    """The simulator with one company, `org`, and a consent to it."""
    gateway = build_gateway()
    app = {"client_id": "app", "client_secret": "marked-secret"}
    company = {"realmId": "org", "refresh_token": "marked-refresh", "CompanyInfo": {"CompanyName": "Harbourline"}}
    gateway.simulator.load({"format": "tieout-qbo/1", "app": app, "companies": [company]})
    return gateway


def qbo_connection(url: str, **changes: Any) -> dict[str, Any]:
    secrets = {"client_secret": "marked-secret", "refresh_token": "marked-refresh"}
    return {"kind": "qbo", "api_url": url, "identity_url": url, "client_id": "app", **secrets, **changes}


async def test_a_company_in_quickbooks_is_reached_with_a_token_that_only_services_are_handed_I8(doors: Doors) -> None:
    await given_a_company(doors)
    settings = {**COMPANY["settings"], "ledger": "qbo", "ledger_connection": "qbo", "connectwise_locations": [12]}
    company = {"company_id": "harbourline-us", "settings": settings}
    assert (await doors.public.post("/tenants/harbourline/companies", json=company)).status_code == 201
    with serving_in_thread(intuit()) as url:
        place = "/tenants/harbourline/connections/qbo"
        body = qbo_connection(url, batch_minute_limit=20)
        assert (await doors.public.put(place, json=body)).status_code == 204
        handed = QboAccess.model_validate_json((await qbo_access(doors)).content)
        bearer = {"Authorization": f"Bearer {handed.access_token.get_secret_value()}", "Accept": "application/json"}
        async with httpx.AsyncClient(base_url=handed.api_url, headers=bearer) as quickbooks:
            assert (await quickbooks.get("/v3/company/org/companyinfo/org")).status_code == 200
    assert (handed.minute_limit, handed.second_limit, handed.batch_minute_limit) == (500, 10, 20)
    listed = await doors.public.get("/tenants/harbourline/connections")
    assert "marked-" not in listed.text
    assert handed.access_token.get_secret_value() not in listed.text
    (shown,) = listed.json()
    assert shown["details"]["client_id"] == "app"
    assert shown["reconnect_by"] > shown["updated_at"]
    assert (shown["problem"], shown["reconnect_since"]) == (None, None)


async def test_a_connection_that_lost_its_consent_says_so_until_it_is_put_again(doors: Doors) -> None:
    await given_a_company(doors)
    gateway = intuit()
    with serving_in_thread(gateway) as url:
        place = "/tenants/harbourline/connections/qbo"
        await doors.public.put(place, json=qbo_connection(url, refresh_token="used-up"))
        for _ in range(2):
            refused = await qbo_access(doors)
            assert (refused.status_code, refused.json()["code"]) == (409, "access.reconnect")
        (shown,) = (await doors.public.get("/tenants/harbourline/connections")).json()
        assert shown["problem"]["title"] == refused.json()["title"]
        assert gateway.calls.summary()["total"] == 1
        await doors.public.put(place, json=qbo_connection(url), headers=REPLACING)
        assert (await qbo_access(doors)).status_code == 200


async def test_quickbooks_is_reached_encrypted_only_F3(doors: Doors) -> None:
    await given_a_company(doors)
    for field in ("api_url", "identity_url"):
        body = qbo_connection("https://quickbooks.example.com", **{field: "http://quickbooks.example.com"})
        answer = await doors.public.put("/tenants/harbourline/connections/qbo", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "api.plain_http"), field


async def test_another_tenant_s_connection_cannot_be_put_nor_its_tokens_be_dropped_I7(doors: Doors) -> None:
    await given_a_company(doors)
    gateway = intuit()
    with serving_in_thread(gateway) as url:
        await doors.public.put("/tenants/harbourline/connections/qbo", json=qbo_connection(url))
        await qbo_access(doors)
        await doors.public.post("/tenants", json={"tenant_id": "other", "name": "Other"})
        answer = await doors.public.put("/tenants/other/connections/qbo", json=qbo_connection(url))
        assert (answer.status_code, answer.json()["code"]) == (409, "api.exists")
        assert (await qbo_access(doors)).status_code == 200
        assert gateway.calls.summary()["total"] == 1


async def test_an_address_that_is_not_https_is_refused_before_it_is_saved_F3(doors: Doors) -> None:
    await given_a_company(doors)
    for site in ("http://psa.example.com", "ftp://psa.example.com", "http://10.0.0.1"):
        answer = await doors.public.put("/tenants/harbourline/connections/c", json={**CONNECTWISE, "site": site})
        assert (answer.status_code, answer.json()["code"]) == (422, "api.plain_http"), site
    assert (await doors.public.get("/tenants/harbourline/connections")).json() == []


async def add_company(doors: Doors, company_id: str, locations: list[int], **changes: Any) -> httpx.Response:
    settings = {**COMPANY["settings"], "connectwise_locations": locations, **changes}
    return await doors.public.post(
        "/tenants/harbourline/companies", json={"company_id": company_id, "settings": settings}
    )


async def save_locations(doors: Doors, company_id: str, locations: list[int], **changes: Any) -> httpx.Response:
    place = f"/tenants/harbourline/companies/{company_id}"
    etag = (await doors.public.get(place)).headers["ETag"]
    body = {**COMPANY["settings"], "connectwise_locations": locations, **changes}
    return await doors.public.put(f"{place}/settings", json=body, headers={"If-Match": etag})


async def test_one_location_belongs_to_one_company_F111(doors: Doors) -> None:
    await given_a_company(doors)
    for locations, said in (
        ([11, 12], "harbourline-au takes location 11."),
        ([], "No location is listed, which claims them all, and harbourline-au takes location 11."),
    ):
        refused = await add_company(doors, "other", locations)
        assert (refused.status_code, refused.json()["code"]) == (409, "api.location_taken")
        assert refused.json()["title"] == said
        assert refused.json()["detail"]
    assert (await add_company(doors, "other", [12])).status_code == 201
    for locations in ([11, 12], []):
        refused = await save_locations(doors, "other", locations)
        assert (refused.status_code, refused.json()["code"]) == (409, "api.location_taken")
    kept = (await doors.public.get("/tenants/harbourline/companies/other")).json()
    assert (kept["version"], kept["settings"]["connectwise_locations"]) == (1, [12])


async def test_beside_a_company_that_takes_every_location_there_is_room_for_none_F111(doors: Doors) -> None:
    await given_a_company(doors)
    await save_locations(doors, "harbourline-au", [])
    refused = await add_company(doors, "other", [12])
    assert refused.json()["title"] == "harbourline-au takes every location of the connection connectwise."
    assert (await add_company(doors, "elsewhere", [12], connectwise_connection="second-psa")).status_code == 201


async def test_two_connections_to_one_connectwise_claim_no_location_twice_F111(doors: Doors) -> None:
    """Whichever comes first, the company's settings or the connection; and however the site is written."""
    await given_a_company(doors)
    place = "/tenants/harbourline/connections"
    assert (await add_company(doors, "other", [11], connectwise_connection="second")).status_code == 201
    assert (await doors.public.put(f"{place}/connectwise", json=CONNECTWISE)).status_code == 204
    again = {**CONNECTWISE, "site": "https://API-AU.example.com/", "login_company": "Harbourline"}
    refused = await doors.public.put(f"{place}/second", json=again)
    assert (refused.status_code, refused.json()["code"]) == (409, "api.location_taken")
    assert "harbourline-au would be on the same ConnectWise as other." in refused.json()["title"]
    assert [each["connection_id"] for each in (await doors.public.get(place)).json()] == ["connectwise"]

    assert (await save_locations(doors, "other", [12], connectwise_connection="second")).status_code == 200
    assert (await doors.public.put(f"{place}/second", json=again)).status_code == 204
    refused = await save_locations(doors, "other", [11, 12], connectwise_connection="second")
    assert (refused.status_code, refused.json()["code"]) == (409, "api.location_taken")


async def test_locations_are_added_and_moved_by_settings_alone_F109_F110_F111(doors: Doors) -> None:
    """Several to one ledger; a third ledger; and the only location of a company goes to another."""
    await given_a_company(doors)
    assert (await add_company(doors, "uk", [12, 14])).status_code == 201
    assert (await add_company(doors, "us", [13])).status_code == 201
    assert (await save_locations(doors, "uk", [12])).status_code == 200
    assert (await save_locations(doors, "us", [13, 14])).status_code == 200
    assert (await save_locations(doors, "us", [11, 13, 14])).status_code == 409
    assert (await save_locations(doors, "harbourline-au", [], takes_records=False)).status_code == 200
    assert (await save_locations(doors, "us", [11, 13, 14])).status_code == 200
    assert (await save_locations(doors, "harbourline-au", [11])).status_code == 409


async def test_of_two_companies_that_claim_a_location_at_the_same_moment_one_gets_it_F111(doors: Doors) -> None:
    await given_a_company(doors)
    answers = await asyncio.gather(*(add_company(doors, f"company-{number}", [12, 20 + number]) for number in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_a_run_without_a_company_is_the_first_one_s_F112(doors: Doors) -> None:
    await given_a_company(doors)
    await doors.public.post("/tenants", json={"tenant_id": "empty", "name": "Empty"})
    assert (await add_company(doors, "another", [12])).status_code == 201
    asked = await doors.public.post("/tenants/harbourline/runs", json={})
    listed = (await doors.public.get("/tenants/harbourline/companies")).json()
    assert (asked.status_code, asked.json()["company_id"]) == (202, listed[0]["company_id"])
    assert (await doors.public.post("/tenants/empty/runs", json={})).status_code == 404


async def test_companies_are_listed_and_each_is_opened_and_saved_F114(doors: Doors) -> None:
    await given_a_company(doors)
    assert (await add_company(doors, "another", [12], name="Another")).status_code == 201
    listed = (await doors.public.get("/tenants/harbourline/companies")).json()
    assert [one["company_id"] for one in listed] == ["another", "harbourline-au"]
    for number, one in enumerate(listed):
        place = f"/tenants/harbourline/companies/{one['company_id']}"
        opened = await doors.public.get(place)
        assert opened.json() == one
        edited = {**opened.json()["settings"], "name": f"Renamed {number}"}
        headers = {"If-Match": opened.headers["ETag"]}
        assert (await doors.public.put(f"{place}/settings", json=edited, headers=headers)).status_code == 200
    names = [one["settings"]["name"] for one in (await doors.public.get("/tenants/harbourline/companies")).json()]
    assert names == ["Renamed 0", "Renamed 1"]


MALFORMED = (
    ("POST", "/tenants", b"{"),
    ("POST", "/tenants", b'{"tenant_id": "Not An Id", "name": "x"}'),
    ("POST", "/tenants", b'{"tenant_id": "a", "name": "x", "surplus": 1}'),
    ("POST", "/tenants/harbourline/companies", b'{"company_id": "c", "settings": {}}'),
    ("POST", "/tenants/harbourline/companies/harbourline-au/arm", b'{"go_live": "yesterday"}'),
    ("GET", "/tenants/harbourline/records?cursor=rubbish", b""),
    ("GET", "/tenants/harbourline/records?limit=0", b""),
    ("GET", "/tenants/harbourline/runs/not-a-uuid", b""),
)


async def test_malformed_input_is_a_422_that_names_the_field(doors: Doors) -> None:
    await given_a_company(doors)
    for method, path, body in MALFORMED:
        answer = await doors.public.request(method, path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (path, body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"code", "title", "detail"} <= answer.json().keys()


async def test_what_does_not_exist_is_a_404_in_a_sentence(doors: Doors) -> None:
    await given_a_company(doors)
    for path in ("/tenants/x/records", "/tenants/x/companies", "/tenants/harbourline/companies/x"):
        answer = await doors.public.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "api.not_found"), path


BEFORE_ALL_TIME = paging.write_cursor("0001-01-01T00:00:00+14:00", str(UUID(int=7)))
REFUSED = (
    ("/tenants/x/records", 404, "api.not_found"),
    ("/no-such-route", 404, "api.not_served"),
    ("/tenants/harbourline/records?cursor=rubbish", 422, "api.bad_cursor"),
    (f"/tenants/harbourline/records?cursor={of_place(2**63)}", 422, "api.bad_cursor"),
    (f"/tenants/harbourline/companies?cursor={paging.write_cursor(chr(0))}", 422, "api.bad_cursor"),
    (f"/tenants/harbourline/companies?cursor={paging.write_cursor(chr(0xD800))}", 422, "api.bad_cursor"),
    (f"/tenants/harbourline/runs?cursor={BEFORE_ALL_TIME}", 422, "api.bad_cursor"),
    (f"/tenants/harbourline/companies/harbourline-au/records/invoice/{2**63}", 422, "api.invalid"),
    ("/tenants/harbourline/records?limit=many", 422, "api.invalid"),
)


async def test_every_refused_request_has_a_code_of_the_table_and_its_page_F143(doors: Doors) -> None:
    for path, status, code in REFUSED:
        answer = await doors.public.get(path)
        told = answer.json()
        assert (answer.status_code, told["code"], told["page"]) == (status, code, f"docs/errors/{code}.md"), path
        assert told["title"]
        assert told["detail"]


NAMING_RECORDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("runs", {"company_id": "harbourline-au", "preview": True}),
    ("previews", {"company_id": "harbourline-au"}),
    (f"previews/{UUID(int=7)}/approvals", {"person": "the bookkeeper"}),
)


async def test_a_record_id_that_is_none_or_that_no_table_can_hold_never_reaches_the_bus(doors: Doors) -> None:
    await given_a_company(doors)
    for path, body in NAMING_RECORDS:
        plan_hash = {"plan_hash": "0" * 32} if "approvals" in path else {}
        for record_id in (2**63, -1, True, "7"):
            named = [{"kind": "invoice", "record_id": record_id, **plan_hash}]
            answer = await doors.public.post(f"/tenants/harbourline/{path}", json={**body, "records": named})
            assert (answer.status_code, answer.json()["code"]) == (422, "api.invalid"), (path, record_id)


async def test_a_request_without_the_key_is_told_where_the_key_is_F143(doors: Doors) -> None:
    answer = await doors.public.get("/tenants", headers={"Authorization": "Bearer no"})
    assert (answer.status_code, answer.json()["page"]) == (401, "docs/errors/api.unauthorised.md")


async def test_F205_a_connection_is_tested_at_the_public_door_and_only_the_tenants_own(doors: Doors) -> None:
    await given_a_company(doors)
    (await doors.public.post("/tenants", json={"tenant_id": "other", "name": "Other"})).raise_for_status()
    with serving_in_thread(new_gateway()) as url:
        server = {name: CONNECTWISE[name] for name in ("public_key", "private_key", "client_id")}
        data = {"format": "tieout-connectwise/1", "server": server | {"company_id": CONNECTWISE["login_company"]}}
        async with httpx.AsyncClient() as http:
            (await http.post(f"{url}/_sim/load", json=data)).raise_for_status()
        place = "/tenants/harbourline/connections/connectwise"
        (await doors.public.put(place, json=CONNECTWISE | {"site": url, "version": "2025.1"})).raise_for_status()
        good = (await doors.public.post(f"{place}/test")).json()
        gone = CONNECTWISE | {"site": url, "private_key": "gone"}
        (await doors.public.put(place, json=gone, headers=REPLACING)).raise_for_status()
        bad = (await doors.public.post(f"{place}/test")).json()
        foreign = await doors.public.post("/tenants/other/connections/connectwise/test")
    assert (good["ok"], good["api_version"], good["problems"]) == (True, "2025.1", [])
    assert bad["ok"] is False
    assert [each["code"] for each in bad["problems"]] == ["access.connectwise_keys_refused"]
    assert "marked" not in str([good, bad])
    assert foreign.status_code == 404


async def test_F205_a_ledgers_connection_has_no_test_and_says_so(doors: Doors) -> None:
    await given_a_company(doors)
    xero = {"kind": "xero", "client_id": "app", "client_secret": "marked"}
    (await doors.public.put("/tenants/harbourline/connections/xero", json=xero)).raise_for_status()
    answer = await doors.public.post("/tenants/harbourline/connections/xero/test")
    assert (answer.status_code, answer.json()["code"]) == (409, "api.no_test")


async def test_a_text_that_no_table_can_hold_is_refused_wherever_it_stands_and_nothing_is_saved(doors: Doors) -> None:
    await given_a_company(doors)
    answers = [
        await doors.public.get("/tenants/a%00b/companies"),
        await doors.public.get("/tenants/harbourline/records", params={"number": "\0"}),
        await doors.public.post("/tenants", json={"tenant_id": "other", "name": "a\0"}),
        await doors.public.put("/tenants/harbourline/connections/cw", json=CONNECTWISE | {"client_id": "\0"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(422, "api.unstorable")] * 4
    assert (await doors.public.get("/tenants/harbourline/connections")).json() == []


async def test_a_moment_is_taken_in_any_zone_and_refused_beyond_the_calendar(doors: Doors) -> None:
    await given_a_company(doors)
    for before, status in {
        "2026-11-01T00:00:00": 200,
        "2026-11-01T00:00:00+11:00": 200,
        "9999-12-31T23:59:59-23:59": 422,
        "0001-01-01T00:00:00+23:59": 422,
    }.items():
        answer = await doors.public.get("/tenants/harbourline/runs", params={"before": before})
        assert answer.status_code == status, before


async def test_what_was_done_stands_in_the_audit_with_who_and_what_it_was_before_and_no_secret_I8(doors: Doors) -> None:
    await given_a_company(doors)
    (await doors.public.put("/tenants/harbourline/connections/connectwise", json=CONNECTWISE)).raise_for_status()
    place = "/tenants/harbourline/companies/harbourline-au"
    (await doors.public.post(f"{place}/arm", json={"go_live": "2026-10-01"})).raise_for_status()
    renamed = {**COMPANY["settings"], "name": "Renamed"}
    (await doors.public.put(f"{place}/settings", json=renamed, headers={"If-Match": '"2"'})).raise_for_status()
    refused = await doors.public.put(f"{place}/settings", json=renamed, headers={"If-Match": '"2"'})
    assert refused.status_code == 412
    rolled_back = await doors.public.post(f"{place}/settings/roll-back", json={"version": 2}, headers={"If-Match": "3"})
    assert rolled_back.status_code == 200
    (await doors.public.post(f"{place}/disarm")).raise_for_status()
    (await doors.public.post("/tenants/harbourline/runs", json={"company_id": "harbourline-au"})).raise_for_status()

    audit = "/tenants/harbourline/audit"
    told = await doors.public.get(audit)
    assert "marked-" not in told.text
    entries = told.json()["entries"]
    assert [each["action"] for each in reversed(entries)] == [
        "tenant.created",
        "company.created",
        "connection.put",
        "company.armed",
        "settings.saved",
        "settings.rolled_back",
        "company.disarmed",
        "run.requested",
    ]
    assert {(each["actor_kind"], each["actor"]) for each in entries} == {("key", "installation")}
    by_action = {each["action"]: each for each in entries}
    assert by_action["settings.saved"]["before"] == {"version": 2, "settings": {"name": "Harbourline IT"}}
    assert by_action["settings.saved"]["after"] == {"version": 3, "settings": {"name": "Renamed"}}
    assert by_action["connection.put"]["after"]["private_key"] == "set"

    first = (await doors.public.get(audit, params={"limit": 5})).json()
    second = (await doors.public.get(audit, params={"limit": 5, "cursor": first["next_cursor"]})).json()
    assert first["entries"] + second["entries"] == entries
    assert second["next_cursor"] is None
    (armed,) = (await doors.public.get(audit, params={"action": "company.armed"})).json()["entries"]
    since = (await doors.public.get(audit, params={"since": armed["at"], "subject": "company"})).json()["entries"]
    assert [each["number"] for each in since] == [8, 7, 6, 5, 4]
    whole = (await doors.public.get(f"{audit}/verification")).json()
    assert (whole["number"], whole["complete"], whole["broken"]) == (8, True, None)
    assert (await doors.public.get("/tenants/other/audit")).status_code == 404
    assert (await doors.public.get(audit, params={"cursor": "rubbish"})).json()["code"] == "api.bad_cursor"
