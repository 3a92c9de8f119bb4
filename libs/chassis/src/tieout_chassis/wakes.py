"""Wake-ups between processes: hints that save a wait, never the only way to learn of work.

A transaction names the channels to wake; `Database.transaction` notifies them right after the commit. (Not inside it:
PostgreSQL takes a lock over all databases from NOTIFY to the end of the commit, fsync included.) One connection a
process listens; when it breaks, every waiter is woken once and polling carries on meanwhile.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

PG_CHANNEL = "tieout"
_NOTIFY = "SELECT pg_notify($1, c) FROM unnest($2::text[]) AS c"
RECONNECT_WAIT_S = 1.0
_PENDING = "tieout.wakes"
_log = structlog.get_logger(__name__)


def wake(tx: AsyncConnection, channel: str) -> None:
    """Ask that `channel` is woken when this transaction has committed."""
    tx.info.setdefault(_PENDING, set()).add(channel)


async def send_wakes(connection: AsyncConnection) -> None:
    """Notify what the committed transaction asked for. A failure costs a wait, nothing else."""
    channels = connection.info.pop(_PENDING, None)
    if not channels:
        return
    raw = await connection.get_raw_connection()
    driver = raw.driver_connection
    assert driver is not None
    try:
        await driver.execute(_NOTIFY, PG_CHANNEL, sorted(channels))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        _log.warning("wake-up not sent", error=str(error))


class Wakes:
    """Turns notifications into `asyncio.Event`s, one for each channel and asker."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._events: defaultdict[str, WeakSet[asyncio.Event]] = defaultdict(WeakSet)
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    def subscribe(self, *channels: str) -> asyncio.Event:
        """An event that is set whenever one of the channels is woken; the asker clears it, and keeps it as long as it
        wants to be woken. Needs a running loop."""
        event = asyncio.Event()
        for channel in channels:
            self._events[channel].add(event)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="wakes")
        return event

    async def listening(self) -> None:
        """Wait until notifications arrive (tests that measure latency; nobody else needs it)."""
        await self._ready.wait()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.warning("wake-ups interrupted", error=str(error))
            self._ready.clear()
            self._wake_all()
            await asyncio.sleep(RECONNECT_WAIT_S)

    async def _listen_once(self) -> None:
        _, options = self._engine.dialect.create_connect_args(self._engine.url)
        connection = await asyncpg.connect(**_connect_options(options))
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(PG_CHANNEL, self._on_notify)
            self._ready.set()
            self._wake_all()
            await lost.wait()
        finally:
            connection.terminate()

    def _on_notify(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        for event in list(self._events.get(str(payload), ())):
            event.set()

    def _wake_all(self) -> None:
        for events in self._events.values():
            for event in list(events):
                event.set()


def _connect_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """asyncpg's own options: SQLAlchemy's dialect adds some of its own to the URL's."""
    kept = ("host", "port", "user", "password", "database", "ssl")
    return {name: value for name, value in options.items() if name in kept}


async def wait_for(event: asyncio.Event, timeout_s: float) -> bool:
    """Wait until the event is set, at most `timeout_s`; clears it. Whether it was set."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
