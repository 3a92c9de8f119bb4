"""A connection under its lease, with everything that is needed to work on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database
from tieout_chassis.leases import Lease, Leases
from tieout_ingest.backfill import Filling
from tieout_ingest.routing import Routes
from tieout_providers.connectwise.client import ConnectWise


@dataclass(frozen=True, slots=True)
class Held:
    """Valid while its lease is; `transaction` is the only way to write a record."""

    connection_id: str
    tenant_id: str
    routes: Routes
    connectwise: ConnectWise
    filling: Filling
    database: Database
    leases: Leases
    lease: Lease

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which the lease is known to stand until the commit. Raises `LeaseLost`.

        Nobody else writes this connection's records meanwhile, so events are published in the order of their commits.
        """
        async with self.database.transaction() as tx:
            await self.leases.fence(tx, self.lease)
            yield tx
