"""The calls that make batches. None of them is repeated before it was looked up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tieout_ingest.store.records import Record
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.errors import OutcomeUnknown, ProviderError, Rejected


@dataclass(frozen=True, slots=True)
class Order:
    """A batch to be made, whose name and record are stored already."""

    known: Record
    identifier: str
    gl_entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """`error` None: the batch exists. `Rejected`: it does not. Anything else: not known, or nothing was sent."""

    order: Order
    error: ProviderError | None = None


async def make_batches(connectwise: ConnectWise, orders: Sequence[Order], *, at_once: int) -> list[Made]:
    """Make the batches, `at_once` at a time. Every one has an answer here; nothing is raised but for bugs.

    After a failure that stops the connection (refused, throttled, unreachable) the remaining ones are not begun.
    """
    room, stopped = asyncio.Semaphore(at_once), list[ProviderError]()

    async def make(order: Order) -> Made:
        async with room:
            if stopped:
                return Made(order, stopped[0])
            made = await _make_one(connectwise, order)
            if made.error is not None and not isinstance(made.error, Rejected | OutcomeUnknown):
                stopped.append(made.error)
            return made

    return list(await asyncio.gather(*map(make, orders)))


async def is_made(connectwise: ConnectWise, identifier: str) -> bool:
    """Look a batch up by its name: whether it exists."""
    return await connectwise.find_batch(identifier) is not None


async def _make_one(connectwise: ConnectWise, order: Order) -> Made:
    try:
        await connectwise.create_batch(order.identifier, order.gl_entry_ids)
    except OutcomeUnknown as unknown:
        return await _looked_up(connectwise, order, unknown)
    except Rejected as rejected:
        # An earlier call of ours may have made it: the name is refused when it exists.
        return await _looked_up(connectwise, order, rejected)
    except ProviderError as error:
        return Made(order, error)
    return Made(order)


async def _looked_up(connectwise: ConnectWise, order: Order, error: ProviderError) -> Made:
    try:
        return Made(order) if await is_made(connectwise, order.identifier) else Made(order, error)
    except ProviderError as failed:
        return Made(order, error if isinstance(error, OutcomeUnknown) else failed)
