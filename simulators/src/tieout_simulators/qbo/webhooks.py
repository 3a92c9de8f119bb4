"""Webhooks: what changed, signed, in the legacy form or as CloudEvents (reference 6)."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.frame.webhook_sender import Delivery, WebhookSender
from tieout_simulators.qbo.apps import App

REQUEST_TIMEOUT_S = 3.0
RETRIED_STATUSES = (408, 500, 502, 503, 504)
Change = tuple[str, str, str]
"""Kind, id and operation."""
_VERBS = {"Create": "created", "Update": "updated", "Delete": "deleted", "Void": "voided", "Emailed": "emailed"}


class Webhooks:
    """One message for the changes of one company at a time."""

    def __init__(self, clock: SimulatorClock) -> None:
        self._clock = clock
        self._sender = WebhookSender(
            "intuit-signature", timeout_s=REQUEST_TIMEOUT_S, arrived=range(200, 300), tried_again=RETRIED_STATUSES
        )

    def announce(self, app: App, realm_id: str, changes: Sequence[Change]) -> None:
        """Queue one message about changes of one company."""
        written = _cloud_events if app.webhook_format == "cloudevents" else _legacy
        body = exact_json.dumps(written(realm_id, changes, self._clock.now()))
        signature = signature_of(body, app.verifier_token)
        self._sender.send(Delivery(str(app.webhook_url), body, signature, app.webhook_retry_delays_s))

    def described(self) -> list[JsonObject]:
        """The last 1,000 messages."""
        return self._sender.described()


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
