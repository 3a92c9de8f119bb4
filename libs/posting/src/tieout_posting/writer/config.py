"""What every writer asks of the settings' owner."""

from collections.abc import Mapping
from typing import Protocol

from tieout_contracts.settings import SettingsSnapshot


class WriterConfig(Protocol):
    """Settings snapshots; raises `tieout_chassis.config_client.ConfigUnavailable`."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """The newest that are known, by company id; the same mapping as long as nothing changed."""

    def refresh(self) -> None:
        """What is known has turned out to be old: ask anew next time."""
