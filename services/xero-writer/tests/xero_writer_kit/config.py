"""config-api as the writer sees it."""

from pydantic import SecretStr

from tieout_contracts.connections import XeroAccess
from tieout_posting.testing import config
from xero_writer_kit.values import TENANT


class KnownConfig(config.KnownConfig):
    def __init__(self, api_url: str = "https://api.xero.com", *tokens: str, day_limit: int = 5000) -> None:
        super().__init__(TENANT, api_url, *tokens)
        self.day_limit = day_limit

    async def xero(self, connection_id: str, *, refused: SecretStr | None = None) -> XeroAccess:
        return XeroAccess(**self.access(connection_id, refused), day_limit=self.day_limit)
