"""config-api as the writer sees it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.connections import XeroAccess
from tieout_contracts.settings import SettingsSnapshot
from xero_writer_kit.values import TENANT


class KnownConfig:
    """What is `known` can be read; tokens come one after another, the next one when the first was refused."""

    def __init__(self, api_url: str = "https://api.xero.com", *tokens: str, day_limit: int = 5000) -> None:
        self.known: dict[str, SettingsSnapshot] = {}
        self.api_url = api_url
        self.tokens = list(tokens) or ["token"]
        self.day_limit = day_limit
        self.tenant_id = TENANT
        self.away: ConfigUnavailable | None = None
        self.asked: list[str | None] = []
        self.refreshed = 0

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        if self.away:
            raise self.away
        return self.known

    async def xero(self, connection_id: str, *, refused: SecretStr | None = None) -> XeroAccess:
        self.asked.append(refused.get_secret_value() if refused else None)
        if self.away:
            raise self.away
        if self.asked[-1] == self.tokens[0] and len(self.tokens) > 1:
            self.tokens.pop(0)
        return XeroAccess(
            connection_id=connection_id,
            tenant_id=self.tenant_id,
            api_url=self.api_url,
            access_token=SecretStr(self.tokens[0]),
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
            day_limit=self.day_limit,
        )

    def refresh(self) -> None:
        self.refreshed += 1
