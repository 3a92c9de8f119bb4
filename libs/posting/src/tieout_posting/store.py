"""Rows to values and back: intents with their documents opened, organisations, sealed columns."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerDocument
from tieout_contracts.problems import Problem
from tieout_contracts.records import RecordRef
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books
from tieout_posting.tables import company, intent, organisation, shared

NOW = sa.func.clock_timestamp()

_CONTACT = sa.and_(
    shared.c.tenant_id == intent.c.tenant_id,
    shared.c.organisation_id == intent.c.organisation_id,
    shared.c.key == intent.c.contact_key,
)
_COMPANY = sa.and_(company.c.tenant_id == intent.c.tenant_id, company.c.company_id == intent.c.company_id)
_INTENTS = (
    sa.select(
        intent,
        shared.c.ledger_id.label("contact_id"),
        sa.func.coalesce(company.c.mismatched_draft == "keep", sa.false()).label("keeps_mismatch"),
        organisation.c.connection_id,
    )
    .join(
        organisation,
        sa.and_(
            organisation.c.tenant_id == intent.c.tenant_id,
            organisation.c.organisation_id == intent.c.organisation_id,
        ),
    )
    .outerjoin(shared, _CONTACT)
    .outerjoin(company, _COMPANY)
    .with_for_update(of=intent)
)


def seconds(count: float | sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """An interval."""
    return sa.func.make_interval(0, 0, 0, 0, 0, 0, sa.cast(count, sa.Double))


def after(wait_s: float) -> sa.ColumnElement[Any]:
    """The database's clock, so many seconds from now."""
    return NOW + seconds(wait_s)


def row_context(tenant_id: str, table: str, row_id: object) -> bytes:
    """What binds a sealed column to its row (AAD)."""
    return f"{tenant_id}|{table}|{row_id}".encode()


def seal_document(sealer: Sealer, tenant_id: str, posting_id: UUID, document: LedgerDocument) -> bytes:
    return sealer.seal(document.model_dump_json().encode(), row_context(tenant_id, "intent", posting_id), tenant_id)


def open_document(sealer: Sealer, tenant_id: str, posting_id: UUID, sealed: bytes) -> LedgerDocument:
    plain = sealer.open(bytes(sealed), row_context(tenant_id, "intent", posting_id))
    return LedgerDocument.model_validate_json(plain)


def of_books(table: sa.FromClause, books: Books) -> sa.ColumnElement[bool]:
    """The rows of one organisation."""
    return sa.and_(table.c.tenant_id == books.tenant_id, table.c.organisation_id == books.organisation_id)


async def load_books(tx: AsyncConnection, lease_name: str) -> Books | None:
    """The organisation that a lease's name stands for (`Books.name`)."""
    tenant_id, _, organisation_id = lease_name.partition("/")
    found = sa.select(organisation.c.connection_id).where(
        organisation.c.tenant_id == tenant_id, organisation.c.organisation_id == organisation_id
    )
    connection_id = await tx.scalar(found)
    return None if connection_id is None else Books(tenant_id, organisation_id, str(connection_id))


async def load_intents(
    tx: AsyncConnection, sealer: Sealer, *conditions: sa.ColumnElement[bool], limit: int | None = None
) -> list[Intent]:
    """Intents with their documents, their rows locked, in the order in which they are served."""
    query = _INTENTS.where(intent.c.document.is_not(None), *conditions)
    query = query.order_by(intent.c.bulk_cap.nulls_last(), intent.c.ready_at, intent.c.posting_id).limit(limit)
    return [_intent(sealer, row) for row in (await tx.execute(query)).all()]


def by_ids(books: Books, posting_ids: Iterable[UUID | str]) -> sa.ColumnElement[bool]:
    """The intents of these ids in one organisation."""
    return sa.and_(of_books(intent, books), intent.c.posting_id.in_([UUID(str(each)) for each in posting_ids]))


def problems_column(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in problems]


def name_hash(name: str) -> str:
    """What two names are compared by: their text without case and extra spaces, hashed, so that no name is kept."""
    return hashlib.sha256(f"tieout name\0{folded(name)}".encode()).hexdigest()


def folded(name: str) -> str:
    """A name without case and extra spaces."""
    return " ".join(name.split()).casefold()


def folded_account(number: str | None) -> str | None:
    """An account number without case and outer spaces; None: there is none."""
    return (number or "").strip().casefold() or None


def _intent(sealer: Sealer, row: Any) -> Intent:
    return Intent(
        posting_id=row.posting_id,
        company_id=row.company_id,
        books=Books(row.tenant_id, row.organisation_id, row.connection_id),
        record=RecordRef(kind=row.record_kind, record_id=row.record_id),
        revision=row.revision,
        document=open_document(sealer, row.tenant_id, row.posting_id, row.document),
        state=row.state,
        step=row.step,
        look_up=row.look_up,
        contact_id=row.contact_id,
        document_id=row.document_id,
        document_status=row.document_status,
        revises=row.revises,
        content_before=row.content_before,
        maybe_sent=row.maybe_sent,
        withdrawn=row.withdrawn,
        problems=tuple(Problem.model_validate(each) for each in row.problems),
        look_ups=row.look_ups,
        tries=row.tries,
        calls=row.calls,
        caused_by=row.caused_by,
        traceparent=row.traceparent,
        told=row.told,
        keeps_mismatch=row.keeps_mismatch,
    )
