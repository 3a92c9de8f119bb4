"""config-api as the writer sees it."""

from pydantic import SecretStr

from qbo_writer_kit.values import TENANT
from tieout_contracts.connections import QboAccess
from tieout_posting.testing import config


class KnownConfig(config.KnownConfig):
    def __init__(self, api_url: str = "https://quickbooks.api.intuit.com", *tokens: str) -> None:
        super().__init__(TENANT, api_url, *tokens)
        self.second_limit = 10_000

    async def qbo(self, connection_id: str, *, refused: SecretStr | None = None) -> QboAccess:
        return QboAccess(**self.access(connection_id, refused), second_limit=self.second_limit)
