"""Xero access tokens: fetched here and nowhere else, kept sealed, handed out until shortly before they expire.

A custom connection's token comes from client credentials and has no refresh token to lose, so a second copy that
fetches at the same moment costs one call and breaks nothing; within a process one fetch serves all who wait.
"""

import asyncio
from collections import defaultdict
from datetime import datetime, timedelta

import httpx
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tieout_chassis.clock import Clock
from tieout_chassis.config_client import token_digest
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.connections import open_secret
from tieout_config_api.public.door import ApiError
from tieout_config_api.store import Row
from tieout_config_api.store.tables import access_token
from tieout_providers.errors import ProviderError
from tieout_providers.xero.oauth import XeroIdentity

SCOPES = (
    "accounting.invoices",
    "accounting.contacts",
    "accounting.settings",
)


class XeroTokens:
    """One current token per connection."""

    def __init__(
        self, database: Database, sealer: Sealer, clock: Clock, http: httpx.AsyncClient, *, margin_s: float
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._http = http
        self._margin = timedelta(seconds=margin_s)
        self._single_flight: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def current(self, connection: Row, *, refused: str | None = None) -> tuple[str, datetime]:
        """The token and its end; another token than the one whose `token_digest` is `refused`.

        Whoever comes late with a 401 for a token that was replaced meanwhile gets its successor, so however many ask,
        each token is replaced once.
        """
        connection_id = connection["connection_id"]
        async with self._single_flight[connection_id]:
            kept = await self._kept(connection_id)
            if kept is not None and self._good(kept[1]) and token_digest(kept[0]) != refused:
                return kept
            token, expires_at = await self._fetch(connection)
            await self._keep(connection_id, token, expires_at)
            return token, expires_at

    def _good(self, expires_at: datetime) -> bool:
        return expires_at - self._clock.now() > self._margin

    async def _fetch(self, connection: Row) -> tuple[str, datetime]:
        details, asked_at = connection["details"], self._clock.now()
        secret = open_secret(self._sealer, connection)
        try:
            identity = XeroIdentity(details["identity_url"], http=self._http)
            tokens = await identity.client_credentials(details["client_id"], secret["client_secret"], SCOPES)
        except ProviderError as error:
            raise ApiError(502, error.code, error.sentence, error.hint) from error
        return tokens.access_token, tokens.expires_at(asked_at)

    async def _kept(self, connection_id: str) -> tuple[str, datetime] | None:
        query = sa.select(access_token).where(access_token.c.connection_id == connection_id)
        async with self._database.transaction() as tx:
            row = (await tx.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return self._sealer.open(row["sealed_token"], _aad(connection_id)).decode(), row["expires_at"]

    async def _keep(self, connection_id: str, token: str, expires_at: datetime) -> None:
        values = {"sealed_token": self._sealer.seal(token.encode(), _aad(connection_id)), "expires_at": expires_at}
        statement = insert(access_token).values(connection_id=connection_id, **values)
        async with self._database.transaction() as tx:
            await tx.execute(statement.on_conflict_do_update(index_elements=["connection_id"], set_=values))


def _aad(connection_id: str) -> bytes:
    return f"access_token|{connection_id}".encode()
