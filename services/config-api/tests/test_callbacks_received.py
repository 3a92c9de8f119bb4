"""Callbacks as the simulated providers send them, over sockets: verified, published as hints, answered as they need."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import pytest_asyncio
from api_kit import REPLACING, Api, seen, started

from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.qbo.cli import build_gateway as intuit_gateway
from tieout_simulators.xero.cli import build_gateway as xero_gateway

pytestmark = [pytest.mark.postgres, pytest.mark.http, pytest.mark.asyncio(loop_scope="module")]
ORGANISATION = "0b7c0a00-0000-4000-8000-0000000000aa"
FOREIGN = "0b7c0a00-0000-4000-8000-0000000000bb"
KEYS = {"public_key": "public", "private_key": "private", "client_id": "client"}
MSP = "/v1/tenants/msp/connections"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """A tenant with a company on Xero and one on QuickBooks, and another tenant with an organisation of its own."""
    folder = tmp_path_factory.mktemp("api")
    (folder / "webhooks.key").write_text("key-of-the-app\n")
    async with started(postgres_admin_url, folder, xero_webhook_key_file=folder / "webhooks.key") as made:
        for tenant in ("msp", "other"):
            await made.tenant(tenant)
        await made.company("msp", "sydney", organisation_id=ORGANISATION)
        more = {"ledger": "qbo", "ledger_connection": "qbo", "organisation_id": "4620", "connectwise_locations": [12]}
        await made.company("msp", "austin", **more)
        await made.company("other", "elsewhere", organisation_id=FOREIGN, connectwise_connection="theirs")
        for kind, address in (("xero", "https://api.xero.com"), ("qbo", "https://quickbooks.api.intuit.com")):
            body = {"kind": kind, "api_url": address, "client_id": "app", "client_secret": "s", "refresh_token": "r"}
            if kind == "xero":
                del body["refresh_token"]
            (await made.http.put(f"{MSP}/{kind}", json=body)).raise_for_status()
        yield made


@pytest.fixture(scope="module")
def psa() -> Iterator[tuple[Gateway, str]]:
    gateway = new_gateway()
    server = {**KEYS, "company_id": "acme", "callback_retry_delays_s": [0, 0]}
    status = {"id": 1, "name": "Open", "isClosed": False}
    invoice = {"id": 501, "invoiceNumber": "1501", "type": "Standard", "status": status, "total": 0}
    gateway.simulator.load(
        {"format": "tieout-connectwise/1", "server": server, "entities": {"/finance/invoices": [invoice]}}
    )
    with serving_in_thread(gateway) as url:
        yield gateway, url


async def until(look: Callable[[], Awaitable[Any]], *, within_s: float = 30) -> Any:
    deadline = asyncio.get_running_loop().time() + within_s
    while not (found := await look()):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.02)
    return found


async def hints(api: Api, provider: str) -> list[dict[str, Any]]:
    found = await api.rows("SELECT value FROM outbox WHERE topic = 'hints' ORDER BY id")
    events = [json.loads(row["value"]) for row in found]
    return [event for event in events if event["provider"] == provider]


async def door(api: Api, connection: str, **wanted: Any) -> str:
    """The path of its address."""
    answer = await api.http.put(f"{MSP}/{connection}/callbacks", json=wanted, headers=REPLACING)
    assert answer.status_code == 200, answer.text
    assert not {"key-of-xero", "token-of-intuit"} & set(answer.text.split('"'))
    return str(answer.json()["url"]).removeprefix(api.url)


def signed(body: bytes, key: bytes) -> str:
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


async def test_a_saved_invoice_in_connectwise_is_a_hint_without_anybody_registering_anything_F211(
    api: Api, psa: tuple[Gateway, str]
) -> None:
    gateway, site = psa
    body = {"kind": "connectwise", "site": site, "login_company": "acme", **KEYS}
    place = f"{MSP}/connectwise"
    (await api.http.put(place, json=body, headers=await seen(api.http, place))).raise_for_status()

    async def registered() -> Any:
        return (await api.http.get(f"{MSP}/connectwise/callbacks")).json()["checked_at"]

    await until(registered)
    (entry,) = gateway.simulator.dump()["callbacks"]
    assert (entry["type"], entry["level"], entry["isSelfSuppressedFlag"]) == ("invoice", "owner", True)
    for known in (1, 2):
        gateway.simulator.mutate(
            {"kind": "patch_entity", "path": "/finance/invoices", "id": 501, "set": {"reference": f"saved {known}"}}
        )

        async def hinted(wanted: int = known) -> Any:
            found = await hints(api, "connectwise")
            return found if len(found) == wanted else None

        newest = (await until(hinted))[-1]
        assert (newest["company_id"], newest["connection_id"]) == ("austin", "connectwise")
        assert newest["changed"] == [{"resource": "invoice", "resource_id": "501"}]
    sent = gateway.simulator.dump()["callback_deliveries"]
    assert [each["attempts"] for each in sent] == [[202], [204]], "the first one waits for its key, no other does"

    address = entry["url"].partition("?")[0]
    key_url = f"{site}/v2025_1//system/callbackkey/index.rails?companyName=acme&id={entry['connectWiseID']}"
    forged = json.dumps({"Type": "invoice", "ID": 501, "Metadata": {"key_url": key_url}}).encode()
    async with httpx.AsyncClient() as http:
        refused = await http.post(address, content=forged, headers={"x-content-signature": signed(forged, b"guessed")})
    assert refused.status_code == 401
    assert len(await hints(api, "connectwise")) == 2


async def test_nobody_has_us_fetch_a_key_from_his_own_host(api: Api, psa: tuple[Gateway, str]) -> None:
    asked: list[str] = []

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    body = {"kind": "connectwise", "site": psa[1], "login_company": "acme", **KEYS}
    place = f"{MSP}/connectwise"
    (await api.http.put(place, json=body, headers=await seen(api.http, place))).raise_for_status()
    path = await door(api, "connectwise")
    before = len(await hints(api, "connectwise"))
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        key_url = f"http://127.0.0.1:{host.server_port}/v2025_1/system/callbackkey/index.rails?companyName=acme&id=1"
        message = json.dumps({"Type": "invoice", "ID": 1, "Metadata": {"key_url": key_url}}).encode()
        for _ in range(2):
            answer = await api.http.post(path.partition("?")[0], content=message)
            assert answer.status_code in {202, 401}

        async def settled() -> bool:
            return (await api.http.post(path.partition("?")[0], content=message)).status_code == 401

        await until(settled)
        host.shutdown()
    assert asked == []
    assert len(await hints(api, "connectwise")) == before


async def test_xero_is_told_that_its_address_is_meant_and_its_events_are_hints(api: Api) -> None:
    path = await door(api, "xero", enabled=True, webhook_key="key-of-xero")
    gateway = xero_gateway()
    app = {"webhook_url": f"{api.url}{path}", "webhook_key": "key-of-xero", "webhook_retry_delays_s": [0]}
    contact = {"ContactID": "0c0a0000-0000-4000-8000-0000000000ab", "Name": "ABC Limited"}
    organisations = [{"tenantId": each, "Contacts": [contact]} for each in (ORGANISATION, FOREIGN)]
    gateway.simulator.load({"format": "tieout-xero/1", "app": app, "organisations": organisations})

    async def state(wanted: str) -> bool:
        return list(gateway.simulator.dump()["webhook_states"].values()) == [wanted]

    gateway.simulator.mutate({"kind": "intent_to_receive"})
    await until(lambda: state("on"))
    assert [each["attempts"] for each in gateway.simulator.dump()["webhook_deliveries"]] == [[200], [401], [200], [401]]
    for tenant in (FOREIGN, ORGANISATION):
        gateway.simulator.mutate({"kind": "archive_contact", "Name": "ABC Limited", "tenantId": tenant})
    (hint,) = await until(lambda: hints(api, "xero"))
    assert (hint["tenant_id"], hint["company_id"]) == ("msp", "sydney")
    assert hint["changed"] == [{"resource": "contact", "resource_id": contact["ContactID"]}]
    assert await state("on"), "an organisation that nobody here has is answered like any other (I-7)"


async def test_an_app_of_the_installation_has_one_address_and_reaches_whoever_consented_to_it(api: Api) -> None:
    """Only them: a company that is connected with credentials of its own hears by its own address only (I-7)."""
    body = {"kind": "xero", "client_id": "app", "client_secret": "s"}
    (await api.http.put("/v1/tenants/other/connections/theirs-xero", json=body)).raise_for_status()
    theirs = {"ledger_connection": "theirs-xero", "connectwise_connection": "their-psa"}
    await api.company("other", "consented", organisation_id="shared", **theirs)
    await api.company("msp", "own-app", organisation_id="shared", connectwise_connection="our-psa")
    await api.rows("INSERT INTO consent VALUES ('consent:theirs', 'other', 'xero', '{}', '', now())")
    await api.rows("UPDATE connection SET consent_id = 'consent:theirs' WHERE connection_id = 'theirs-xero'")
    events = [{"tenantId": "shared", "eventCategory": "INVOICE", "resourceId": "55d8"}]
    body_sent = json.dumps({"events": events}).encode()
    for key, status in ((b"key-of-the-app", 200), (b"key-of-xero", 401)):
        headers = {"x-xero-signature": signed(body_sent, key)}
        assert (await api.http.post("/callbacks/xero", content=body_sent, headers=headers)).status_code == status
    (hint,) = [each for each in await hints(api, "xero") if each["changed"][0]["resource_id"] == "55d8"]
    assert (hint["tenant_id"], hint["company_id"], hint["connection_id"]) == ("other", "consented", "theirs-xero")
    assert (await api.http.post("/callbacks/qbo", content=body_sent)).status_code == 404


async def test_the_signature_of_xero_is_over_the_raw_bytes_and_a_wrong_one_has_an_empty_401(api: Api) -> None:
    path = await door(api, "xero", enabled=True, webhook_key="test-webhook-key")
    body = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0m3r4Nd0mt3xt"}'
    for signature, status in {
        "oHNbSm1QAIXAdwwDNjUF0YK3J6PXHM2bwNGv2Iv5CA0=": 200,
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=": 401,
        "": 401,
    }.items():
        answer = await api.http.post(path, content=body, headers={"x-xero-signature": signature})
        assert (answer.status_code, answer.content) == (status, b"")


@pytest.mark.parametrize("form", ["legacy", "cloudevents"])
async def test_both_forms_of_intuits_webhooks_are_hints_and_a_doubled_one_is_heard_once(api: Api, form: str) -> None:
    path = await door(api, "qbo", enabled=True, webhook_key="token-of-intuit")
    before = len(await hints(api, "qbo"))
    gateway = intuit_gateway()
    hook = {"webhook_url": f"{api.url}{path}", "webhook_format": form, "verifier_token": "token-of-intuit"}
    company = {"realmId": "4620", "refresh_token": "r", "CompanyInfo": {"CompanyName": "Harbourline"}}
    app = {"client_id": "app", "client_secret": "s", **hook}
    gateway.simulator.load({"format": "tieout-qbo/1", "app": app, "companies": [company]})
    (company_now,) = gateway.simulator.companies.values()
    company_now.changes.append(("Invoice", "129", "Update"))
    gateway.simulator._announce()

    async def told() -> Any:
        return (await hints(api, "qbo"))[before:]

    (hint,) = await until(told)
    assert (hint["company_id"], hint["changed"]) == ("austin", [{"resource": "invoice", "resource_id": "129"}])
    (sent,) = gateway.simulator.dump()["webhook_deliveries"]
    again = sent["body"].encode()
    for body, status in ((again, 200), (again + b" ", 401)):
        headers = {"intuit-signature": signed(again, b"token-of-intuit")}
        assert (await api.http.post(path, content=body, headers=headers)).status_code == status
    assert len(await hints(api, "qbo")) == before + 1


async def test_signed_nonsense_is_taken_and_an_unknown_address_or_a_large_body_is_not(api: Api) -> None:
    path = await door(api, "qbo", enabled=True, webhook_key="token-of-intuit")
    for body in (b"", b"[" * 100_000, b"\xff", b'"text"', b'{"eventNotifications": [1, {"realmId": {}}]}'):
        headers = {"intuit-signature": signed(body, b"token-of-intuit")}
        assert (await api.http.post(path, content=body, headers=headers)).status_code == 200
    for place, status in (("/callbacks/qbo/nobody", 404), (path.replace("qbo", "xero"), 404)):
        assert (await api.http.post(place, content=b"{}")).status_code == status
    assert (await api.http.post(path, content=b" " * 300_000)).status_code == 413


async def test_callbacks_of_a_ledger_need_their_key_and_end_when_they_are_switched_off(api: Api) -> None:
    await door(api, "xero", enabled=True, webhook_key="key-of-xero")
    shown = (await api.http.get(f"{MSP}/xero/callbacks")).json()
    assert (shown["enabled"], shown["has_webhook_key"]) == (True, True)
    path = await door(api, "xero", enabled=False)
    assert (await api.http.post(path, content=b"{}")).status_code == 404
    place, switch = f"{MSP}/xero/callbacks", {"enabled": False}
    read = {"If-Match": (await api.http.get(place)).headers["ETag"]}
    for headers, status in (({}, 428), (read, 200), (read, 412)):
        assert (await api.http.put(place, json=switch, headers=headers)).status_code == status, headers
    body = {"kind": "xero", "client_id": "app", "client_secret": "s"}
    (await api.http.put(f"{MSP}/fresh", json=body)).raise_for_status()
    answer = await api.http.put(f"{MSP}/fresh/callbacks", json={}, headers=REPLACING)
    assert (answer.status_code, answer.json()["code"]) == (422, "api.webhook_key_missing")
    assert (await api.http.get("/v1/tenants/other/connections/xero/callbacks")).status_code == 404
    kept = await api.rows("SELECT secret FROM callback_door")
    assert not [row for row in kept if b"key-of-xero" in row["secret"]]
