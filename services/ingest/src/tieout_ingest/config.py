"""What ingest asks of the settings' owner."""

from collections.abc import Mapping
from typing import Protocol

from tieout_contracts.calls import LoggedCalls
from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.settings import SettingsSnapshot


class Config(Protocol):
    """Settings snapshots by company id, and what is needed to reach a ConnectWise."""

    def refresh(self) -> None:
        """The settings changed: read them anew next time."""

    async def snapshots(self) -> Mapping[str, SettingsSnapshot]: ...

    async def log_calls(self, calls: LoggedCalls) -> None: ...

    async def connectwise(self, connection_id: str) -> ConnectWiseAccess: ...
