"""What the bus said about records, kept until the connection's next slice applies it in its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.records import RecordRef
from tieout_ingest.store.tables import heard, record

Word = Literal[
    "posted",
    "adopt_proposed",
    "conflict",
    "refused",
    "waiting",
    "discarded",
    "plan_refused",
    "retry",
    "cancel",
    "skip",
    "batch_again",
    "approve",
]
"""A writer's outcome, the rules' refusal, or a person's command."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing that was said; `revision`, `posting_id` and `document_status` are a writer's, `plan_hash` is what a
    person approved."""

    id: int
    ref: RecordRef
    word: Word
    revision: str | None
    posting_id: UUID | None
    document_status: str | None
    plan_hash: str | None
    event_id: UUID
    traceparent: str | None


async def hear(
    tx: AsyncConnection,
    company_id: str,
    ref: RecordRef,
    word: Word,
    *,
    event_id: UUID,
    revision: str | None = None,
    posting_id: UUID | None = None,
    document_status: str | None = None,
    plan_hash: str | None = None,
    traceparent: str | None = None,
) -> str | None:
    """Keep a word about a company's record; its connection, or None if ingest does not know the record."""
    statement = sa.select(record.c.connection_id).where(
        record.c.company_id == company_id, record.c.kind == ref.kind, record.c.record_id == ref.record_id
    )
    newest = statement.order_by(record.c.changed_at.desc()).limit(1)
    connection_id: str | None = await tx.scalar(newest)
    if connection_id is None:
        return None
    values = {
        "connection_id": connection_id,
        "kind": ref.kind,
        "record_id": ref.record_id,
        "word": word,
        "revision": revision,
        "posting_id": posting_id,
        "document_status": document_status,
        "plan_hash": plan_hash,
        "event_id": event_id,
        "traceparent": traceparent,
    }
    await tx.execute(heard.insert().values(values))
    return connection_id


async def waiting(tx: AsyncConnection, connection_id: str, *, limit: int) -> list[Heard]:
    """The oldest words that were not applied yet, in the order in which they were heard."""
    statement = heard.select().where(heard.c.connection_id == connection_id).order_by(heard.c.id).limit(limit)
    rows = (await tx.execute(statement)).mappings().all()
    return [
        Heard(
            id=row["id"],
            ref=RecordRef(kind=row["kind"], record_id=row["record_id"]),
            word=row["word"],
            revision=row["revision"],
            posting_id=row["posting_id"],
            document_status=row["document_status"],
            plan_hash=row["plan_hash"],
            event_id=row["event_id"],
            traceparent=row["traceparent"],
        )
        for row in rows
    ]


async def forget(tx: AsyncConnection, words: Sequence[Heard]) -> None:
    """They are applied."""
    await tx.execute(heard.delete().where(heard.c.id.in_([word.id for word in words])))
