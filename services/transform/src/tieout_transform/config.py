"""What transform asks of the settings' owner."""

from collections.abc import Mapping
from typing import Protocol

from tieout_contracts.settings import SettingsSnapshot


class Config(Protocol):
    """The newest settings snapshots that are known."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]:
        """By company id. `tieout_chassis.config_client.ConfigUnavailable` where nothing was ever read."""

    def refresh(self) -> None:
        """What is known has turned out to be old: ask anew next time."""
