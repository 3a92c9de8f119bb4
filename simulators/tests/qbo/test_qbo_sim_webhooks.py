"""Webhooks, over real sockets."""

import base64
import hashlib
import hmac
import http.server
import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.http
Message = tuple[bytes, str]


class _Listener(http.server.ThreadingHTTPServer):
    """Keeps what is posted; answers with the statuses it was given, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.messages: queue.Queue[Message] = queue.Queue()
        self.statuses: list[int] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook?x=1"

    def next(self) -> Message:
        return self.messages.get(timeout=5)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Listener)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.messages.put((body, self.headers["intuit-signature"]))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
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


async def test_the_legacy_form_is_signed_with_the_verifier_token(
    open_company: Callable[..., Any], listener: _Listener
) -> None:
    qbo = open_company(app={"webhook_url": listener.url, "verifier_token": "verify-me"})
    made = await qbo.invoice()
    body, signature = listener.next()
    expected = base64.b64encode(hmac.new(b"verify-me", body, hashlib.sha256).digest()).decode()
    assert signature == expected
    (notification,) = json.loads(body)["eventNotifications"]
    (entity,) = notification["dataChangeEvent"]["entities"]
    assert notification["realmId"] == qbo.realm_id
    assert (entity["name"], entity["id"], entity["operation"]) == ("Invoice", made["Id"], "Create")
    await qbo.event("add_payment", Id=made["Id"])
    names = [
        each["name"] for each in json.loads(listener.next()[0])["eventNotifications"][0]["dataChangeEvent"]["entities"]
    ]
    assert names == ["Payment", "Invoice"]


async def test_cloud_events_are_an_array(open_company: Callable[..., Any], listener: _Listener) -> None:
    qbo = open_company(app={"webhook_url": listener.url, "webhook_format": "cloudevents"})
    made = await qbo.credit()
    (event,) = json.loads(listener.next()[0])
    assert (event["specversion"], event["type"]) == ("1.0", "qbo.creditmemo.created.v1")
    assert (event["intuitentityid"], event["intuitaccountid"]) == (made["Id"], qbo.realm_id)
    assert len(event["time"]) == len("2025-10-07T19:59:07.034359333Z")
    await qbo.event("email_document", entity="CreditMemo", Id=made["Id"])
    assert json.loads(listener.next()[0])[0]["type"] == "qbo.creditmemo.emailed.v1"


async def test_a_failed_delivery_is_tried_again_and_remembered(
    open_company: Callable[..., Any], listener: _Listener
) -> None:
    listener.statuses = [503, 404]
    qbo = open_company(app={"webhook_url": listener.url, "webhook_retry_delays_s": [0, 0]})
    await qbo.invoice()
    first, second = listener.next(), listener.next()
    assert first == second
    await qbo.invoice()
    listener.next()
    (one, other) = (await qbo.http.get("/_sim/dump")).json()["webhook_deliveries"]
    assert one["attempts"] == [503, 404]
    assert one["outcome"] == "failed"
    assert other["url"] == listener.url


async def test_nobody_listening_is_an_outcome_too(open_company: Callable[..., Any], listener: _Listener) -> None:
    silent = _Listener()
    silent.server_close()
    qbo = open_company(app={"webhook_url": silent.url, "webhook_retry_delays_s": []})
    await qbo.invoice()
    await qbo.sim("load", {"format": "tieout-qbo/1", "app": {**qbo.app, "webhook_url": listener.url}, "companies": []})
    await qbo.invoice()
    listener.next()
    first, _ = (await qbo.http.get("/_sim/dump")).json()["webhook_deliveries"]
    assert (first["attempts"], first["outcome"]) == (["ConnectionRefusedError"], "failed")
