"""A service: its loops, started, supervised and drained.

SIGTERM or SIGINT: loops stop claiming, finish the step in hand, commit, leave their groups; then the relay and the
health page, which run last, stop too. What has not stopped within `drain_timeout_s` is cancelled; a second signal
cancels at once. Nothing depends on it: kill -9 loses and doubles nothing either.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, TypeVar, get_type_hints

import structlog
from pydantic import ValidationError

from tieout_chassis.bus import BusUnavailable
from tieout_chassis.database import Database, is_database_trouble
from tieout_chassis.handling import NotNow, describe
from tieout_chassis.loops import Loop, pause, worker_loop
from tieout_chassis.migrations import SchemaTooOld, ServiceMigrations
from tieout_chassis.settings import ServiceSettings
from tieout_chassis.telemetry import configure_logging, configure_tracing
from tieout_contracts.problems import Problem

RESTART_FIRST_S = 1.0
RESTART_MAX_S = 10.0
STEADY_AFTER_S = 5.0
"""A restarted loop counts as well again when it has run so long."""
EXIT_CONFIGURATION = 2
EXIT_SCHEMA = 3
Settings = TypeVar("Settings", bound=ServiceSettings)
_log = structlog.get_logger(__name__)

__all__ = ["CannotStart", "Loop", "Service", "main", "worker_loop"]


class CannotStart(Exception):
    """A service refuses to serve: the sentence says why, the hint what to do, the page more."""

    def __init__(self, told: Problem) -> None:
        super().__init__(f"{told.sentence} {told.hint} ({told.code}, {told.page})")
        self.problem = told


class Service:
    """`run` until told to stop. `checks` are further conditions of being ready: each raises if it is not met."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        database: Database,
        loops: Sequence[Loop],
        *,
        migrations: ServiceMigrations | None = None,
        first: Sequence[Callable[[], Awaitable[None]]] = (),
        checks: Sequence[Callable[[], Awaitable[None]]] = (),
        closing: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self.name = name
        self.settings = settings
        self.database = database
        self.loops = list(loops)
        self._migrations = migrations
        self._first = first
        self._checks = checks
        self._closing = closing
        self._crashes: dict[str, tuple[str, float | None]] = {}
        self._draining = False

    async def run(self, stop: asyncio.Event) -> None:
        """`SchemaTooOld` if the database was not upgraded, `CannotStart` if something else stands against it; a loop
        that fails is started again, for ever."""
        try:
            if await self._schema_fits(stop):
                await self._run_loops(stop)
        finally:
            for close in (*self._closing, self.database.dispose):
                await close()

    async def not_live(self) -> Sequence[str]:
        return [
            f"{loop.name} got nowhere for {loop.silent_s:.0f} s"
            for loop in self.loops
            if loop.silent_s > loop.max_silence_s
        ]

    async def not_ready(self) -> Sequence[str]:
        problems = ["draining"] if self._draining else []
        for loop in self.loops:
            problem = self._crash(loop.name) or loop.problem()
            if problem:
                problems.append(f"{loop.name}: {problem}")
        for check in self._checks:
            try:
                await check()
            except Exception as error:
                problems.append(describe(error))
        return problems

    async def _schema_fits(self, stop: asyncio.Event) -> bool:
        """Waits for a database that does not answer (yet); False if told to stop before it did."""
        while not stop.is_set():
            try:
                if self._migrations is not None:
                    await self.database.check_schema(self._migrations)
                for check in self._first:
                    await check()
            except Exception as error:
                if not is_database_trouble(error):
                    raise
                _log.warning("waiting for the database", service=self.name, error=describe(error))
                await pause(stop, RESTART_FIRST_S)
            else:
                return True
        return False

    async def _run_loops(self, stop: asyncio.Event) -> None:
        stop_last = asyncio.Event()
        early = [self._start(loop, stop) for loop in self.loops if not loop.runs_last]
        late = [self._start(loop, stop_last) for loop in self.loops if loop.runs_last]
        _log.info("service started", service=self.name, loops=[loop.name for loop in self.loops])
        try:
            await stop.wait()
            self._draining = True
            deadline = monotonic() + self.settings.drain_timeout_s
            await self._drain(early, deadline)
            stop_last.set()
            await self._drain(late, max(deadline, monotonic() + 1))
        finally:
            for task in (*early, *late):
                task.cancel()
            await asyncio.gather(*early, *late, return_exceptions=True)
            _log.info("service stopped", service=self.name)

    async def _drain(self, tasks: Sequence[asyncio.Task[None]], deadline: float) -> None:
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=max(deadline - monotonic(), 0))
        for task in late:
            _log.warning("did not stop in time", service=self.name, loop=task.get_name())
            task.cancel()

    def _start(self, loop: Loop, stop: asyncio.Event) -> asyncio.Task[None]:
        return asyncio.create_task(self._supervise(loop, stop), name=loop.name)

    async def _supervise(self, loop: Loop, stop: asyncio.Event) -> None:
        failures = 0
        while not stop.is_set():
            started = monotonic()
            loop.beat()
            reason = await self._run_once(loop, stop)
            if stop.is_set():
                return
            failures = 1 if monotonic() - started > STEADY_AFTER_S else failures + 1
            self._crashes[loop.name] = (reason, None)
            await pause(stop, min(RESTART_FIRST_S * 2 ** (failures - 1), RESTART_MAX_S))
            self._crashes[loop.name] = (reason, monotonic())

    async def _run_once(self, loop: Loop, stop: asyncio.Event) -> str:
        """Why it ended."""
        try:
            await loop.run(stop)
        except Exception as error:
            away = isinstance(error, BusUnavailable | NotNow) or is_database_trouble(error)
            trace = None if away else error
            _log.error("loop failed", service=self.name, loop=loop.name, error=describe(error), exc_info=trace)
            return describe(error)
        return "ended by itself"

    def _crash(self, name: str) -> str | None:
        reason, restarted_at = self._crashes.get(name, (None, None))
        if reason and (restarted_at is None or monotonic() - restarted_at < STEADY_AFTER_S):
            return reason
        return None


def main(build: Callable[[Settings], Service]) -> None:
    """A service's `__main__`: settings from the environment, then run until SIGTERM or SIGINT.

    The type of the settings is that of `build`'s first parameter. Exit status 2: the settings or keys are wrong; 3: the
    schema is too old.
    """
    settings = _settings_of(build)
    configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(_run_until_signalled(build, settings))
    except SchemaTooOld as error:
        _log.error(str(error))
        sys.exit(EXIT_SCHEMA)
    except CannotStart as error:
        _log.error(str(error))
        sys.exit(EXIT_CONFIGURATION)


def _settings_of(build: Callable[[Settings], Service]) -> Settings:
    hints: dict[str, Any] = get_type_hints(build)
    settings_type: type[Settings] = next(hint for name, hint in hints.items() if name != "return")
    try:
        return settings_type()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            name = "_".join(map(str, problem["loc"])).upper()
            print(f"TIEOUT_{name}: {problem['msg']}" if name else problem["msg"], file=sys.stderr)  # noqa: T201
        sys.exit(EXIT_CONFIGURATION)


async def _run_until_signalled(build: Callable[[Settings], Service], settings: Settings) -> None:
    stop = asyncio.Event()
    service = build(settings)
    configure_tracing(service.name, settings.otlp_endpoint)
    running = asyncio.current_task()
    assert running is not None

    def on_signal() -> None:
        if stop.is_set():
            running.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    try:
        await service.run(stop)
    except asyncio.CancelledError:
        _log.warning("stopped at once", service=service.name)
