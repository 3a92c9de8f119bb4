"""The last word on a posting, published through the outbox while its row is locked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import MessageContext, publish
from tieout_chassis.telemetry import start_span
from tieout_contracts.events import PostingPlanned, PostingSettled
from tieout_contracts.posting import LedgerDocumentRef, SettledOutcome, Settlement
from tieout_contracts.problems import Problem
from tieout_posting.compare import actual_totals
from tieout_posting.intent import Intent
from tieout_posting.ledger import Ledger, SeenDocument
from tieout_posting.metrics import SETTLED
from tieout_posting.options import Options
from tieout_posting.store import NOW, after, by_ids
from tieout_posting.tables import intent as intents


async def settle(
    tx: AsyncConnection,
    ledger: Ledger,
    options: Options,
    intent: Intent,
    outcome: SettledOutcome,
    problems: Sequence[Problem] = (),
) -> None:
    """Publish how a posting stands and remember that it was said. The caller holds the intent's row lock."""
    event_id = await publish_settled(tx, ledger, intent, outcome, problems)
    values = {
        "outcome": outcome,
        "settled_event_id": event_id,
        "settled_at": NOW,
        "announcements": 0,
        "announce_at": after(options.announce_after_s),
        "staged_at": None,
    }
    await tx.execute(sa.update(intents).where(by_ids(intent.books, [intent.posting_id])).values(values))


async def publish_settled(
    tx: AsyncConnection,
    ledger: Ledger,
    intent: Intent,
    outcome: SettledOutcome,
    problems: Sequence[Problem] = (),
    seen: SeenDocument | None = None,
) -> UUID:
    """The settlement into the outbox; its event id is for the caller to keep in the intent's row."""
    SETTLED.labels(ledger.name, outcome).inc()
    with start_span("posting.settle", intent.traceparent, outcome=outcome, ledger=ledger.name):
        return await publish(tx, _event(ledger, intent, outcome, problems, seen), caused_by=_cause(intent))


def _event(
    ledger: Ledger, intent: Intent, outcome: SettledOutcome, problems: Sequence[Problem], seen: SeenDocument | None
) -> PostingSettled:
    settlement = Settlement(
        posting_id=intent.posting_id,
        company_id=intent.company_id,
        record=intent.record,
        revision=intent.revision,
        outcome=outcome,
        document=_reference(ledger, intent, seen),
        actual=None if seen is None else actual_totals(seen),
        currency_rate=None if seen is None else seen.currency_rate,
        problems=tuple(problems),
        ledger_calls=intent.calls,
    )
    return PostingSettled(
        tenant_id=intent.books.tenant_id,
        company_id=intent.company_id,
        record_ref=intent.record,
        number=intent.number,
        revision=intent.revision,
        settlement=settlement,
        settled_at=datetime.now(UTC),
    )


def _reference(ledger: Ledger, intent: Intent, seen: SeenDocument | None) -> LedgerDocumentRef | None:
    """The document; of a change that was not even looked at the one that stands as it was."""
    if seen is not None:
        document_id, number, status = seen.document_id, seen.number, seen.status
    elif intent.is_update and intent.document_id is not None:
        document_id, number, status = intent.document_id, intent.number, intent.document_status or "unknown"
    else:
        return None
    return LedgerDocumentRef(
        ledger=ledger.name,
        organisation_id=intent.books.organisation_id,
        document_kind=intent.kind,
        document_id=document_id,
        number=number,
        status=status,
        url=ledger.link(intent.books, intent.kind, document_id),
    )


def _cause(intent: Intent) -> MessageContext | None:
    """The plan's event: should it be announced again because this answer was lost, the answer goes out again too."""
    if intent.caused_by is None:
        return None
    return MessageContext(
        event_id=intent.caused_by,
        topic=PostingPlanned.TOPIC,
        key=f"{intent.company_id}/{intent.record}",
        tenant_id=intent.books.tenant_id,
        traceparent=intent.traceparent,
    )
