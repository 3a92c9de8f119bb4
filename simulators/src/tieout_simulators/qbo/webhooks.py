"""Webhooks: what changed, signed, in the legacy form or as CloudEvents (reference 6)."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import queue
import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.apps import App

REQUEST_TIMEOUT_S = 3.0
RETRIED_STATUSES = (408, 500, 502, 503, 504)
MAX_WAITING = 10_000
MAX_REMEMBERED = 1_000
Change = tuple[str, str, str]
"""Kind, id and operation."""
_VERBS = {"Create": "created", "Update": "updated", "Delete": "deleted", "Void": "voided", "Emailed": "emailed"}


@dataclass(slots=True)
class Delivery:
    """One message; ``attempts`` are HTTP statuses, or what went wrong instead."""

    url: str
    body: bytes
    signature: str
    retry_delays_s: tuple[float, ...]
    attempts: list[int | str] = field(default_factory=list)
    outcome: str = "waiting"

    def described(self) -> JsonObject:
        """For ``/_sim/dump``."""
        return {
            "url": self.url,
            "body": self.body.decode(),
            "attempts": list(self.attempts),
            "outcome": self.outcome,
        }


class Webhooks:
    """Sends messages from a thread of its own, which begins with the first one. At most 10,000 wait; the newest
    beyond that are dropped and said so in their outcome."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._waiting: queue.Queue[Delivery] = queue.Queue(MAX_WAITING)
        self._remembered: deque[Delivery] = deque(maxlen=MAX_REMEMBERED)
        self._sender: threading.Thread | None = None
        self._never = threading.Event()

    def announce(self, app: App, realm_id: str, changes: Sequence[Change]) -> None:
        """Queue one message about changes of one company."""
        written = _cloud_events if app.webhook_format == "cloudevents" else _legacy
        body = exact_json.dumps(written(realm_id, changes, self._clock.now()))
        delivery = Delivery(
            str(app.webhook_url), body, signature_of(body, app.verifier_token), app.webhook_retry_delays_s
        )
        self._remembered.append(delivery)
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_for_ever, name="webhook-sender", daemon=True)
            self._sender.start()
        try:
            self._waiting.put_nowait(delivery)
        except queue.Full:
            delivery.outcome = "dropped"

    def described(self) -> list[JsonObject]:
        """The last 1,000 messages."""
        return [delivery.described() for delivery in list(self._remembered)]

    def _send_for_ever(self) -> None:
        while True:
            delivery = self._waiting.get()
            delivery.outcome = "delivered" if self._deliver(delivery) else "failed"

    def _deliver(self, delivery: Delivery) -> bool:
        for wait_s in (0, *delivery.retry_delays_s):
            self._never.wait(wait_s)
            result = _send_once(delivery)
            delivery.attempts.append(result)
            if isinstance(result, int) and 200 <= result < 300:
                return True
            if result not in RETRIED_STATUSES:
                return False
        return False


def signature_of(body: bytes, verifier_token: str) -> str:
    """``intuit-signature``: base64 of HMAC-SHA256 over the raw body, keyed by the app's verifier token."""
    return base64.b64encode(hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()).decode()


def _legacy(realm_id: str, changes: Sequence[Change], now: datetime) -> JsonObject:
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    entities = [
        {"name": kind, "id": entity_id, "operation": operation, "lastUpdated": moment}
        for kind, entity_id, operation in changes
    ]
    return {"eventNotifications": [{"realmId": realm_id, "dataChangeEvent": {"entities": entities}}]}


def _cloud_events(realm_id: str, changes: Sequence[Change], now: datetime) -> list[JsonObject]:
    """An array; the times have nanoseconds."""
    moment = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond:06d}333Z"
    return [
        {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "intuit.simulated",
            "type": f"qbo.{kind.lower()}.{_VERBS[operation]}.v1",
            "time": moment,
            "intuitentityid": entity_id,
            "intuitaccountid": realm_id,
            "data": {},
        }
        for kind, entity_id, operation in changes
    ]


def _send_once(delivery: Delivery) -> int | str:
    """The status of one POST, or the name of what broke it. Proxies and redirects are not followed."""
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=REQUEST_TIMEOUT_S)) as connection:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            headers = {"Content-Type": "application/json", "intuit-signature": delivery.signature}
            connection.request("POST", target, delivery.body, headers)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
