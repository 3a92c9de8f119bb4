"""Calls to a connection's own ConnectWise: its registered callbacks, and the keys that sign them."""

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.budgets import Budgets, Granted, UndefinedBudget, Wait
from tieout_chassis.call_log import CallLog
from tieout_chassis.database import Database
from tieout_config_api.connections import connectwise_access
from tieout_config_api.store import accounts, call_log
from tieout_config_api.store.callbacks import Door
from tieout_config_api.vault import Vault
from tieout_contracts.connections import ConnectWiseAccess
from tieout_providers.call import Answer, Call
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.client import Witness
from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.connectwise.site import Site
from tieout_providers.errors import Throttled

CALL_LIMIT_S = 10.0
NOT_KEPT = b"(not kept: it may bear a secret of the callback)"


class Sites:
    """Clients of connections, with the credentials that the connection has now."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        http: httpx.AsyncClient,
        budgets: Budgets,
        call_log: CallLog | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._http = http
        self._budgets = budgets
        self._call_log = call_log

    async def signing_key(self, door: Door, key_url: str) -> str | None:
        """The key at an address that a callback named; None where that is not the connection's own site. Raises
        ProviderError."""
        async with self._database.transaction() as tx:
            client = await self._client(tx, door.connection_id)
        return None if client is None else await client.signing_key(key_url)

    async def of(self, connection_id: str) -> ConnectWise | None:
        async with self._database.transaction() as tx:
            return await self._client(tx, connection_id)

    async def _client(self, tx: AsyncConnection, connection_id: str) -> ConnectWise | None:
        row = await accounts.connection_by_id(tx, connection_id)
        if row is None or row["kind"] != "connectwise":
            return None
        log_calls = (await call_log.switch(tx, row["tenant_id"]))["enabled"]
        access = connectwise_access(self._vault, row, log_calls=log_calls)
        return ConnectWise(
            access.site,
            access.login_company,
            public_key=access.public_key.get_secret_value(),
            private_key=access.private_key.get_secret_value(),
            client_id=access.client_id,
            version=access.version,
            codebase=access.codebase,
            http=self._http,
            gate=_SiteBudget(self._budgets, f"connectwise:{Site.parse(access.site).api_url}"),
            timeout_s=CALL_LIMIT_S,
            witness=self._witness_of(access),
        )

    def _witness_of(self, access: ConnectWiseAccess) -> Witness | None:
        """For the tenant's log (F215), without bodies: those of callbacks bear addresses and keys that let one in."""
        witness = self._call_log.witness_of(access) if self._call_log else None
        if witness is None:
            return None
        return lambda method, url, _, status, __: witness(method, url, NOT_KEPT, status, NOT_KEPT)


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
