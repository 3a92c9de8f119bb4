"""Access tokens from config-api, which keeps them; a refused one is not used again while a better one may come."""

import httpx

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.connections import XeroAccess
from tieout_posting.faults import NoAccess
from tieout_posting.ledger import Books
from tieout_providers.errors import NotSent
from tieout_providers.xero.errors import XERO
from tieout_xero_writer.config import Config

PATIENCE = 5
"""Rounds, each longer than the last, 31 s in all: config-api hands out a token for 10 s before it fetches another."""


class Tokens:
    """Remembers each organisation's last token, to tell a fresh one from it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._last: dict[str, XeroAccess] = {}
        self._repeated: dict[str, int] = {}

    async def access(self, books: Books, *, fresh: bool) -> XeroAccess:
        """Raises `NoAccess` for what needs a person, `NotSent` for what passes by itself."""
        access = await self._ask(books, fresh=fresh)
        if access.tenant_id != books.tenant_id:
            raise NoAccess(f"the connection {books.connection_id} belongs to another tenant")
        last = self._last.get(books.name)
        self._last[books.name] = access
        repeated = fresh and last is not None and last.access_token == access.access_token
        self._repeated[books.name] = self._repeated.get(books.name, 0) + 1 if repeated else 0
        if 0 < self._repeated[books.name] <= PATIENCE:
            raise NotSent(XERO, "the token that was refused has not been replaced yet")
        return access

    async def _ask(self, books: Books, *, fresh: bool) -> XeroAccess:
        try:
            return await self._config.xero(books.connection_id, fresh=fresh)
        except ConfigUnavailable as error:
            if isinstance(error.__cause__, httpx.HTTPError):
                raise NotSent(XERO, str(error)) from error
            raise NoAccess(str(error)) from error
