"""Callbacks: registering them as ConnectWise checks it, and what is delivered when an invoice is closed."""

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

pytestmark = pytest.mark.http
CALLBACKS = "/system/callbacks"
CLOSED = {"id": 13, "name": "Closed", "isClosed": True}
PATIENCE_S = 20


@dataclass
class Inbox:
    """A web server that keeps what is posted to it and answers with the next of ``statuses``, else 200."""

    url: str = ""
    received: "queue.Queue[tuple[str, dict[str, str], bytes]]" = field(default_factory=queue.Queue)
    statuses: "queue.Queue[int]" = field(default_factory=queue.Queue)

    def next(self) -> tuple[str, dict[str, str], bytes]:
        return self.received.get(timeout=PATIENCE_S)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()

    class Post(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 200 if inbox.statuses.empty() else inbox.statuses.get()
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            inbox.received.put((self.path, {name.lower(): value for name, value in self.headers.items()}, body))

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Post)
    inbox.url = f"http://127.0.0.1:{server.server_address[1]}/hook?tenant=a&recordId="
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield inbox
    server.shutdown()
    server.server_close()
    thread.join()


def _register(psa: Any, url: str, **more: Any) -> dict[str, Any]:
    answer = psa.call("POST", CALLBACKS, {"url": url, "objectId": 1, "type": "invoice", "level": "owner", **more})
    assert answer.status_code == 201, answer.text
    entry: dict[str, Any] = answer.json()
    return entry


def _close(psa: Any, invoice_id: int = 4) -> None:
    psa.event(kind="patch_entity", path="/finance/invoices", id=invoice_id, set={"status": CLOSED})


def _outcomes(psa: Any) -> list[str]:
    """What became of all deliveries, once none is waiting."""
    while True:
        outcomes = [each["outcome"] for each in psa.sim("GET", "/dump")["callback_deliveries"]]
        if "waiting" not in outcomes:
            return outcomes


def test_an_entry_comes_back_completed(psa: Any) -> None:
    request = {"id": 0, "objectId": 0, "memberId": 0, "connectWiseID": "", "url": "https://t.example/?recordId="}
    entry = psa.call("POST", CALLBACKS, {**request, "type": "Invoice", "level": "Owner", "description": ""}).json()
    assert len(entry.pop("connectWiseID")) == 36
    assert entry.pop("_info")["updatedBy"] == "TieoutAPI"
    assert entry == {
        "id": 26559,
        "url": "https://t.example/?recordId=",
        "objectId": 1,
        "type": "invoice",
        "level": "owner",
        "memberId": 243,
        "payloadVersion": "3.0.0",
        "inactiveFlag": False,
        "isSoapCallbackFlag": False,
        "isSelfSuppressedFlag": False,
    }


def test_a_matching_entry_exists_already(psa: Any, errors_of: Any) -> None:
    entry = _register(psa, "https://t.example/?recordId=")
    again = psa.call("POST", CALLBACKS, entry)
    assert errors_of(again) == [("ObjectExists", "objectId")]
    assert again.json()["message"] == "callbackEntry object is invalid"
    assert again.json()["errors"][0]["resource"] == "callbackEntry"
    _register(psa, "https://other.example/?recordId=")
    assert psa.get(f"{CALLBACKS}/count") == {"count": 2}


def test_wrong_fields_are_refused_all_at_once(psa: Any, errors_of: Any) -> None:
    body = {"url": "test", "objectId": 1, "type": "invoice", "level": "status", "description": "x" * 101}
    answer = psa.call("POST", CALLBACKS, body)
    assert errors_of(answer) == [("InvalidField", "description"), ("InvalidField", "url"), ("InvalidObject", "level")]
    assert answer.json()["errors"][1]["message"] == "Invalid URL"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"url": "https://t.example", "objectId": 1, "type": "invoice"}, ("MissingRequiredField", "level")),
        ({"url": "https://t.example", "objectId": 1, "type": "batch", "level": "owner"}, ("InvalidField", "type")),
        ({"url": "http://[", "objectId": 1, "type": "invoice", "level": "owner"}, ("InvalidField", "url")),
        ({"url": "ftp://t.example", "objectId": 1, "type": "time", "level": "owner"}, ("InvalidField", "url")),
        ({"url": 1, "objectId": 1, "type": "invoice", "level": "owner"}, ("InvalidField", "callbackEntry")),
        ([], ("InvalidField", "callbackEntry")),
    ],
)
def test_a_wrong_entry_is_refused(psa: Any, errors_of: Any, body: Any, error: tuple[str, str]) -> None:
    assert errors_of(psa.call("POST", CALLBACKS, body)) == [error]


def test_entries_are_read_replaced_patched_and_deleted(psa: Any) -> None:
    entry = _register(psa, "https://t.example/?recordId=")
    path = f"{CALLBACKS}/{entry['id']}"
    assert psa.ids(CALLBACKS, conditions='url contains "t.example"') == [entry["id"]]
    put = psa.call("PUT", path, {**entry, "description": "mine"}).json()
    assert (put["description"], put["connectWiseID"]) == ("mine", entry["connectWiseID"])
    operations = [{"op": "replace", "path": "inactiveFlag", "value": True}, {"op": "remove", "path": "/description"}]
    patched = psa.call("PATCH", path, operations).json()
    assert (patched["inactiveFlag"], "description" in patched) == (True, False)
    assert psa.get(path) == patched
    assert psa.call("DELETE", path).status_code == 204
    assert psa.call("GET", path).status_code == 404


@pytest.mark.parametrize(
    "operations",
    [
        {"op": "add"},
        [{"op": "move", "path": "url", "value": "x"}],
        [{"op": "replace", "path": "url"}],
        [{"op": "replace", "path": "a/b", "value": 1}],
        [{"op": "replace", "path": "url", "value": "nothing"}],
        ["x"],
    ],
)
def test_a_patch_that_cannot_be_is_refused(psa: Any, operations: Any) -> None:
    entry = _register(psa, "https://t.example/?recordId=")
    assert psa.call("PATCH", f"{CALLBACKS}/{entry['id']}", operations).status_code == 400
    assert psa.get(f"{CALLBACKS}/{entry['id']}") == entry


def test_closing_an_invoice_is_announced_to_the_url_with_record_id_and_action(psa: Any, inbox: Inbox) -> None:
    entry = _register(psa, inbox.url)
    _close(psa)
    path, headers, body = inbox.next()
    assert path == "/hook?tenant=a&recordId=4&action=updated"
    assert headers["content-type"] == "application/json"
    message = json.loads(body)
    assert (message["Action"], message["Type"], message["ID"]) == ("updated", "invoice", 4)
    assert (message["CompanyId"], message["CallbackObjectRecId"]) == ("acme", entry["id"])
    assert len(message["MessageId"]) == 36
    assert _outcomes(psa) == ["delivered"]


def test_the_entity_is_a_summarised_record_in_a_string(psa: Any, inbox: Inbox) -> None:
    _register(psa, inbox.url)
    _close(psa)
    entity = json.loads(json.loads(inbox.next()[2])["Entity"])
    assert (entity["id"], entity["invoiceNumber"], entity["status"]) == (4, "40004", {"id": 13, "name": "Closed"})


def test_the_signature_is_made_with_the_key_that_the_message_names(psa: Any, inbox: Inbox) -> None:
    _register(psa, inbox.url)
    _close(psa)
    _, headers, body = inbox.next()
    key_url = json.loads(body)["Metadata"]["key_url"]
    parts = urlsplit(key_url)
    assert parts.netloc == urlsplit(psa.base_url).netloc
    assert parts.path == "/v2025_1//system/callbackkey/index.rails"
    assert parse_qs(parts.query)["companyName"] == ["acme"]
    signing_key = httpx.get(key_url).json()["signing_key"]
    digest = hmac.new(hashlib.sha256(signing_key.encode()).digest(), body, hashlib.sha256).digest()
    assert headers["x-content-signature"] == base64.b64encode(digest).decode()
    assert httpx.get(key_url.replace("acme", "other")).status_code == 404
    assert httpx.get(f"{psa.base_url}/v2025_1/system/callbackkey/index.rails?companyName=acme&id=x").status_code == 404


def test_only_active_entries_of_the_type_are_told(psa: Any, inbox: Inbox) -> None:
    _register(psa, inbox.url + "1&x=", inactiveFlag=True)
    _register(psa, inbox.url + "2&x=", type="company")
    _register(psa, inbox.url + "3&x=", type="company", level="company", objectId=20)
    _register(psa, inbox.url + "4&x=", type="company", level="company", objectId=19)
    psa.event(kind="patch_entity", path="/company/companies", id=19, set={"name": "Oak"})
    paths = sorted(inbox.next()[0] for _ in range(2))
    assert [path.partition("recordId=")[2] for path in paths] == ["2&x=19&action=updated", "4&x=19&action=updated"]
    assert len(_outcomes(psa)) == 2


def test_records_without_a_callback_type_are_changed_silently(psa: Any, inbox: Inbox) -> None:
    _register(psa, inbox.url)
    psa.event(kind="patch_entity", path="/finance/billingTerms", id=12, set={"name": "30 days"})
    assert _outcomes(psa) == []


def test_a_429_is_tried_twice_more_and_then_given_up(psa: Any, inbox: Inbox) -> None:
    psa.load({"format": "tieout-connectwise/1", "server": {"callback_retry_delays_s": [0, 0]}})
    _register(psa, inbox.url)
    for status in (429, 404, 409, 419):
        inbox.statuses.put(status)
    _close(psa)
    bodies = [inbox.next()[2] for _ in range(3)]
    assert len(set(bodies)) == 1
    assert _outcomes(psa) == ["failed"]
    assert psa.sim("GET", "/dump")["callback_deliveries"][0]["attempts"] == [429, 404, 409]


def test_a_retry_may_succeed(psa: Any, inbox: Inbox) -> None:
    psa.load({"format": "tieout-connectwise/1", "server": {"callback_retry_delays_s": [0, 0]}})
    _register(psa, inbox.url)
    inbox.statuses.put(429)
    _close(psa)
    assert inbox.next()[2] == inbox.next()[2]
    assert _outcomes(psa) == ["delivered"]


def test_other_failures_are_not_tried_again(psa: Any, inbox: Inbox) -> None:
    _register(psa, inbox.url)
    inbox.statuses.put(500)
    _close(psa)
    inbox.next()
    assert _outcomes(psa) == ["failed"]


def test_an_unreachable_receiver_fails_the_delivery_only(psa: Any) -> None:
    _register(psa, "http://127.0.0.1:1/hook?recordId=")
    _close(psa)
    assert _outcomes(psa) == ["failed"]
    assert psa.unposted() == [1, 2, 3, 4]


def test_failures_on_three_days_running_switch_the_entry_off_until_it_is_patched(psa: Any) -> None:
    entry = _register(psa, "http://127.0.0.1:1/hook?recordId=")
    path = f"{CALLBACKS}/{entry['id']}"
    for day in range(3):
        assert psa.get(path)["inactiveFlag"] is False, f"after {day} days"
        _close(psa)
        assert _outcomes(psa) == ["failed"] * (day + 1)
        psa.sim("POST", "/clock", {"advance_s": 86_400})
    while psa.get(path)["inactiveFlag"] is False:
        pass
    _close(psa)
    assert len(_outcomes(psa)) == 3
    psa.call("PATCH", path, [{"op": "replace", "path": "inactiveFlag", "value": False}])
    _close(psa)
    assert len(_outcomes(psa)) == 4
