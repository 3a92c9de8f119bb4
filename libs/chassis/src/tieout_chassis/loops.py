"""Long-running coroutines of a service, and how alive they are.

A loop beats whenever it gets somewhere; liveness is the time since its last beat, not whether its task exists.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from time import monotonic

MAX_SILENCE_S = 300.0


class Loop(ABC):
    """Something that runs until it is told to stop. `runs_last` keeps it going while the others drain."""

    runs_last = False

    def __init__(self, name: str, *, max_silence_s: float = MAX_SILENCE_S) -> None:
        self.name = name
        self.max_silence_s = max_silence_s
        self._beat_at = monotonic()

    @abstractmethod
    async def run(self, stop: asyncio.Event) -> None:
        """Return soon after `stop` is set, with the step in hand finished. An exception means: start me again."""

    def problem(self) -> str | None:
        """Why this service is not ready, as far as this loop knows."""
        return None

    def beat(self) -> None:
        self._beat_at = monotonic()

    @property
    def silent_s(self) -> float:
        return monotonic() - self._beat_at


class WorkerLoop(Loop):
    """Calls `step` again and again; rests after a step that found nothing."""

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[bool]],
        *,
        idle_wait_s: float,
        wake: asyncio.Event | Callable[[], asyncio.Event] | None = None,
        start: Callable[[], Awaitable[None]] | None = None,
        close: Callable[[], Awaitable[None]] | None = None,
        max_silence_s: float = MAX_SILENCE_S,
        runs_last: bool = False,
        runs_dry: bool = False,
    ) -> None:
        super().__init__(name, max_silence_s=max_silence_s)
        self.runs_last = runs_last
        self._runs_dry = runs_dry
        self._step = step
        self._idle_wait_s = idle_wait_s
        self._wake = wake
        self._start = start
        self._close = close

    async def run(self, stop: asyncio.Event) -> None:
        wake = self._wake() if callable(self._wake) else self._wake
        stopped = asyncio.create_task(stop.wait())
        try:
            if self._start is not None:
                await self._start()
            while not stop.is_set():
                self.beat()
                if wake is not None:
                    wake.clear()
                if not await self._step():
                    await _rest(stopped, wake, self._idle_wait_s)
            while self._runs_dry and await self._step():
                self.beat()
        finally:
            stopped.cancel()
            if self._close is not None:
                await self._close()


def worker_loop(
    name: str,
    step: Callable[[], Awaitable[bool]],
    *,
    idle_wait_s: float,
    wake: asyncio.Event | Callable[[], asyncio.Event] | None = None,
    start: Callable[[], Awaitable[None]] | None = None,
    close: Callable[[], Awaitable[None]] | None = None,
    max_silence_s: float = MAX_SILENCE_S,
    runs_last: bool = False,
    runs_dry: bool = False,
) -> Loop:
    """A loop that calls `step` until it is told to stop. True means that there may be more work at once; False rests
    until `wake` is set, at most `idle_wait_s`. `wake` may be a function that subscribes when the loop starts.
    `runs_last` stops after the others, and `runs_dry` takes further steps then, until one finds nothing."""
    return WorkerLoop(
        name,
        step,
        idle_wait_s=idle_wait_s,
        wake=wake,
        start=start,
        close=close,
        max_silence_s=max_silence_s,
        runs_last=runs_last,
        runs_dry=runs_dry,
    )


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Rest, but not after `stop` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def _rest(stopped: asyncio.Task[bool], wake: asyncio.Event | None, wait_s: float) -> None:
    if wake is None:
        await asyncio.wait({stopped}, timeout=wait_s)
        return
    woken = asyncio.create_task(wake.wait())
    try:
        await asyncio.wait({stopped, woken}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        woken.cancel()


__all__ = ["MAX_SILENCE_S", "Loop", "WorkerLoop", "pause", "worker_loop"]
