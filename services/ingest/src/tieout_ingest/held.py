"""A connection under its lease, with everything that is needed to work on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database
from tieout_chassis.leases import Lease, Leases
from tieout_chassis.tables import lease
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
    lease_s: float

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which the lease is known to stand until the commit. Raises `LeaseLost`.

        Nobody else writes this connection's records meanwhile, so events are published in the order of their commits.
        The lease lasts a whole term from the end of the transaction: its row is locked until then, so nobody can have
        taken it, and a renewal from outside could not have got in.
        """
        async with self.database.transaction() as tx:
            await self.leases.fence(tx, self.lease)
            yield tx
            await tx.execute(_extended(self.lease, self.lease_s))


def _extended(held: Lease, lease_s: float) -> sa.Update:
    """Nothing where the transaction let the lease go."""
    until = sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, float(lease_s))
    still_ours = (lease.c.kind == held.kind, lease.c.name == held.name, lease.c.token == held.token)
    return lease.update().where(*still_ours, lease.c.holder.is_not(None)).values(expires_at=until)
