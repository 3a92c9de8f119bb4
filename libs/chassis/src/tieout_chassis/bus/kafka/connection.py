"""Where the brokers are and how one speaks to them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

if TYPE_CHECKING:
    from tieout_chassis.settings import ServiceSettings

METADATA_MAX_AGE_S = 3.0
"""So soon a client sees that a topic was made again, when all of the bus was lost."""


@dataclass(frozen=True)
class KafkaConnection:
    bootstrap_servers: str
    security_protocol: str = "PLAINTEXT"
    ca_file: Path | None = None
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None

    def __post_init__(self) -> None:
        if self.security_protocol.startswith("SASL") and (self.sasl_username is None or self.sasl_password is None):
            raise ValueError(f"{self.security_protocol} needs a SASL username and a password")

    @classmethod
    def from_settings(cls, settings: "ServiceSettings") -> "KafkaConnection":
        if settings.kafka_bootstrap_servers is None:
            raise ValueError("TIEOUT_BUS=kafka needs TIEOUT_KAFKA_BOOTSTRAP_SERVERS")
        return cls(
            bootstrap_servers=settings.kafka_bootstrap_servers,
            security_protocol=settings.kafka_security_protocol,
            ca_file=settings.kafka_ca_file,
            sasl_mechanism=settings.kafka_sasl_mechanism,
            sasl_username=settings.kafka_sasl_username,
            sasl_password=settings.kafka_sasl_password,
        )

    def options(self, *, request_timeout_s: float) -> dict[str, Any]:
        """What every aiokafka client is made with."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": "tieout",
            "request_timeout_ms": int(request_timeout_s * 1000),
            "metadata_max_age_ms": int(METADATA_MAX_AGE_S * 1000),
            "security_protocol": self.security_protocol,
            "ssl_context": self._ssl_context,
        }
        if self.sasl_password is not None and self.security_protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password.get_secret_value(),
            }
        return options

    @cached_property
    def _ssl_context(self) -> SSLContext | None:
        """Certificates and host names are checked, always."""
        if not self.security_protocol.endswith("SSL"):
            return None
        return create_default_context(cafile=self.ca_file)
