"""A comparison's looks into the ledger: first all contacts, then documents by number, group by group; then it is told.

One look is one slice of the organisation's work, after everything that posts. What it found is kept, so that a look
that fails is the only one that is done again.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.outbox import publish
from tieout_contracts.documents import DocumentKind, LedgerContact
from tieout_contracts.events import LedgerCompared
from tieout_contracts.posting import LedgerDocumentRef
from tieout_contracts.proposals import ContactProposal, DocumentProposal
from tieout_contracts.records import RecordRef
from tieout_posting.cutover import comparisons, links
from tieout_posting.cutover.proposing import Customer, Directory, Found, compare, contacts_by_number, propose
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books, DirectoryEntry, SeenDocument
from tieout_posting.store import NOW, of_books
from tieout_posting.tables import intent

PART_SIZE = 200
"""Proposals that are told in one event."""


@dataclass(frozen=True, slots=True)
class ListContacts:
    """Read all contacts and match the comparison's customers."""

    preview_id: UUID


@dataclass(frozen=True, slots=True)
class FindDocuments:
    """Look up documents of one kind by number."""

    preview_id: UUID
    kind: DocumentKind
    numbers: tuple[str, ...]


async def find_look(tx: AsyncConnection, desk: Desk, books: Books) -> ListContacts | FindDocuments | None:
    """The next look of the oldest comparison that is whole; one that needs none any more is told."""
    while (row := await comparisons.next_due(tx, books)) is not None:
        await comparisons.change(tx, row.preview_id, tries=row.tries + 1)
        if row.contacts is None:
            return ListContacts(row.preview_id)
        group = await comparisons.waiting(tx, row.preview_id, limit=desk.options.look_up_members)
        if group:
            return FindDocuments(row.preview_id, group[0].document_kind, comparisons.numbers_of(group))
        await _tell(tx, desk, row)
    return None


async def note_contacts(
    tx: AsyncConnection, desk: Desk, books: Books, look: ListContacts, entries: Sequence[DirectoryEntry]
) -> None:
    """What the list of contacts has for each customer of the comparison."""
    rows = await comparisons.customers(tx, look.preview_id)
    told = [comparisons.customer_of(comparisons.opened(desk.sealer, row)) for row in rows]
    contacts: dict[str, LedgerContact] = {each.contact_number: each for each in told}
    count = Counter(each.contact_number for each in told)
    directory, said = Directory(entries), await links.said_of(tx, books, contacts)
    found = [propose(Customer(contacts[number], count[number]), directory, said) for number in sorted(contacts)]
    sealed = desk.sealer.seal(
        json.dumps([each.model_dump(mode="json") for each in found]).encode(),
        comparisons.seal_contacts_context(books.tenant_id, look.preview_id),
        books.tenant_id,
    )
    await comparisons.forget_unplanned(tx, look.preview_id)
    await comparisons.change(tx, look.preview_id, contacts=sealed, tries=0)


async def note_documents(
    tx: AsyncConnection, desk: Desk, books: Books, look: FindDocuments, found: Sequence[SeenDocument]
) -> None:
    """What the ledger has under the numbers that were asked for."""
    contacts = contacts_by_number(await _contacts(tx, desk, books.tenant_id, look.preview_id))
    owners = await _owners(tx, books, [each.document_id for each in found])
    asked = {number.casefold() for number in look.numbers}
    for row in await comparisons.waiting(tx, look.preview_id):
        if row.document_kind != look.kind or row.number.casefold() not in asked:
            continue
        document = comparisons.document_of(comparisons.opened(desk.sealer, row))
        contact_id = contacts.get(document.contact.contact_number)
        named = [each for each in found if each.number.casefold() == row.number.casefold()]
        mine = (row.company_id, row.record_kind, row.record_id)
        taken = any(owners.get(each.document_id, mine) != mine for each in named)
        told = compare(document, contact_id, named, taken=taken)
        await comparisons.answer(tx, row, _proposal(desk, books, row, look.kind, told), contact_id)
    await comparisons.change(tx, look.preview_id, tries=0)


async def _owners(tx: AsyncConnection, books: Books, ids: Sequence[str]) -> Mapping[str, tuple[str, str, int]]:
    """The records whose documents these are already."""
    owned = sa.select(intent).where(of_books(intent, books), intent.c.document_id.in_(ids), intent.c.state == "posted")
    rows = (await tx.execute(owned)).all()
    return {row.document_id: (row.company_id, row.record_kind, row.record_id) for row in rows}


def _proposal(desk: Desk, books: Books, row: Any, kind: DocumentKind, found: Found) -> DocumentProposal:
    seen = found.seen
    document = None
    if seen is not None:
        document = LedgerDocumentRef(
            ledger=desk.ledger.name,
            organisation_id=books.organisation_id,
            document_kind=kind,
            document_id=seen.document_id,
            number=seen.number,
            status=seen.status,
            url=desk.ledger.link(books, kind, seen.document_id),
        )
    ref = RecordRef(kind=row.record_kind, record_id=row.record_id)
    return DocumentProposal(
        record=ref, number=row.number, finding=found.finding, document=document, problems=found.problems
    )


async def _tell(tx: AsyncConnection, desk: Desk, row: Any) -> None:
    contacts = await _contacts(tx, desk, row.tenant_id, row.preview_id)
    documents = await comparisons.proposals(tx, row.preview_id)
    for of_contacts, of_documents in _parts(contacts, documents):
        event = LedgerCompared(
            tenant_id=row.tenant_id,
            company_id=row.company_id,
            preview_id=row.preview_id,
            contacts=tuple(of_contacts),
            documents=tuple(of_documents),
            proposals=len(contacts) + len(documents),
            compared_at=datetime.now(UTC),
        )
        await publish(tx, event)
    await comparisons.change(tx, row.preview_id, told_at=NOW, contacts=None)


def _parts(
    contacts: Sequence[ContactProposal], documents: Sequence[DocumentProposal]
) -> Iterator[tuple[Sequence[ContactProposal], Sequence[DocumentProposal]]]:
    """At least one, so that an empty comparison is told, too."""
    longest = max(len(contacts), len(documents), 1)
    for start in range(0, longest, PART_SIZE):
        part = slice(start, start + PART_SIZE)
        yield contacts[part], documents[part]


async def _contacts(tx: AsyncConnection, desk: Desk, tenant_id: str, preview_id: UUID) -> list[ContactProposal]:
    sealed = await comparisons.contacts_of(tx, preview_id)
    plain = desk.sealer.open(sealed, comparisons.seal_contacts_context(tenant_id, preview_id))
    return [ContactProposal.model_validate(each) for each in json.loads(plain)]
