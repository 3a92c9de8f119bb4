"""Webhooks: thin events of invoices, contacts and credit notes, signed; and the intent to receive (reference 6)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.frame.webhook_sender import Delivery, WebhookSender
from tieout_simulators.xero.apps import App

REQUEST_TIMEOUT_S = 5.0
ITR_MESSAGES = 4
MAX_EVENTS_A_MESSAGE = 100
Change = tuple[str, str, str]
"""Category, id and type of event."""
_PATHS = {"INVOICE": "Invoices", "CREDITNOTE": "CreditNotes", "CONTACT": "Contacts"}


class Webhooks:
    """Sends one message for each lot of changes. Whatever is not answered with 200 is tried again; after the last try
    the app's webhooks are off, until an intent to receive was answered well."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._sequence = 0
        self._sender = WebhookSender(
            "x-xero-signature", timeout_s=REQUEST_TIMEOUT_S, arrived=range(200, 201), tried_again=None
        )

    def announce(self, app: App, tenant_id: str, changes: Sequence[Change]) -> None:
        """Queue messages about changes of one organisation."""
        if app.webhook_state != "on":
            return
        for start in range(0, len(changes), MAX_EVENTS_A_MESSAGE):
            events = [_event(tenant_id, change, self._clock.now()) for change in changes[start:][:MAX_EVENTS_A_MESSAGE]]

            def ended(delivery: Delivery) -> None:
                if delivery.outcome == "failed":
                    app.webhook_state = "off"

            self._send(app, events, app.webhook_key, app.webhook_retry_delays_s, ended)

    def intend(self, app: App) -> None:
        """Ask whether the app's address is meant: some messages are signed wrongly and must be refused with 401.

        Unconfirmed: how many of them, and in which order.
        """
        results: list[bool] = []
        app.webhook_state = "asking"

        def judged(well_signed: bool, delivery: Delivery) -> None:
            results.append(delivery.attempts == [200 if well_signed else 401])
            if len(results) == ITR_MESSAGES:
                app.webhook_state = "on" if all(results) else "off"

        for number in range(ITR_MESSAGES):
            good = number % 2 == 0
            key = app.webhook_key if good else secrets.token_urlsafe(16)
            self._send(app, [], key, (), partial(judged, good))

    def described(self) -> list[JsonObject]:
        """The last 1,000 messages."""
        return self._sender.described()

    def _send(
        self,
        app: App,
        events: list[JsonObject],
        key: str,
        retry_delays_s: tuple[float, ...],
        ended: Callable[[Delivery], None],
    ) -> None:
        first = self._sequence + 1
        self._sequence += len(events)
        body = exact_json.dumps(
            {
                "events": events,
                "firstEventSequence": first if events else 0,
                "lastEventSequence": self._sequence if events else 0,
                "entropy": secrets.token_hex(10).upper(),
            }
        )
        self._sender.send(Delivery(str(app.webhook_url), body, signature_of(body, key), retry_delays_s, ended))


def signature_of(body: bytes, webhook_key: str) -> str:
    """``x-xero-signature``: base64 of HMAC-SHA256 over the raw body, keyed by the app's webhook key."""
    return base64.b64encode(hmac.new(webhook_key.encode(), body, hashlib.sha256).digest()).decode()


def _event(tenant_id: str, change: Change, now: datetime) -> JsonObject:
    category, resource_id, event_type = change
    return {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/{_PATHS[category]}/{resource_id}",
        "resourceId": resource_id,
        "eventDateUtc": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}",
        "eventType": event_type,
        "eventCategory": category,
        "tenantId": tenant_id,
        "tenantType": "ORGANISATION",
    }
