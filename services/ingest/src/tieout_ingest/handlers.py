"""Bus to rows. Handlers only store what they heard and wake the connection; its next slice applies it."""

from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.handling import Handler
from tieout_chassis.leases import Leases
from tieout_chassis.outbox import MessageContext
from tieout_contracts.events import (
    ChangeHinted,
    Event,
    PostingRefused,
    PostingSettled,
    RecordCommanded,
    RunRequested,
    SettingsChanged,
)
from tieout_ingest.config import Config
from tieout_ingest.store import connections, hearing, runs
from tieout_ingest.store.hearing import Word

KIND = "connectwise"
"""The kind of ingest's leases; their names are connection ids."""

_COMMANDS: Mapping[str, Word] = {
    "retry": "retry",
    "cancel": "cancel",
    "skip": "skip",
    "batch_again": "batch_again",
    "approve": "approve",
}
"""`adopt` is the writer's: it settles the record as posted."""

_log = structlog.get_logger(__name__)


class Handlers:
    """What ingest hears: requests for runs, commands, outcomes, changed settings, hints of callbacks."""

    def __init__(self, config: Config, leases: Leases) -> None:
        self._config = config
        self._leases = leases

    def mapping(self) -> Mapping[type[Event], Handler]:
        return {
            RunRequested: self.on_run_requested,
            RecordCommanded: self.on_commanded,
            PostingSettled: self.on_settled,
            PostingRefused: self.on_refused,
            SettingsChanged: self.on_settings_changed,
            ChangeHinted: self.on_hinted,
        }

    async def on_run_requested(self, tx: AsyncConnection, event: RunRequested, context: MessageContext) -> None:
        """A run whose company has no settings here yet is kept; it finds its connection when they come."""
        connection_id = await self._connection_of(event)
        await runs.request(tx, event, context.event_id, connection_id)
        if connection_id is not None:
            await connections.ensure(tx, connection_id, event.tenant_id)
            await self._wake(tx, connection_id)

    async def on_commanded(self, tx: AsyncConnection, event: RecordCommanded, context: MessageContext) -> None:
        if (word := _COMMANDS.get(event.action)) is not None:
            await self._hear(tx, event, event.record_ref, word, context, plan_hash=event.plan_hash)

    async def on_settled(self, tx: AsyncConnection, event: PostingSettled, context: MessageContext) -> None:
        settlement = event.settlement
        await self._hear(
            tx,
            event,
            event.record_ref,
            settlement.outcome,
            context,
            revision=settlement.revision,
            posting_id=settlement.posting_id,
            document_status=settlement.document.status if settlement.document else None,
        )

    async def on_refused(self, tx: AsyncConnection, event: PostingRefused, context: MessageContext) -> None:
        await self._hear(tx, event, event.record_ref, "plan_refused", context, revision=event.revision)

    async def on_settings_changed(self, tx: AsyncConnection, event: SettingsChanged, context: MessageContext) -> None:
        """New settings may route records that were unrouted, and mend a connection that was refused."""
        self._config.refresh()
        connection_id = await self._connection_of(event)
        if connection_id is not None:
            await connections.ensure(tx, connection_id, event.tenant_id)
            await connections.list_now(tx, connection_id)
            await runs.bring_home(tx, event.company_id, connection_id)
            await self._wake(tx, connection_id)

    async def on_hinted(self, tx: AsyncConnection, event: ChangeHinted, context: MessageContext) -> None:
        """Something was saved in ConnectWise: look at its list soon, as the schedule would, so that a company that is
        synced on request only still waits (F212). A pause that ConnectWise caused holds."""
        if event.provider != "connectwise":
            return
        connection_id = await self._connection_of(event)
        if connection_id is not None:
            await connections.ensure(tx, connection_id, event.tenant_id)
            await connections.hinted(tx, connection_id)
            await self._leases.announce(tx, KIND, connection_id)

    async def _hear(
        self, tx: AsyncConnection, event: Event, ref: Any, word: Word, context: MessageContext, **facts: Any
    ) -> None:
        connection_id = await hearing.hear(
            tx, event.company_id, ref, word, event_id=context.event_id, traceparent=context.traceparent, **facts
        )
        if connection_id is None:
            _log.warning("heard of an unknown record", company=event.company_id, record=str(ref), word=word)
        else:
            await self._leases.announce(tx, KIND, connection_id)

    async def _wake(self, tx: AsyncConnection, connection_id: str) -> None:
        """A person waits: try again now what was refused or away; a limit that ConnectWise set still holds."""
        await self._leases.announce(tx, KIND, connection_id)
        if await connections.paused_for(tx, connection_id) in ("refused", "unreachable"):
            await self._leases.unpark(tx, KIND, connection_id)

    async def _connection_of(self, event: Event) -> str | None:
        snapshot = (await self._config.snapshots()).get(event.company_id)
        if snapshot is None or snapshot.tenant_id != event.tenant_id:
            return None
        return snapshot.settings.connectwise_connection
