"""Bus to rows: config-api hears every event and keeps what people ask about."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.handling import Handler
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_config_api.evidence import Keeping
from tieout_config_api.previews.previewing import Previewing
from tieout_config_api.previews.proposing import Proposing
from tieout_config_api.store import accounts, records, runs
from tieout_contracts.events import (
    Event,
    LedgerCalled,
    LedgerCompared,
    PostingPlanned,
    PostingRefused,
    PostingSettled,
    PreviewFinished,
    RecordCaptured,
    RecordPreviewed,
    RecordStaged,
    ReferencePublished,
    RunListed,
)
from tieout_contracts.money import plain
from tieout_contracts.posting import Settlement
from tieout_contracts.problems import Problem


async def on_captured(tx: AsyncConnection, event: RecordCaptured, context: MessageContext) -> None:
    content = event.record
    columns = {
        "captured_at": event.captured_at,
        "captured_revision": event.revision,
        "closed_at": content.closed_at,
        "run_id": event.run_id,
        "trace_id": trace_id(context.traceparent),
        "document_date": content.document_date,
        "total": content.total,
        "tax": content.tax,
        "currency": content.currency,
    }
    await records.project(tx, event, columns, newest="captured_at")


async def on_planned(tx: AsyncConnection, event: PostingPlanned, context: MessageContext) -> None:
    columns = {
        "planned_at": event.planned_at,
        "planned_revision": event.revision,
        "disposition": event.disposition,
        "settings_version": event.posting.settings_version,
        "expected_total": event.posting.document.expected.total,
        "warnings": as_json(event.posting.warnings),
    }
    await records.project(tx, event, columns, newest="planned_at")


async def on_refused(tx: AsyncConnection, event: PostingRefused, context: MessageContext) -> None:
    columns = {
        "plan_refused_at": event.refused_at,
        "plan_problems": as_json(event.problems),
        "settings_version": event.settings_version,
    }
    await records.project(tx, event, columns, newest="plan_refused_at")


async def on_settled(tx: AsyncConnection, event: PostingSettled, context: MessageContext) -> None:
    settlement = event.settlement
    columns = {
        "settled_at": event.settled_at,
        "outcome": settlement.outcome,
        "document": document_in(settlement),
        "actual_total": settlement.actual.total if settlement.actual else None,
        "actual_tax": settlement.actual.tax if settlement.actual else None,
        "ledger_calls": settlement.ledger_calls,
        "settle_problems": as_json(settlement.problems),
    }
    first = {"posted_at": event.settled_at} if settlement.outcome == "posted" else {}
    await records.project(tx, event, columns, newest="settled_at", earliest=first)


async def on_staged(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
    columns: dict[str, Any] = {
        "staged_at": event.at,
        "stage": event.stage,
        "stage_problems": as_json(event.problems),
    }
    if event.batch_identifier is not None:
        columns["batch_identifier"] = event.batch_identifier
    if event.run_id is not None:
        columns["run_id"] = event.run_id
    known: dict[str, Any] = {
        "document_date": date.fromisoformat(event.document_date[:10]) if event.document_date else None,
        "total": event.total,
        "currency": event.currency,
    }
    await records.project(tx, event, columns, newest="staged_at", **known)


async def on_run_listed(tx: AsyncConnection, event: RunListed, context: MessageContext) -> None:
    await runs.listed(tx, event)


async def on_reference(tx: AsyncConnection, event: ReferencePublished, context: MessageContext) -> None:
    content = event.reference.model_dump(mode="json")
    await accounts.keep_reference(tx, event.company_id, event.reference.version, content)


def document_in(settlement: Settlement) -> dict[str, Any] | None:
    """The ledger's document, with the rate at which the ledger took it into its own currency, as read back (F119)."""
    if settlement.document is None:
        return None
    rate = settlement.currency_rate
    told = {} if rate is None else {"currency_rate": plain(rate)}
    return settlement.document.model_dump(mode="json") | told


def as_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [found.model_dump(mode="json") for found in problems]


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hex digits of a W3C `traceparent` (https://www.w3.org/TR/trace-context/)."""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


HANDLERS: Mapping[type[Event], Handler] = {
    RecordCaptured: on_captured,
    PostingPlanned: on_planned,
    PostingRefused: on_refused,
    PostingSettled: on_settled,
    RecordStaged: on_staged,
    RunListed: on_run_listed,
    ReferencePublished: on_reference,
}


def handlers(sealer: Sealer) -> Mapping[type[Event], Handler]:
    """All of them: those above, and those of previews and evidence, whose bodies rest sealed."""
    previewing, proposing, keeping = Previewing(sealer), Proposing(sealer), Keeping(sealer)

    async def on_captured_and_kept(tx: AsyncConnection, event: RecordCaptured, context: MessageContext) -> None:
        await on_captured(tx, event, context)
        await keeping.on_captured(tx, event)

    async def on_planned_or_approved(tx: AsyncConnection, event: PostingPlanned, context: MessageContext) -> None:
        await on_planned(tx, event, context)
        await previewing.on_planned(tx, event)
        await keeping.on_planned(tx, event)

    async def on_refused_or_approved(tx: AsyncConnection, event: PostingRefused, context: MessageContext) -> None:
        await on_refused(tx, event, context)
        await previewing.on_refused(tx, event)

    async def on_staged_or_approved(tx: AsyncConnection, event: RecordStaged, context: MessageContext) -> None:
        await on_staged(tx, event, context)
        await previewing.on_staged(tx, event)

    return {
        **HANDLERS,
        RecordCaptured: on_captured_and_kept,
        LedgerCalled: keeping.on_called,
        RecordStaged: on_staged_or_approved,
        PostingPlanned: on_planned_or_approved,
        PostingRefused: on_refused_or_approved,
        RecordPreviewed: previewing.on_previewed,
        PreviewFinished: previewing.on_finished,
        LedgerCompared: proposing.on_compared,
    }
