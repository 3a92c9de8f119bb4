"""Webhooks, over real sockets."""

import base64
import hashlib
import hmac
import http.server
import json
import queue
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.xero.cli import build_gateway

pytestmark = pytest.mark.http
KEY = "the-webhook-key"
ORGANISATION = "0b7c0a00-0000-4000-8000-0000000000aa"


class _Listener(http.server.ThreadingHTTPServer):
    """Keeps what is posted; answers as `answer` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: queue.Queue[bytes] = queue.Queue()
        self.answers: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"

    def answer(self, body: bytes, signature: str) -> int:
        expected = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
        if signature != expected:
            return 401
        return self.answers.pop(0) if self.answers else 200


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Listener)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.messages.put(body)
        self.send_response(self.server.answer(body, self.headers["x-xero-signature"]))
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[_Listener]:
    with _Listener() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


@pytest.fixture
def xero(listener: _Listener) -> Iterator[httpx.Client]:
    gateway = build_gateway()
    app = {"webhook_url": listener.url, "webhook_key": KEY, "webhook_retry_delays_s": [0]}
    contact = {"ContactID": "0c0a0000-0000-4000-8000-0000000000ab", "Name": "ABC Limited"}
    gateway.simulator.load(
        {"format": "tieout-xero/1", "app": app, "organisations": [{"tenantId": ORGANISATION, "Contacts": [contact]}]}
    )
    with serving_in_thread(gateway) as url, httpx.Client(base_url=f"{url}/_sim") as client:
        yield client


def archive(xero: httpx.Client) -> None:
    xero.post("/event", json={"kind": "archive_contact", "Name": "ABC Limited"}).raise_for_status()


def state(xero: httpx.Client, wanted: str) -> dict[str, Any]:
    """The dump, once the webhooks' state is the wanted one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        dumped: dict[str, Any] = xero.get("/dump").json()
        if list(dumped["webhook_states"].values()) == [wanted]:
            return dumped
        time.sleep(0.02)
    raise AssertionError(dumped["webhook_states"])


def test_a_change_is_told_thinly_and_signed_over_the_raw_body(xero: httpx.Client, listener: _Listener) -> None:
    archive(xero)
    (event,) = json.loads(listener.messages.get(timeout=10))["events"]
    assert (event["eventCategory"], event["eventType"], event["tenantId"]) == ("CONTACT", "UPDATE", ORGANISATION)
    assert event["resourceUrl"].endswith(f"/Contacts/{event['resourceId']}")


def test_what_is_never_answered_with_200_turns_them_off_until_the_intent_is_shown_again(
    xero: httpx.Client, listener: _Listener
) -> None:
    listener.answers = [500, 204]
    archive(xero)
    told = state(xero, "off")["webhook_deliveries"]
    assert [(one["attempts"], one["outcome"]) for one in told] == [([500, 204], "failed")]
    xero.post("/event", json={"kind": "intent_to_receive"}).raise_for_status()
    asked = state(xero, "on")["webhook_deliveries"][1:]
    assert [one["attempts"] for one in asked] == [[200], [401], [200], [401]]
