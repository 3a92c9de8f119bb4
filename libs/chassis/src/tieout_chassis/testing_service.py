"""A service in the test's own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tieout_chassis.service import Service


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    """The service at work, drained at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(service.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task
