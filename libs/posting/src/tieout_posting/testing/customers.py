"""Invoices for customers, one after another."""

from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from tieout_contracts.documents import LedgerContact
from tieout_contracts.events import PostingPlanned
from tieout_contracts.records import Person
from tieout_posting.tables import customer
from tieout_posting.testing.world import WriterWorld

OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
"""When ConnectWise's details changed."""
ANN = Person(first_name="Ann", last_name="Lee", email="ann@fabrikam.example")
BO = Person(first_name="Bo", last_name="Ray", email="bo@fabrikam.example")


class Customers:
    """What becomes of customers when invoices are posted for them; `plan` is told the number and the record's id."""

    def __init__(self, world: WriterWorld, plan: Callable[[str, int, LedgerContact], PostingPlanned]) -> None:
        self._world = world
        self._plan = plan
        self._posted = 0

    async def invoice(self, of: LedgerContact) -> tuple[str, ...]:
        """Post an invoice and let its customer be told; the warnings on it."""
        self._posted += 1
        await self._world.say(self._plan(str(20500 + self._posted), self._posted, of))
        last = (await self._world.settled(self._posted))[-1].settlement
        assert last.outcome == "posted"
        await self._world.until(self._idle, 1)
        return tuple(each.code for each in last.problems)

    async def _idle(self) -> list[bool]:
        async with self._world.database.transaction() as tx:
            busy = await tx.scalar(sa.select(sa.exists().where(customer.c.state != "known")))
        return [] if busy else [True]
