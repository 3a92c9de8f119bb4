"""Revisions that were captured: a fingerprint for as long as the record, a sealed body until it is not needed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.records import RecordRef
from tieout_ingest.canonical import Fingerprint
from tieout_ingest.store.tables import capture, record

_NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Capture:
    """One revision of one record; `sealed` is the canonical record's JSON."""

    ref: RecordRef
    revision: str
    fingerprint: Fingerprint
    sealed: bytes


def seal_context(tenant_id: str, connection_id: str, ref: RecordRef, revision: str) -> bytes:
    """What binds a sealed body to its row (AAD)."""
    return f"{tenant_id}|capture|{connection_id}/{ref}/{revision}".encode()


async def keep(tx: AsyncConnection, tenant_id: str, connection_id: str, captures: Sequence[Capture]) -> None:
    """Store revisions. One that is known gets the GL entries of its newest export, and its body back."""
    if not captures:
        return
    statement = insert(capture)
    statement = statement.on_conflict_do_update(
        index_elements=[capture.c.connection_id, capture.c.kind, capture.c.record_id, capture.c.revision],
        set_={name: statement.excluded[name] for name in ("fingerprint", "sealed", "captured_at")},
    )
    rows = [
        {
            "connection_id": connection_id,
            "kind": each.ref.kind,
            "record_id": each.ref.record_id,
            "revision": each.revision,
            "tenant_id": tenant_id,
            "fingerprint": each.fingerprint.model_dump(mode="json"),
            "sealed": each.sealed,
        }
        for each in captures
    ]
    await tx.execute(statement.values(captured_at=_NOW), rows)


async def fingerprints(
    tx: AsyncConnection, connection_id: str, wanted: Iterable[tuple[RecordRef, str]]
) -> dict[tuple[RecordRef, str], Fingerprint]:
    """The fingerprints of these records' revisions, as far as they are known."""
    keys = [(ref.kind, ref.record_id, revision) for ref, revision in wanted]
    if not keys:
        return {}
    place = sa.tuple_(capture.c.kind, capture.c.record_id, capture.c.revision)
    statement = sa.select(capture.c.kind, capture.c.record_id, capture.c.revision, capture.c.fingerprint)
    rows = await tx.execute(statement.where(capture.c.connection_id == connection_id, place.in_(keys)))
    return {
        (RecordRef(kind=kind, record_id=record_id), revision): Fingerprint.model_validate(found)
        for kind, record_id, revision, found in rows.all()
    }


async def sealed_body(tx: AsyncConnection, connection_id: str, ref: RecordRef, revision: str) -> bytes | None:
    """A revision's sealed body, None once it was purged."""
    statement = sa.select(capture.c.sealed).where(_of(connection_id, ref), capture.c.revision == revision)
    found: bytes | None = await tx.scalar(statement)
    return found


async def accept(tx: AsyncConnection, connection_id: str, ref: RecordRef, revision: str, found: Fingerprint) -> None:
    """A person said that what ConnectWise holds now belongs to what was posted: compare with this from now on."""
    statement = capture.update().where(_of(connection_id, ref), capture.c.revision == revision)
    told = found.model_dump(mode="json", exclude={"billed"})
    await tx.execute(statement.values(fingerprint=capture.c.fingerprint.concat(sa.cast(told, JSONB))))


async def purge(tx: AsyncConnection, connection_id: str, refs: Collection[RecordRef]) -> None:
    """Drop the bodies of these records: batched, cancelled or gone."""
    if refs:
        place = sa.tuple_(capture.c.kind, capture.c.record_id)
        keys = [(ref.kind, ref.record_id) for ref in refs]
        statement = capture.update().where(capture.c.connection_id == connection_id, place.in_(keys))
        await tx.execute(statement.where(capture.c.sealed.is_not(None)).values(sealed=None))


async def purge_superseded(tx: AsyncConnection, connection_id: str) -> None:
    """Drop the bodies of revisions that a newer capture of their record replaced."""
    newer = sa.exists().where(
        record.c.connection_id == capture.c.connection_id,
        record.c.kind == capture.c.kind,
        record.c.record_id == capture.c.record_id,
        record.c.revision != capture.c.revision,
    )
    statement = capture.update().where(capture.c.connection_id == connection_id, capture.c.sealed.is_not(None), newer)
    await tx.execute(statement.values(sealed=None))


async def purge_older_than(tx: AsyncConnection, connection_id: str, days: int) -> None:
    """Drop the bodies that nobody has needed for so long."""
    limit = _NOW - sa.func.make_interval(0, 0, 0, days)
    statement = capture.update().where(capture.c.connection_id == connection_id, capture.c.captured_at < limit)
    await tx.execute(statement.where(capture.c.sealed.is_not(None)).values(sealed=None))


def _of(connection_id: str, ref: RecordRef) -> sa.ColumnElement[bool]:
    return sa.and_(
        capture.c.connection_id == connection_id, capture.c.kind == ref.kind, capture.c.record_id == ref.record_id
    )
