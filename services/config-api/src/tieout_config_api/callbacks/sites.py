"""Calls to a connection's own ConnectWise: its registered callbacks, and the keys that sign them."""

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.budgets import Budgets, Granted, UndefinedBudget, Wait
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.connections import connectwise_access
from tieout_config_api.store import Row, accounts
from tieout_config_api.store.callbacks import Door
from tieout_providers.call import Answer, Call
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.connectwise.site import Site
from tieout_providers.errors import Throttled

CALL_LIMIT_S = 10.0


class Sites:
    """Clients of connections, with the credentials that the connection has now."""

    def __init__(self, database: Database, sealer: Sealer, http: httpx.AsyncClient, budgets: Budgets) -> None:
        self._database = database
        self._sealer = sealer
        self._http = http
        self._budgets = budgets

    async def signing_key(self, door: Door, key_url: str) -> str | None:
        """The key at an address that a callback named; None where that is not the connection's own site. Raises
        ProviderError."""
        async with self._database.transaction() as tx:
            row = await self._connection(tx, door.connection_id)
        return None if row is None else await self.client(row).signing_key(key_url)

    async def of(self, connection_id: str) -> ConnectWise | None:
        async with self._database.transaction() as tx:
            row = await self._connection(tx, connection_id)
        return None if row is None else self.client(row)

    def client(self, row: Row) -> ConnectWise:
        access = connectwise_access(self._sealer, row)
        return ConnectWise(
            access.site,
            access.login_company,
            public_key=access.public_key.get_secret_value(),
            private_key=access.private_key.get_secret_value(),
            client_id=access.client_id,
            version=access.version,
            http=self._http,
            gate=_SiteBudget(self._budgets, f"connectwise:{Site.parse(access.site).api_url}"),
            timeout_s=CALL_LIMIT_S,
        )

    async def _connection(self, tx: AsyncConnection, connection_id: str) -> Row | None:
        row = await accounts.connection_by_id(tx, connection_id)
        return row if row is not None and row["kind"] == "connectwise" else None


class _SiteBudget:
    """Takes from the budget that ingest shares (I-5), without waiting: nothing here is urgent. Where no limit was ever
    said, nobody else calls the site either."""

    def __init__(self, budgets: Budgets, scope: str) -> None:
        self._budgets = budgets
        self._scope = scope
        self._granted: dict[int, Granted] = {}

    async def before(self, call: Call) -> None:
        try:
            taken = await self._budgets.take(self._scope, slot_s=2 * CALL_LIMIT_S)
        except UndefinedBudget:
            return
        if isinstance(taken, Wait):
            raise Throttled(CONNECTWISE, "minute", taken.seconds)
        self._granted[id(call)] = taken

    async def after(self, call: Call, answer: Answer | None) -> None:
        if (taken := self._granted.pop(id(call), None)) is not None:
            await self._budgets.done(taken)
