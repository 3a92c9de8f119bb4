"""What the writer asks of the settings' owner."""

from typing import Protocol

from pydantic import SecretStr

from tieout_contracts.connections import XeroAccess
from tieout_posting.writer.config import WriterConfig


class Config(WriterConfig, Protocol):
    """Settings, and access tokens to Xero."""

    async def xero(self, connection_id: str, *, refused: SecretStr | None = None) -> XeroAccess:
        """An access token; another one than `refused`, which met a 401."""
