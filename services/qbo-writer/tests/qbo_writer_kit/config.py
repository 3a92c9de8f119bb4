"""config-api as the writer sees it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import SecretStr

from qbo_writer_kit.values import TENANT
from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.connections import QboAccess
from tieout_contracts.settings import SettingsSnapshot


class KnownConfig:
    """What is `known` can be read; tokens come one after another, the next one when the first was refused."""

    def __init__(self, api_url: str = "https://quickbooks.api.intuit.com", *tokens: str) -> None:
        self.known: dict[str, SettingsSnapshot] = {}
        self.api_url = api_url
        self.tokens = list(tokens) or ["token"]
        self.tenant_id = TENANT
        self.away: ConfigUnavailable | None = None
        self.asked: list[str | None] = []
        self.refreshed = 0
        self.second_limit = 10_000

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        if self.away:
            raise self.away
        return self.known

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        self.asked.append(refused.get_secret_value() if refused else None)
        if self.away:
            raise self.away
        if self.asked[-1] == self.tokens[0] and len(self.tokens) > 1:
            self.tokens.pop(0)
        return QboAccess(
            connection_id=connection_id,
            tenant_id=self.tenant_id,
            api_url=self.api_url,
            access_token=SecretStr(self.tokens[0]),
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
            second_limit=self.second_limit,
        )

    def refresh(self) -> None:
        self.refreshed += 1
