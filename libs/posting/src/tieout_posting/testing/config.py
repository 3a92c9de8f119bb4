"""config-api as a writer sees it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.settings import SettingsSnapshot

NEVER = datetime(2099, 1, 1, tzinfo=UTC)


class KnownConfig:
    """What is `known` can be read; tokens come one after another, the next one when the first was refused."""

    def __init__(self, tenant_id: str, api_url: str, *tokens: str) -> None:
        self.known: dict[str, SettingsSnapshot] = {}
        self.tenant_id = tenant_id
        self.api_url = api_url
        self.tokens = list(tokens) or ["token"]
        self.away: ConfigUnavailable | None = None
        self.asked: list[str | None] = []
        self.refreshed = 0

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        if self.away:
            raise self.away
        return self.known

    def refresh(self) -> None:
        self.refreshed += 1

    def access(self, connection_id: str, refused: SecretStr | None) -> dict[str, Any]:
        """What an access to any ledger holds."""
        self.asked.append(refused.get_secret_value() if refused else None)
        if self.away:
            raise self.away
        if self.asked[-1] == self.tokens[0] and len(self.tokens) > 1:
            self.tokens.pop(0)
        return {
            "connection_id": connection_id,
            "tenant_id": self.tenant_id,
            "api_url": self.api_url,
            "access_token": SecretStr(self.tokens[0]),
            "expires_at": NEVER,
        }
