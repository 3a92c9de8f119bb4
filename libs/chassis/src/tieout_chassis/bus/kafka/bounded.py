"""Bounds on aiokafka's calls.

Several of them go on for as long as the brokers are away, and some end with a `CancelledError` of their own making
when they are closed meanwhile. Each therefore runs in a task of its own, for a limited time.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog
from aiokafka.errors import KafkaError

from tieout_chassis.bus import BusUnavailable

CANCEL_TIMEOUT_S = 1.0
Result = TypeVar("Result")
_log = structlog.get_logger(__name__)


async def within(timeout_s: float, call: Coroutine[Any, Any, Result]) -> Result:
    """The call's result; `BusUnavailable`, caused by Kafka's error, when it fails or has not ended by then."""
    task = asyncio.create_task(call)
    try:
        await asyncio.wait({task}, timeout=max(timeout_s, 0))
    finally:
        if not task.done():
            await cut_off(task)
    if not task.done() or task.cancelled():
        raise BusUnavailable(f"Kafka did not answer within {timeout_s:.1f} s")
    try:
        return task.result()
    except (KafkaError, OSError, TimeoutError) as error:
        raise BusUnavailable(str(error) or type(error).__name__) from error


async def put_away(timeout_s: float, *calls: Coroutine[Any, Any, object]) -> None:
    """Close something, part by part, whatever its parts say to it."""
    for call in calls:
        try:
            await within(timeout_s, call)
        except Exception as error:
            _log.debug("closed by force", error=repr(error))


async def cut_off(*tasks: asyncio.Task[Any] | None) -> None:
    """End these tasks, whatever they were about; what they raise is nobody's business any more."""
    given = {task for task in tasks if task is not None}
    for task in given:
        task.cancel()
    if given:
        await asyncio.wait(given, timeout=CANCEL_TIMEOUT_S)
    for task in given:
        if task.done() and not task.cancelled():
            task.exception()
