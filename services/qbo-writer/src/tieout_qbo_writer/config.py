"""What the writer asks of the settings' owner."""

from typing import Protocol

from pydantic import SecretStr

from tieout_contracts.connections import QboAccess
from tieout_posting.writer.config import WriterConfig


class Config(WriterConfig, Protocol):
    """Settings, and access tokens to QuickBooks Online."""

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        """An access token; another one than `refused`, which met a 401."""
