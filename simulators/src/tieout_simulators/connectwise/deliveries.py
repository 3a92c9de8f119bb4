"""Sending callbacks: the body, its signature, the bounded retries, and a record of what came of each."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import queue
import secrets
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from tieout_simulators.connectwise.assumptions import callback_entity
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Record, printed
from tieout_simulators.connectwise.site import Site
from tieout_simulators.frame import exact_json

REQUEST_TIMEOUT_S = 5.0
RETRIED_STATUSES = (404, 409, 419, 429)
SENDERS = 4
MAX_WAITING = 10_000
MAX_REMEMBERED = 1_000
KEY_PATH = "/system/callbackkey/index.rails"


@dataclass(slots=True)
class Delivery:
    """One message to one callback entry; ``attempts`` are HTTP statuses, or what went wrong instead."""

    callback_id: int
    url: str
    body: bytes
    signature: str
    message_id: str
    record_id: int
    action: str
    made: datetime
    attempts: list[int | str] = field(default_factory=list)
    outcome: str = "waiting"

    def described(self) -> JsonObject:
        """For ``/_sim/dump``."""
        return {
            "callbackId": self.callback_id,
            "messageId": self.message_id,
            "recordId": self.record_id,
            "action": self.action,
            "made": printed(self.made),
            "url": self.url,
            "attempts": list(self.attempts),
            "outcome": self.outcome,
        }


class Deliveries:
    """Announces changes to the registered callbacks from a few threads of its own.

    Each request may take 5 s. Only 404, 409, 419 and 429 are tried again, after the waits of the settings. At most
    10,000 messages wait; the newest beyond that are dropped and said so in their outcome.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._keys: dict[str, str] = {}
        self._waiting: queue.Queue[Delivery] = queue.Queue(MAX_WAITING)
        self._remembered: deque[Delivery] = deque(maxlen=MAX_REMEMBERED)
        self._senders: list[threading.Thread] = []
        self._never = threading.Event()
        self.base_url = "http://127.0.0.1"

    def signing_key(self, key_id: str) -> str | None:
        """The key that a ``key_url`` of a message named."""
        return self._keys.get(key_id)

    def announce(self, callback_type: str, action: str, record: Record) -> None:
        """Queue one message for every entry that wants it."""
        for entry in self._site.callbacks.wanting(callback_type, record.fields):
            delivery = self._delivery(entry, action, record)
            self._remembered.append(delivery)
            self._start_senders()
            try:
                self._waiting.put_nowait(delivery)
            except queue.Full:
                delivery.outcome = "dropped"

    def described(self) -> list[JsonObject]:
        """The last 1,000 messages."""
        return [delivery.described() for delivery in list(self._remembered)]

    def _delivery(self, entry: Record, action: str, record: Record) -> Delivery:
        key_id, message_id = entry.fields["connectWiseID"], str(uuid.uuid4())
        key = self._keys.setdefault(key_id, secrets.token_urlsafe(32))
        settings, now = self._site.settings, self._site.clock.now()
        key_query = urlencode({"companyName": settings.company_id, "id": key_id})
        body = exact_json.dumps(
            {
                "Action": action,
                "CallbackObjectRecId": entry.id,
                "CompanyId": settings.company_id,
                "Entity": exact_json.dumps(callback_entity(record.fields)).decode(),
                "FromUrl": urlsplit(self.base_url).netloc,
                "ID": record.id,
                "MemberId": settings.member,
                "MessageId": message_id,
                "Metadata": {"key_url": f"{self.base_url}/{settings.codebase}{KEY_PATH}?{key_query}"},
                "Type": entry.fields["type"],
            }
        )
        url = f"{entry.fields['url']}{record.id}&action={action}"
        return Delivery(entry.id, url, body, signature_of(body, key), message_id, record.id, action, now)

    def _start_senders(self) -> None:
        while len(self._senders) < SENDERS:
            thread = threading.Thread(target=self._send_for_ever, name="callback-sender", daemon=True)
            self._senders.append(thread)
            thread.start()

    def _send_for_ever(self) -> None:
        while True:
            delivery = self._waiting.get()
            delivered = self._deliver(delivery)
            delivery.outcome = "delivered" if delivered else "failed"
            self._site.callbacks.note_outcome(delivery.callback_id, delivered)

    def _deliver(self, delivery: Delivery) -> bool:
        for wait_s in (0, *self._site.settings.callback_retry_delays_s):
            self._never.wait(wait_s)
            result = send_once(delivery)
            delivery.attempts.append(result)
            if isinstance(result, int) and 200 <= result < 300:
                return True
            if result not in RETRIED_STATUSES:
                return False
        return False


def signature_of(body: bytes, signing_key: str) -> str:
    """``x-content-signature``: the HMAC's key is the SHA-256 of the signing key, its message the raw body."""
    key = hashlib.sha256(signing_key.encode()).digest()
    return base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()


def send_once(delivery: Delivery) -> int | str:
    """The status of one POST, or the name of what broke it. Proxies and redirects are not followed."""
    parts = urlsplit(delivery.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=REQUEST_TIMEOUT_S)) as connection:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            headers = {"Content-Type": "application/json", "x-content-signature": delivery.signature}
            connection.request("POST", target, delivery.body, headers)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
