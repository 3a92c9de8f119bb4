"""A document that was proposed becomes its record's: stored as an intent that only looks it up, and never creates one.

Its customer's contact is the one of the proposal, as if a person had linked it: no contact is made either. No item is
needed, because nothing is posted.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerContact
from tieout_contracts.events import PostingPlanned, RecordCommanded
from tieout_contracts.posting import Posting
from tieout_contracts.problems import Problem, problem
from tieout_contracts.proposals import DocumentProposal
from tieout_posting.cutover import comparisons, links
from tieout_posting.details import contact_key
from tieout_posting.ledger import Books, Ledger
from tieout_posting.organisations import books_of_company
from tieout_posting.prepare import shared_context
from tieout_posting.states import UNFINISHED_STATES
from tieout_posting.store import name_hash, of_books
from tieout_posting.tables import intent, shared


async def adoption_of(
    tx: AsyncConnection, ledger: Ledger, sealer: Sealer, event: RecordCommanded, rows: Sequence[Any]
) -> PostingPlanned | None:
    """The plan of the record that a person had compared; None where nothing was proposed, or an intent of the record
    (`rows`) lives already."""
    if any(row.state == "posted" or row.state in UNFINISHED_STATES for row in rows):
        return None
    found = await comparisons.adoptable(tx, event.tenant_id, event.company_id, event.record_ref)
    books = await books_of_company(tx, event.tenant_id, event.company_id)
    if found is None or books is None:
        return None
    previewed = comparisons.opened(sealer, found)
    posting = previewed.preview.posting
    assert posting is not None
    contact = posting.document.contact
    key = contact_key(contact.contact_number)
    await links.say(tx, books, key, found.contact_id, True, event.person, event.commanded_at)
    await _share(tx, sealer, books, key, contact)
    return PostingPlanned(
        tenant_id=event.tenant_id,
        company_id=event.company_id,
        record_ref=event.record_ref,
        number=previewed.number,
        revision=previewed.revision,
        disposition="post",
        ledger=ledger.name,
        ledger_connection=books.connection_id,
        organisation_id=books.organisation_id,
        posting=posting,
        planned_at=event.commanded_at,
        approved_plan=posting.plan_hash,
    )


async def only_look_up(tx: AsyncConnection, event: PostingPlanned) -> Problem | None:
    """The intent that was stored for an adoption is looked up and not created; the reason where that cannot be."""
    proposal = await comparisons.adoptable(tx, event.tenant_id, event.company_id, event.record_ref)
    assert proposal is not None
    document = DocumentProposal.model_validate(proposal.proposal).document
    assert document is not None
    books = Books(event.tenant_id, event.organisation_id, event.ledger_connection)
    if await _is_taken(tx, books, event.posting, document.document_id):
        return problem("ledger.conflict", number=event.number, difference="it is another record's document")
    key = contact_key(event.posting.document.contact.contact_number)
    looks = {"look_first": "adopt", "contact_key": key, "needs": [key], "proposal_id": document.document_id}
    mine = sa.and_(of_books(intent, books), intent.c.posting_id == event.posting.posting_id)
    await tx.execute(sa.update(intent).where(mine).values(looks))
    return None


async def _is_taken(tx: AsyncConnection, books: Books, posting: Posting, document_id: str) -> bool:
    """Whether the document is, or is being linked as, another record's. Adoptions of one organisation go in turn."""
    await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"adopt {books.name}", 0))))
    looks = sa.or_(intent.c.look_first == "adopt", intent.c.look_up == "adopt")
    linking = sa.and_(intent.c.proposal_id == document_id, intent.c.state.in_(("ready", "unknown")), looks)
    other = sa.and_(
        of_books(intent, books),
        intent.c.posting_id != posting.posting_id,
        sa.or_(sa.and_(intent.c.document_id == document_id, intent.c.state == "posted"), linking),
    )
    return bool(await tx.scalar(sa.select(sa.exists().where(other))))


async def _share(tx: AsyncConnection, sealer: Sealer, books: Books, key: str, contact: LedgerContact) -> None:
    """The contact's row, as the first document for it makes it."""
    row = {
        "tenant_id": books.tenant_id,
        "organisation_id": books.organisation_id,
        "key": key,
        "kind": "contact",
        "code": contact.contact_number,
        "name_hash": name_hash(contact.name),
        "body": sealer.seal(contact.model_dump_json().encode(), shared_context(books, key), books.tenant_id),
    }
    await tx.execute(insert(shared).values(row).on_conflict_do_nothing())
