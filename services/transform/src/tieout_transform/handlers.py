"""Bus to rows. Planning itself is done by the worker step (`planner`), so that a burst of events is stored at once."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.handling import Handler
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import (
    Event,
    PostingSettled,
    PreviewRequested,
    RecordCaptured,
    RecordCommanded,
    RecordStaged,
    ReferencePublished,
    SettingsChanged,
)
from tieout_contracts.settings import CompanySettings
from tieout_transform.bodies import sealed_settings
from tieout_transform.booked import with_booked
from tieout_transform.store import companies, plannings, previews, references
from tieout_transform.store.plannings import RecordKey

GROUP = "transform"
DROPPING = ("cancel", "skip")
"""Commands after which nothing of the record is to be posted. A retry needs no handler here: ingest captures the record
anew, so that what is planned is what ConnectWise says now."""
CLOSING = ("batched", "batched_elsewhere", "gone", "cancelled")
"""Stages after which the record's body is needed no more."""


def handlers(sealer: Sealer) -> Mapping[type[Event], Handler]:
    """The handler of each event type that transform hears."""

    async def on_captured(tx: AsyncConnection, event: RecordCaptured, context: MessageContext) -> None:
        place = _key(event).seal_context(event.revision)
        record = await with_booked(tx, event.tenant_id, event.company_id, event.record)
        sealed = sealer.seal(record.model_dump_json().encode(), place, event.tenant_id)
        await plannings.capture(tx, event, context.event_id, sealed, context.traceparent)

    async def on_preview(tx: AsyncConnection, event: PreviewRequested, context: MessageContext) -> None:
        changed = CompanySettings.model_validate(event.settings) if event.settings is not None else None
        settings = sealed_settings(sealer, event, changed) if changed else None
        await previews.ask(tx, event, context.event_id, settings)

    return {
        RecordCaptured: on_captured,
        PreviewRequested: on_preview,
        ReferencePublished: on_reference,
        SettingsChanged: on_settings,
        PostingSettled: on_settled,
        RecordStaged: on_staged,
        RecordCommanded: on_commanded,
    }


async def on_reference(tx: AsyncConnection, event: ReferencePublished, _: MessageContext) -> None:
    if await references.keep(tx, event.tenant_id, event.reference):
        await plannings.wake_waiting(tx, event.tenant_id)


async def on_settings(tx: AsyncConnection, event: SettingsChanged, _: MessageContext) -> None:
    await companies.hear_of_settings(tx, event.tenant_id, event.company_id, event.version)
    await plannings.wake_waiting(tx, event.tenant_id, event.company_id)


async def on_settled(tx: AsyncConnection, event: PostingSettled, _: MessageContext) -> None:
    await plannings.settle(tx, _key(event), event.settlement.posting_id, event.settlement.outcome)


async def on_staged(tx: AsyncConnection, event: RecordStaged, _: MessageContext) -> None:
    if event.stage in CLOSING:
        await plannings.close(tx, _key(event), event.stage, event.at)


async def on_commanded(tx: AsyncConnection, event: RecordCommanded, _: MessageContext) -> None:
    if event.action in DROPPING:
        await plannings.drop(tx, _key(event), event.commanded_at)


def _key(event: RecordCaptured | PostingSettled | RecordStaged | RecordCommanded) -> RecordKey:
    return RecordKey(event.tenant_id, event.company_id, event.record_ref)
