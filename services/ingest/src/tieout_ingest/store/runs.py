"""Runs that were asked for: what was found for each, and when that is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.events import RunRequested
from tieout_contracts.families import POSTED, not_posted
from tieout_contracts.problems import Problem
from tieout_ingest.store.tables import record, run

COUNTS = ("unposted", "captured", "listed", "unrouted", "refused")


@dataclass(frozen=True, slots=True)
class Run:
    run_id: UUID
    tenant_id: str
    company_id: str
    requested_at: datetime
    requested_by: UUID | None
    state: str
    unposted: int
    captured: int
    listed: int
    unrouted: int
    refused: int
    problems: tuple[Problem, ...]
    told: str | None
    preview: bool = False
    named: Sequence[str] = ()


_COLUMNS = [run.c[name] for name in Run.__dataclass_fields__]


async def request(tx: AsyncConnection, event: RunRequested, event_id: UUID, connection_id: str | None) -> None:
    """Keep a request; a run that is known already is left alone. One of a family that is not posted looks at nothing
    (F124): that is told in its place."""
    values: dict[str, Any] = {
        "run_id": event.run_id,
        "tenant_id": event.tenant_id,
        "company_id": event.company_id,
        "connection_id": connection_id,
        "requested_at": event.requested_at,
        "requested_by": event_id,
        "preview": event.preview,
        "named": [str(ref) for ref in event.record_refs],
    }
    if event.family not in POSTED:
        values |= {"state": "capturing", "problems": _json([not_posted(event.family)])}
    await tx.execute(insert(run).values(values).on_conflict_do_nothing())


def by_itself(tenant_id: str, company_id: str, at: datetime) -> Run:
    """A run that nobody asked for: ingest looks at the list from time to time."""
    return Run(uuid4(), tenant_id, company_id, at, None, "requested", 0, 0, 0, 0, 0, (), None)


async def keep(tx: AsyncConnection, connection_id: str, own: Run) -> None:
    """Store such a run, once there is something to tell of it."""
    values = {"connection_id": connection_id, "run_id": own.run_id, "tenant_id": own.tenant_id}
    moment = {"company_id": own.company_id, "requested_at": own.requested_at}
    await tx.execute(insert(run).values(**values, **moment))


async def homeless(tx: AsyncConnection) -> set[str]:
    """The companies of runs that were asked for before the company had settings."""
    statement = sa.select(run.c.company_id).where(run.c.connection_id.is_(None), run.c.state != "done")
    return set((await tx.scalars(statement)).all())


async def bring_home(tx: AsyncConnection, company_id: str, connection_id: str) -> None:
    """Such runs belong to this connection."""
    homeless_runs = (run.c.company_id == company_id, run.c.connection_id.is_(None))
    await tx.execute(run.update().where(*homeless_runs).values(connection_id=connection_id))


async def unfinished(tx: AsyncConnection, connection_id: str) -> list[Run]:
    """The connection's runs that are not done, oldest request first."""
    statement = sa.select(*_COLUMNS).where(run.c.connection_id == connection_id, run.c.state != "done")
    return [_read(row) for row in (await tx.execute(statement.order_by(run.c.requested_at, run.c.run_id))).mappings()]


async def complete(tx: AsyncConnection, connection_id: str) -> list[Run]:
    """Runs whose list was read and of which no record is left to be captured."""
    still = sa.exists().where(record.c.run_id == run.c.run_id, record.c.state == "found")
    statement = sa.select(*_COLUMNS).where(run.c.connection_id == connection_id, run.c.state == "capturing", ~still)
    return [_read(row) for row in (await tx.execute(statement.order_by(run.c.requested_at))).mappings()]


async def begin(tx: AsyncConnection, run_id: UUID, problems: Sequence[Problem], **counts: int) -> None:
    """Its list was read; `counts` are what it found so far."""
    values: dict[str, Any] = {**counts, "problems": _json(problems), "state": "capturing"}
    await tx.execute(run.update().where(run.c.run_id == run_id).values(**values))


async def count(tx: AsyncConnection, run_id: UUID | None, **more: int) -> None:
    """Add to a run's counts, as long as it is not done."""
    values = {name: run.c[name] + number for name, number in more.items() if number}
    if run_id is not None and values:
        await tx.execute(run.update().where(run.c.run_id == run_id, run.c.state != "done").values(**values))


async def told(tx: AsyncConnection, run_id: UUID, pause: str) -> None:
    """A pause was told of, once."""
    await tx.execute(run.update().where(run.c.run_id == run_id).values(told=pause))


async def finish(
    tx: AsyncConnection, run_id: UUID, event_id: UUID, *, announce_in_s: float, announcements: int
) -> None:
    """It is done and was told of as `event_id`."""
    next_at = sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, 0, 0, float(announce_in_s))
    values = {"state": "done", "news_event_id": event_id, "news_at": next_at, "news_left": announcements}
    await tx.execute(run.update().where(run.c.run_id == run_id).values(**values))


async def purge_older_than(tx: AsyncConnection, connection_id: str, days: int) -> None:
    """Forget runs that were done so long ago."""
    limit = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
    old = (run.c.connection_id == connection_id, run.c.state == "done", run.c.requested_at < limit)
    await tx.execute(run.delete().where(*old))


def _read(row: Any) -> Run:
    return Run(**{**row, "problems": tuple(Problem.model_validate(each) for each in row["problems"])})


def _json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in problems]
