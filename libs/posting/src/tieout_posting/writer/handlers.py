"""Bus to rows: plans, commands and stages are the engine's; changed settings wake the step that takes them in."""

import asyncio
from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.handling import Handler
from tieout_chassis.outbox import MessageContext
from tieout_contracts.events import Event, SettingsChanged
from tieout_posting.engine import Engine
from tieout_posting.writer.config import WriterConfig


def handlers(engine: Engine, config: WriterConfig, changed: asyncio.Event) -> Mapping[type[Event], Handler]:
    """The handler of each event type that the writer hears."""

    async def on_settings(_tx: AsyncConnection, _event: SettingsChanged, _context: MessageContext) -> None:
        """News only: the settings themselves are read from their owner, on every copy's own time as well."""
        config.refresh()
        changed.set()

    return {**engine.handlers(), SettingsChanged: on_settings}
