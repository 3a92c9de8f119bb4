"""The ledger's reference data, contacts and items: read, stored, published."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_chassis.sealing import Sealer
from tieout_contracts.events import ReferencePublished
from tieout_contracts.reference import LedgerReference
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books, DirectoryEntry, Reading
from tieout_posting.prepare import follow_merges, replace_directory
from tieout_posting.store import NOW, after, of_books, row_context
from tieout_posting.tables import company, organisation

POSTPONED_S = 600.0


async def store_reading(tx: AsyncConnection, desk: Desk, books: Books, reading: Reading) -> int:
    """Keep what was read and publish it to every company of the organisation; the version, new if the content is."""
    row = (await tx.execute(sa.select(organisation).where(of_books(organisation, books)).with_for_update())).one()
    content = _content_hash(reading)
    version = row.reference_version + (content != row.reference_hash)
    reference = reading.reference.model_copy(update={"version": version})
    values = {
        "reference": _sealed(desk.sealer, books, reference, reading.keys),
        "reference_hash": content,
        "reference_version": version,
        "reference_read_at": NOW,
        "reference_due_at": after(desk.options.reference_refresh_s),
        "contacts_due": False,
        "items_due": False,
    }
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(values))
    await store_directory(tx, books, "contact", reading.contacts)
    await store_directory(tx, books, "item", reading.items)
    await _publish(tx, books, reference, everywhere=True)
    return int(version)


async def postpone_reading(tx: AsyncConnection, books: Books) -> None:
    """A reading failed: what was read before serves a while longer, so that posting goes on."""
    known = sa.and_(of_books(organisation, books), organisation.c.reference_version > 0)
    await tx.execute(sa.update(organisation).where(known).values(reference_due_at=after(POSTPONED_S)))


async def publish_to_new_companies(tx: AsyncConnection, desk: Desk, books: Books) -> None:
    """A company that came after the last reading gets what was read."""
    opened = await open_reference(tx, desk.sealer, books)
    if opened is not None:
        await _publish(tx, books, opened[0], everywhere=False)


async def store_directory(tx: AsyncConnection, books: Books, kind: str, entries: tuple[DirectoryEntry, ...]) -> None:
    """The ledger's list of contacts or items."""
    await replace_directory(tx, books, kind, entries)
    if kind == "contact":
        await follow_merges(tx, books)
    due = {"contacts_due": False} if kind == "contact" else {"items_due": False}
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(due))


async def open_reference(
    tx: AsyncConnection, sealer: Sealer, books: Books
) -> tuple[LedgerReference, Mapping[str, str]] | None:
    """The reference data last read, with the ledger's own ids."""
    sealed = await tx.scalar(sa.select(organisation.c.reference).where(of_books(organisation, books)))
    if sealed is None:
        return None
    stored = json.loads(sealer.open(bytes(sealed), _context(books)))
    return LedgerReference.model_validate_json(stored["reference"]), stored["keys"]


async def _publish(tx: AsyncConnection, books: Books, reference: LedgerReference, *, everywhere: bool) -> None:
    mine = of_books(company, books)
    if not everywhere:
        mine = sa.and_(mine, company.c.published_version < reference.version)
    found = sa.select(company.c.company_id).where(mine).order_by(company.c.company_id).with_for_update()
    for company_id in (await tx.execute(found)).scalars().all():
        event = ReferencePublished(tenant_id=books.tenant_id, company_id=company_id, reference=reference)
        await publish(tx, event)
        one = sa.and_(of_books(company, books), company.c.company_id == company_id)
        await tx.execute(sa.update(company).where(one).values(published_version=reference.version))


def _sealed(sealer: Sealer, books: Books, reference: LedgerReference, keys: Mapping[str, str]) -> bytes:
    stored: dict[str, Any] = {"reference": reference.model_dump_json(), "keys": dict(keys)}
    return sealer.seal(json.dumps(stored).encode(), _context(books), books.tenant_id)


def _content_hash(reading: Reading) -> str:
    still = reading.reference.model_dump_json(exclude={"version", "read_at"})
    return hashlib.sha256(f"{still}\x1f{sorted(reading.keys.items())}".encode()).hexdigest()[:32]


def _context(books: Books) -> bytes:
    return row_context(books.tenant_id, "organisation", books.organisation_id)
