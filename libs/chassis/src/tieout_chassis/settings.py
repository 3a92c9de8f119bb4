"""What every service reads from its environment (prefix `TIEOUT_`). A service subclasses `ServiceSettings`."""

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Seconds = Annotated[float, Field(gt=0)]


class ServiceSettings(BaseSettings):
    """Sizes and times carry their unit in their name. Secrets are given as files, or kept out of every repr."""

    model_config = SettingsConfigDict(env_prefix="TIEOUT_", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: Annotated[str, Field(repr=False)]
    database_pool_size: Annotated[int, Field(ge=2, le=100)] = 10

    bus: Literal["postgres", "kafka"] = "postgres"
    kafka_bootstrap_servers: str | None = None
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_ca_file: Path | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_replication_factor: Annotated[int, Field(ge=1)] = 1
    topic_prefix: Annotated[str, Field(pattern=r"^[a-z0-9.-]*$")] = ""
    bus_retention_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 24
    max_poll: Annotated[int, Field(ge=1, le=5_000)] = 200
    """The most messages a consumer holds at once; this is the bus's back-pressure."""

    config_api_url: str = "http://127.0.0.1:8710"
    service_key_file: Path | None = None
    """This service's own key to config-api's internal port, from where it has its tenants' keys."""
    sealing_key_file: Path | None = None
    """The installation's keys. Only config-api needs them; elsewhere they open what was sealed before tenants had keys
    of their own, and seal where there is no service key."""

    keys_refresh_s: Seconds = 60
    """A tenant's key that was replaced or destroyed is noticed after so long."""

    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    """Where /livez /readyz /metrics are served; none: not at all (the single-node edition serves one for all)."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    otlp_endpoint: str | None = None

    drain_timeout_s: Seconds = 20
    lease_s: Seconds = 30
    relay_batch: Annotated[int, Field(ge=1, le=10_000)] = 500
    poll_wait_s: Seconds = 0.5
    """How long a reader sleeps when no wake-up reaches it."""
    max_deliveries: Annotated[int, Field(ge=1, le=100)] = 5
    inbox_retention_days: Annotated[int, Field(ge=1)] = 30
    outbox_retention_hours: Annotated[int, Field(ge=1)] = 72
    dead_letter_retention_days: Annotated[int, Field(ge=1)] = 30

    @field_validator("config_api_url")
    @classmethod
    def _encrypted_or_loopback(cls, url: str) -> str:
        return encrypted_or_loopback(url)

    @model_validator(mode="after")
    def _marks_outlive_the_news(self) -> "ServiceSettings":
        """An event that can still come again must still be known."""
        if self.inbox_retention_days * 24 <= max(self.outbox_retention_hours, self.bus_retention_hours):
            raise ValueError("inbox_retention_days must be longer than outbox_retention_hours and bus_retention_hours")
        return self

    @model_validator(mode="after")
    def _knows_keys(self) -> "ServiceSettings":
        if not self._key_sources():
            raise ValueError("TIEOUT_SERVICE_KEY_FILE is not set: without it there are no keys to seal with")
        return self

    def _key_sources(self) -> Sequence[object]:
        return [source for source in (self.service_key_file, self.sealing_key_file) if source is not None]

    @model_validator(mode="after")
    def _kafka_needs_servers(self) -> "ServiceSettings":
        if self.bus == "kafka" and not self.kafka_bootstrap_servers:
            raise ValueError("TIEOUT_BUS=kafka needs TIEOUT_KAFKA_BOOTSTRAP_SERVERS")
        return self


def encrypted_or_loopback(url: str) -> str:
    """The URL without its last slash if it is https, or http to this very machine; `ValueError` otherwise (F3)."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and _is_loopback(parts.hostname or ""):
        return url.rstrip("/")
    raise ValueError(
        f"{parts.scheme or '?'}://{parts.hostname or '?'}: only https, or http to a loopback address, is accepted"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
