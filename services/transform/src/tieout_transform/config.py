"""What transform asks of the settings' owner."""

from collections.abc import Mapping
from typing import Protocol

from tieout_contracts.settings import SettingsSnapshot


class Config(Protocol):
    """The newest settings snapshots by company id."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]: ...
