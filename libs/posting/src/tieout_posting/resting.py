"""How an organisation rests after a slice: not at all, for a while, or parked with a cause that is told."""

from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import Lease
from tieout_contracts.problems import Problem, problem
from tieout_posting.desk import Desk
from tieout_posting.faults import Fault, cause_of, fault_of
from tieout_posting.ledger import Books
from tieout_posting.options import backoff_s
from tieout_posting.store import after, of_books
from tieout_posting.tables import organisation
from tieout_posting.todo import Rest
from tieout_posting.toll import Spent, Toll
from tieout_posting.waiting import tell_waiting
from tieout_providers.errors import ProviderError

_log = structlog.get_logger(__name__)


class Resting:
    """Lets go of leases, and keeps the organisation's count of failures and its stated cause."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def release(self, lease: Lease, books: Books, rest: Rest) -> None:
        """Let go; a long wait is told to the records that it holds up."""
        async with self._desk.database.transaction() as tx:
            if rest.cause is not None and rest.park_s is not None:
                await self._desk.leases.fence(tx, lease)
                await self._state(tx, books, rest.cause, rest.park_s)
                if rest.park_s >= self._desk.options.waits_told_s:
                    await tell_waiting(tx, self._desk, books, rest.cause)
            await self._desk.leases.release_in(tx, lease, rest.park_s, idle_s=rest.idle_s)

    async def after_error(self, lease: Lease, books: Books, toll: Toll, error: ProviderError) -> Rest:
        """After a failed call: what the ledger asked for, else longer with every failure in a row."""
        fault = fault_of(error, self._desk.options.reconnect_wait_s)
        async with self._desk.database.transaction() as tx:
            await self._desk.leases.fence(tx, lease)
            failures = await self._failed(tx, books)
        wait_s = fault.wait_s
        if wait_s is None:
            wait_s = backoff_s(failures, self._desk.options.failure_wait_limit_s)
        if fault.limit is not None:
            await toll.park(fault.limit, wait_s)
        _log.warning("organisation rests", organisation=books.name, wait_s=wait_s, finding=error.code)
        return Rest(park_s=wait_s, cause=cause_of(fault, books.connection_id, wait_s, datetime.now(UTC)))

    def no_access(self, books: Books, reason: str) -> Rest:
        """The connection cannot be used: a person must reconnect it; new settings end the rest early."""
        told = problem("ledger.disconnected", connection=books.connection_id, reason=reason)
        return Rest(park_s=self._desk.options.reconnect_wait_s, cause=told)

    def spent(self, spent: Spent) -> Rest:
        """Our own count says that the ledger's limit is reached."""
        if spent.wait_s < self._desk.options.waits_told_s:
            return Rest(park_s=spent.wait_s)
        fault = Fault("again", spent.wait_s, limit="own count of calls, day or minute")
        return Rest(park_s=spent.wait_s, cause=cause_of(fault, "", spent.wait_s, datetime.now(UTC)))

    async def succeeded(self, tx: AsyncConnection, books: Books) -> None:
        """The ledger answered: the count of failures starts anew."""
        failing = sa.or_(organisation.c.failures > 0, organisation.c.problem.is_not(None))
        values = {"failures": 0, "problem": None, "waits_until": None}
        await tx.execute(sa.update(organisation).where(of_books(organisation, books), failing).values(values))

    async def _failed(self, tx: AsyncConnection, books: Books) -> int:
        counted = (
            sa.update(organisation)
            .where(of_books(organisation, books))
            .values(failures=organisation.c.failures + 1)
            .returning(organisation.c.failures)
        )
        return int((await tx.execute(counted)).scalar_one())

    async def _state(self, tx: AsyncConnection, books: Books, cause: Problem, wait_s: float) -> None:
        values = {"problem": cause.model_dump(mode="json"), "waits_until": after(wait_s)}
        await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(values))
