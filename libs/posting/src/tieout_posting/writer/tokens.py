"""Access tokens from config-api, which keeps them; one that the ledger refused is exchanged for another."""

from typing import Generic, Protocol, TypeVar

import httpx
from pydantic import SecretStr

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.connections import LedgerAccess
from tieout_posting.faults import NoAccess
from tieout_posting.ledger import Books
from tieout_providers.errors import NotSent, Provider

Access_co = TypeVar("Access_co", bound=LedgerAccess, covariant=True)


class AskForToken(Protocol[Access_co]):
    """`ConfigClient.xero` or its like."""

    async def __call__(self, connection_id: str, *, refused: SecretStr | None = None) -> Access_co: ...


class Tokens(Generic[Access_co]):
    """Remembers each organisation's last token, to name it when it was refused."""

    def __init__(self, ask: AskForToken[Access_co], provider: Provider) -> None:
        self._ask_for = ask
        self._provider = provider
        self._last: dict[str, SecretStr] = {}

    async def access(self, books: Books, *, fresh: bool) -> Access_co:
        """A token; `fresh`: the last one was refused. Raises `NoAccess` for what needs a person, `NotSent` for what
        passes by itself."""
        access = await self._ask(books, self._last.get(books.name) if fresh else None)
        if access.tenant_id != books.tenant_id:
            raise NoAccess(f"the connection {books.connection_id} belongs to another tenant")
        self._last[books.name] = access.access_token
        return access

    async def _ask(self, books: Books, refused: SecretStr | None) -> Access_co:
        try:
            return await self._ask_for(books.connection_id, refused=refused)
        except ConfigUnavailable as error:
            if isinstance(error.__cause__, httpx.HTTPError):
                raise NotSent(self._provider, str(error)) from error
            raise NoAccess(str(error)) from error
