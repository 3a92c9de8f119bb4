"""A whole service on the chassis: it notes each record that is staged (a handler: bus to rows) and, company by company
under a lease, calls a provider within its budget and answers with an event (a worker: rows to the world).

A real service spreads this over settings.py, store.py, handlers.py, app.py and __main__.py.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.budgets import Budgets, Wait
from tieout_chassis.database import Database
from tieout_chassis.failpoints import failpoint
from tieout_chassis.frame import Frame
from tieout_chassis.leases import Lease, Leases, announce
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import MessageContext, publish
from tieout_chassis.service import Service, main, worker_loop
from tieout_chassis.settings import ServiceSettings
from tieout_contracts.events import RecordStaged, SettingsChanged

# settings.py ---------------------------------------------------------------------------------------------------------


class Settings(ServiceSettings):
    calls_per_minute: int = 60
    idle_s: float = 60


MIGRATIONS = ServiceMigrations("example", Path(__file__).parent / "migrations")  # or "tieout_example.migrations"

# store.py ------------------------------------------------------------------------------------------------------------

sighting = sa.Table(
    "sighting",
    sa.MetaData(),
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("record_ref", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("caused_by", sa.Uuid, nullable=False),
    sa.Column("answered_version", sa.Integer),
)

# handlers.py ---------------------------------------------------------------------------------------------------------


async def on_staged(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
    """Store, and wake whoever works for this company. Nothing else: a handler touches only its transaction."""
    values = {"number": event.number, "tenant_id": event.tenant_id, "caused_by": context.event_id}
    seen = insert(sighting).values(company_id=event.company_id, record_ref=str(event.record_ref), **values)
    await tx.execute(seen.on_conflict_do_update(index_elements=["company_id", "record_ref"], set_=values))
    await announce(tx, "answering", event.company_id)


# the worker ----------------------------------------------------------------------------------------------------------


class Answering:
    """One slice of work for one company."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        budgets: Budgets,
        call: Callable[[str], Awaitable[int]],
        settings: Settings,
        holder: str,
    ) -> None:
        self._database, self._leases, self._budgets, self._call = database, leases, budgets, call
        self._settings, self._holder = settings, holder

    async def step(self) -> bool:
        lease = await self._leases.claim_one("answering", holder=self._holder, lease_s=self._settings.lease_s)
        if lease is None:
            return False
        scope = f"example:company:{lease.name}"
        await self._budgets.define(scope, minute=self._settings.calls_per_minute, at_once=1)
        taken = await self._budgets.take(scope)
        if isinstance(taken, Wait):
            await self._leases.release(lease, taken.seconds)
            return True
        async with self._budgets.spending(taken):
            version = await self._call(lease.name)
        failpoint("example.after_call")
        await self._answer(lease, version)
        return True

    async def _answer(self, lease: Lease, version: int) -> None:
        async with self._database.transaction() as tx:
            await self._leases.fence(tx, lease)  # first: nothing is written under a lease that was lost
            waiting = sa.select(sighting).where(
                sighting.c.company_id == lease.name, sighting.c.answered_version.is_distinct_from(version)
            )
            for row in (await tx.execute(waiting.with_for_update())).all():  # locked, then published: order per key
                answer = SettingsChanged(tenant_id=row.tenant_id, company_id=row.company_id, version=version)
                await publish(tx, answer, caused_by=row.caused_by)
            await tx.execute(
                sa.update(sighting).where(sighting.c.company_id == lease.name).values(answered_version=version)
            )
            await self._leases.release_in(tx, lease, idle_s=self._settings.idle_s)


# app.py --------------------------------------------------------------------------------------------------------------


async def ask_provider(company_id: str) -> int:
    """Stands for a client of tieout_providers."""
    return len(company_id)


def build(settings: Settings, call: Callable[[str], Awaitable[int]] = ask_provider) -> Service:
    frame = Frame(settings, MIGRATIONS)
    answering = Answering(frame.database, frame.leases, frame.budgets, call, settings, frame.holder)
    return frame.service(
        [
            frame.subscriber({RecordStaged: on_staged}),
            worker_loop(
                "answering",
                answering.step,
                idle_wait_s=settings.poll_wait_s,
                wake=lambda: frame.database.wakes.subscribe(frame.leases.channel("answering")),
            ),
        ]
    )


# __main__.py ---------------------------------------------------------------------------------------------------------

if __name__ == "__main__":
    main(build)
