"""Access tokens from config-api, which keeps them; one that QuickBooks Online refused is exchanged for another."""

import httpx
from pydantic import SecretStr

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.connections import QboAccess
from tieout_posting.faults import NoAccess
from tieout_posting.ledger import Books
from tieout_providers.errors import NotSent
from tieout_providers.qbo.errors import QBO
from tieout_qbo_writer.config import Config


class Tokens:
    """Remembers each organisation's last token, to name it when it was refused."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._last: dict[str, SecretStr] = {}

    async def access(self, books: Books, *, fresh: bool) -> QboAccess:
        """A token; `fresh`: the last one was refused. Raises `NoAccess` for what needs a person, `NotSent` for what
        passes by itself."""
        access = await self._ask(books, self._last.get(books.name) if fresh else None)
        if access.tenant_id != books.tenant_id:
            raise NoAccess(f"the connection {books.connection_id} belongs to another tenant")
        self._last[books.name] = access.access_token
        return access

    async def _ask(self, books: Books, refused: SecretStr | None) -> QboAccess:
        try:
            return await self._config.qbo(books.connection_id, refused=refused)
        except ConfigUnavailable as error:
            if isinstance(error.__cause__, httpx.HTTPError):
                raise NotSent(QBO, str(error)) from error
            raise NoAccess(str(error)) from error
