"""What the writer asks of the settings' owner."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import SecretStr

from tieout_contracts.connections import QboAccess
from tieout_contracts.settings import SettingsSnapshot


class Config(Protocol):
    """Settings snapshots and access tokens; raises `tieout_chassis.config_client.ConfigUnavailable`."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """The newest that are known, by company id; the same mapping as long as nothing changed."""

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        """An access token; another one than that which was refused."""

    def refresh(self) -> None:
        """What is known has turned out to be old: ask anew next time."""
