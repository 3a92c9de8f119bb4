"""What people said on whether a contact of the ledger is a customer's: kept, and used by all matching from then on."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.leases import announce
from tieout_chassis.outbox import MessageContext
from tieout_contracts.events import LinksDecided
from tieout_posting.cutover.proposing import Said
from tieout_posting.details import contact_key
from tieout_posting.ledger import Books
from tieout_posting.matching import Word
from tieout_posting.organisations import LEASE_KIND, books_of_company
from tieout_posting.store import NOW, of_books
from tieout_posting.tables import link, shared

_UNSENT = ("unmatched", "create", "link", "refused")


async def decided(tx: AsyncConnection, event: LinksDecided, _: MessageContext) -> None:
    """Keep what a person decided; what waits for such a contact is matched anew. A writer that has no such company
    leaves it to the one that has."""
    books = await books_of_company(tx, event.tenant_id, event.company_id)
    if books is None:
        return
    for each in event.decisions:
        key = contact_key(each.contact_number)
        await say(tx, books, key, each.ledger_id, each.approved, event.person, event.decided_at)
        again = {"state": "unmatched", "ready_at": NOW, "tries": 0, "problem": None}
        unsent = sa.and_(shared.c.state.in_(_UNSENT), shared.c.body.is_not(None))  # else the next plan brings it anew
        waits = sa.and_(of_books(shared, books), shared.c.key == key, unsent)
        await tx.execute(sa.update(shared).where(waits).values(again))
        if each.approved:  # later documents go to the contact that a person chose, whatever was known before
            known = sa.and_(of_books(shared, books), shared.c.key == key, shared.c.state == "known")
            await tx.execute(sa.update(shared).where(known).values(ledger_id=each.ledger_id))
    await announce(tx, LEASE_KIND, books.name)


async def say(
    tx: AsyncConnection, books: Books, key: str, ledger_id: str, approved: bool, person: str, at: datetime
) -> None:
    """One word: the last one counts. Of the contacts of one customer one is approved at most."""
    mine = sa.and_(of_books(link, books), link.c.key == key)
    if approved:
        other = sa.and_(mine, link.c.ledger_id != ledger_id, link.c.approved, link.c.decided_at <= at)
        await tx.execute(sa.delete(link).where(other))
    values = {"approved": approved, "person": person, "decided_at": at}
    row = {"tenant_id": books.tenant_id, "organisation_id": books.organisation_id, "key": key, "ledger_id": ledger_id}
    said = insert(link).values(row | values)
    newer = link.c.decided_at <= at
    await tx.execute(
        said.on_conflict_do_update(index_elements=list(link.primary_key.columns), set_=values, where=newer)
    )


async def words(tx: AsyncConnection, books: Books, keys: Iterable[str]) -> dict[str, Word]:
    """What was said of these contacts, by key; of two approved ones the one approved last."""
    found = sa.select(link).where(of_books(link, books), link.c.key.in_(list(keys))).order_by(link.c.decided_at)
    told: dict[str, Word] = {}
    for row in (await tx.execute(found)).all():
        before = told.get(row.key, Word())
        if row.approved:
            told[row.key] = Word(row.ledger_id, before.refused)
        else:
            told[row.key] = Word(before.approved, before.refused | {row.ledger_id})
    return told


async def said_of(tx: AsyncConnection, books: Books, numbers: Iterable[str]) -> Said:
    """What is decided of these customers, by contact number: what postings use already, and what people said."""
    by_key = {contact_key(number): number for number in numbers}
    known = sa.select(shared.c.key, shared.c.ledger_id).where(
        of_books(shared, books), shared.c.key.in_(list(by_key)), shared.c.state == "known"
    )
    linked = {by_key[row.key]: row.ledger_id for row in (await tx.execute(known)).all() if row.ledger_id is not None}
    told = await words(tx, books, by_key)
    linked |= {by_key[key]: word.approved for key, word in told.items() if word.approved and by_key[key] not in linked}
    return Said(linked, {by_key[key]: word.refused for key, word in told.items()})
