"""What the writer asks of the settings' owner."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from pydantic import SecretStr

from tieout_contracts.base import Contract
from tieout_contracts.settings import SettingsSnapshot


class QboAccess(Contract):
    """What config-api hands out to reach a company in QuickBooks Online; kept in memory only, until `expires_at`."""

    kind: Literal["qbo"] = "qbo"
    connection_id: str
    tenant_id: str
    api_url: str
    access_token: SecretStr
    expires_at: datetime


class Config(Protocol):
    """Settings snapshots and access tokens; raises `tieout_chassis.config_client.ConfigUnavailable`."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """The newest that are known, by company id; the same mapping as long as nothing changed."""

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        """An access token; another one than that which was refused."""

    def refresh(self) -> None:
        """What is known has turned out to be old: ask anew next time."""
