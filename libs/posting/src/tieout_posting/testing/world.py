"""A ledger as a process of its own, its writer on a real database, and the bus read from outside."""

import asyncio
import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence, Sized
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from tieout_chassis.database import Database
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.outbox import publish, seal_context
from tieout_chassis.sealing import Sealer
from tieout_chassis.service import Service
from tieout_chassis.testing_service import running
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import Event, LedgerCalled, PostingSettled, ReferencePublished
from tieout_posting.tables import call, intent
from tieout_providers import json_exact

TIMEOUT_S = 40
FAST = {
    "bulk_linger_s": 0.05,
    "bulk_wait_limit_s": 0.2,
    "send_margin_s": 0.2,
    "poll_wait_s": 0.1,
    "companies_every_s": 1,
    "organisations_at_once": 2,
}


@contextmanager
def simulated(ledger: str, data: Any, folder: Path) -> Iterator[str]:
    """The ledger's simulator with this data file; the value is its address."""
    file = folder / f"{ledger}.json"
    file.write_bytes(json_exact.dumps(data))
    command = [sys.executable, "-m", "tieout_simulators", ledger, "--port", "0", "--data", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["listening"]
        finally:
            process.terminate()


@asynccontextmanager
async def database_of(
    migrations: ServiceMigrations, database_url: str, sealing_key_file: Path
) -> AsyncIterator[tuple[Database, dict[str, Any]]]:
    """The writer's database, and the settings that lead to it."""
    database = Database(database_url, migrations.service, sealer=Sealer.from_file(sealing_key_file), pool_size=2)
    yield database, {"database_url": database_url, "sealing_key_file": sealing_key_file}
    await database.dispose()


class WriterWorld(ABC):
    """The simulator, the writer's database and settings; `running` is the writer itself."""

    def __init__(self, url: str, database: Database, settings: dict[str, Any]) -> None:
        self.database = database
        self.settings = settings
        self.http = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False)

    @abstractmethod
    def service(self, **changes: Any) -> Service:
        """One copy of the writer."""

    async def close(self) -> None:
        await self.http.aclose()

    @asynccontextmanager
    async def running(self, **changes: Any) -> AsyncIterator[None]:
        """One copy of the writer, drained at the end."""
        async with running(self.service(**changes)):
            yield

    # -- the bus

    async def say(self, *events: Event) -> None:
        async with self.database.transaction() as tx:
            for event in events:
                await publish(tx, event)

    async def settled(self, count: int, *, timeout_s: float = TIMEOUT_S) -> list[PostingSettled]:
        """The first settlements, once there are so many."""
        await self.until(lambda: self._said(PostingSettled), count, timeout_s=timeout_s)
        return [PostingSettled.model_validate_json(each) for each in await self._said(PostingSettled)]

    async def references(self, count: int = 1) -> list[ReferencePublished]:
        await self.until(lambda: self._said(ReferencePublished), count)
        return [ReferencePublished.model_validate_json(each) for each in await self._said(ReferencePublished)]

    async def exchanges(self) -> list[LedgerCalled]:
        """What was told of calls to the ledger, as evidence."""
        assert self.database.sealer is not None
        query = sa.text("SELECT event_id, value FROM outbox WHERE topic = :topic ORDER BY id")
        async with self.database.transaction() as tx:
            found = (await tx.execute(query, {"topic": LedgerCalled.TOPIC})).all()
        places = [(seal_context(row.event_id, LedgerCalled.TYPE), bytes(row.value)) for row in found]
        return [LedgerCalled.model_validate_json(self.database.sealer.open(value, aad)) for aad, value in places]

    async def until(self, look: Callable[[], Awaitable[Sized]], count: int, *, timeout_s: float = TIMEOUT_S) -> None:
        """Look until there are so many."""
        async with asyncio.timeout(timeout_s):
            while len(await look()) < count:
                await wait_for(asyncio.Event(), 0.05)

    async def _said(self, kind: type[Event]) -> Sequence[bytes]:
        query = sa.text("SELECT value FROM outbox WHERE topic = :topic ORDER BY id")
        async with self.database.transaction() as tx:
            return [bytes(each) for each in (await tx.execute(query, {"topic": kind.TOPIC})).scalars()]

    # -- the writer's rows

    async def states(self) -> dict[str, str]:
        async with self.database.transaction() as tx:
            rows = await tx.execute(sa.select(intent.c.number, intent.c.state))
            return {row.number: row.state for row in rows}

    async def bodies_kept(self) -> int:
        async with self.database.transaction() as tx:
            return int(await tx.scalar(sa.select(sa.func.count()).where(call.c.body.is_not(None))) or 0)

    # -- the simulator

    async def tell(self, path: str, body: Any) -> None:
        answer = await self.http.post(f"/_sim/{path}", content=json_exact.dumps(body))
        assert answer.status_code == 200, answer.text

    async def calls(self, route: str) -> int:
        return int((await self.counted())["by_route"].get(route, 0))

    async def counted(self) -> dict[str, Any]:
        """All calls, by route and by status."""
        told: dict[str, Any] = json_exact.loads((await self.http.get("/_sim/calls")).content)
        return told

    async def dump(self) -> dict[str, Any]:
        """Everything that the simulator holds."""
        held: dict[str, Any] = json_exact.loads((await self.http.get("/_sim/dump")).content)
        return held
