"""The Xero apps that may call, the organisations each is connected to, and what each used up."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tieout_simulators.xero.idempotency import IdempotencyStore
from tieout_simulators.xero.limits import Limits, Meter
from tieout_simulators.xero.tokens import ACCESS_TOKEN_S

DEFAULT_CLIENT_ID = "tieout-simulator"
DEFAULT_CLIENT_SECRET = "tieout-simulator-secret"  # noqa: S105 - a simulator's


@dataclass(frozen=True, slots=True)
class Connection:
    """One organisation that an app may reach."""

    connection_id: str
    tenant_id: str
    created: datetime
    event_id: str
    """The consent that brought it first."""

    def as_json(self, tenant_name: str) -> dict[str, Any]:
        """The shape of ``GET /connections``: 7 fractional digits and no zone."""
        created = f"{self.created:%Y-%m-%dT%H:%M:%S}.{self.created.microsecond:06d}0"
        return {
            "id": self.connection_id,
            "authEventId": self.event_id,
            "tenantId": self.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": tenant_name,
            "createdDateUtc": created,
            "updatedDateUtc": created,
        }


@dataclass(slots=True)
class App:
    """One Xero app, custom connection or web app alike."""

    client_id: str
    client_secret: str
    meter: Meter
    event_id: str
    """The consent that stands for a custom connection and for what a data file connects."""
    redirect_uris: tuple[str, ...] = ()
    """Where a consent may lead back to, to the letter; none: anywhere."""
    access_token_s: int = ACCESS_TOKEN_S
    connections: dict[str, Connection] = field(default_factory=dict)
    """By tenant id."""
    offered: list[str] = field(default_factory=list)
    """The organisations of the person who consents: those that a data file connected."""
    idempotency: IdempotencyStore = field(default_factory=IdempotencyStore)
    webhook_url: str | None = None
    webhook_key: str = ""
    webhook_retry_delays_s: tuple[float, ...] = (0, 2)
    webhook_state: str = "off"
    """``off``, ``asking`` (intent to receive) or ``on``, as it is for a data file's ``webhook_url``."""

    def connect(self, tenant_id: str, now: datetime, event_id: str | None = None) -> None:
        """Connect an organisation, once."""
        connection_id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.client_id}/{tenant_id}"))
        self.connections.setdefault(tenant_id, Connection(connection_id, tenant_id, now, event_id or self.event_id))

    def offer(self, tenant_id: str, now: datetime) -> None:
        """Connect an organisation of a data file; a consent that names none connects it again."""
        self.connect(tenant_id, now)
        if tenant_id not in self.offered:
            self.offered.append(tenant_id)

    def carry_over(self, known: "App") -> None:
        """Take over what an app of the same id has used and reaches; its counts only while the limits are the same."""
        self.connections, self.idempotency, self.offered = known.connections, known.idempotency, known.offered
        if known.meter.limits == self.meter.limits:
            self.meter = known.meter

    def disconnect(self, connection_id: str) -> bool:
        """End a connection; False when there is none."""
        for tenant_id, connection in self.connections.items():
            if connection.connection_id == connection_id:
                del self.connections[tenant_id]
                return True
        return False


def app_from(settings: dict[str, Any], overrides: dict[str, int]) -> App:
    """An app of a data file; the command line's overrides win. Raises ``ValueError`` for a limit that is no number."""
    defaults = Limits()
    limits = Limits(
        *(
            int(overrides.get(f"{name}_limit", settings.get(f"{name}_limit", getattr(defaults, name))))
            for name in ("minute", "day", "concurrent", "app_minute")
        )
    )
    client_id = str(settings.get("client_id", DEFAULT_CLIENT_ID))
    secret = str(settings.get("client_secret", DEFAULT_CLIENT_SECRET))
    app = App(client_id, secret, Meter(limits), str(uuid.uuid5(uuid.NAMESPACE_URL, f"event/{client_id}")))
    app.redirect_uris = tuple(settings.get("redirect_uris", ()))
    app.access_token_s = int(settings.get("access_token_s", ACCESS_TOKEN_S))
    app.webhook_key = str(settings.get("webhook_key", ""))
    if url := settings.get("webhook_url"):
        app.webhook_url, app.webhook_state = str(url), "on"
    if delays_s := settings.get("webhook_retry_delays_s"):
        app.webhook_retry_delays_s = tuple(float(each) for each in delays_s)
    return app
