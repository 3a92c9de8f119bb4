"""The first thing that is due in an organisation."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_posting import changing, choosing, customers, looking
from tieout_posting.answering import release_documents
from tieout_posting.batching import next_due_at, next_group
from tieout_posting.calls import StoredCall, end_call, load_calls, orphans_unknown
from tieout_posting.cutover.comparing import find_look
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books
from tieout_posting.prepare import match_unmatched, prepare
from tieout_posting.reading import publish_to_new_companies
from tieout_posting.sharing import release_shared
from tieout_posting.store import NOW, of_books
from tieout_posting.tables import company, intent, organisation, shared
from tieout_posting.todo import ReadLists, ReadReference, Rest, Todo
from tieout_posting.waiting import tell_stopped

SHORTEST_REST_S = 0.02


async def find_todo(tx: AsyncConnection, desk: Desk, books: Books) -> Todo:
    """Take what needs no call as far as it goes, then say which call is due. The caller's lease is fenced."""
    await orphans_unknown(tx, desk.sealer, books)
    await customers.free_unknown(tx, books)
    row = (await tx.execute(sa.select(organisation, NOW.label("now")).where(of_books(organisation, books)))).one()
    if row.reference_due_at <= row.now:
        return ReadReference()
    await _publish_if_new(tx, desk, books, row.reference_version)
    lists = await _lists_due(tx, books, row)
    if lists:
        return ReadLists(lists)
    if await prepare(tx, desk, books) == 0:
        await match_unmatched(tx, desk, books)
    await tell_stopped(tx, desk, books)
    again = await _again(tx, desk, books, row.now)
    if again is not None:
        return again
    await choosing.doubt_stale_drafts(tx, desk, books)
    await choosing.doubt_taken_numbers(tx, desk, books)
    question = await looking.due_question(tx, desk, books)
    if question is not None:
        return question
    choice = await choosing.groups(tx, desk, books)
    return (
        next_group(choice.groups, choice.now, desk.options)
        or await find_look(tx, desk, books)
        or await _rest(tx, desk, books, choice, row.reference_due_at)
    )


async def _publish_if_new(tx: AsyncConnection, desk: Desk, books: Books, version: int) -> None:
    behind = sa.exists().where(of_books(company, books), company.c.published_version < version)
    if version and await tx.scalar(sa.select(behind)):
        await publish_to_new_companies(tx, desk, books)


async def _lists_due(tx: AsyncConnection, books: Books, row: Any) -> frozenset[str]:
    """Only where something waits to be matched: a list that nobody needs is not read."""
    kinds = await looking.unknown_shared_kinds(tx, books)
    wanted = {kind for kind, due in (("contact", row.contacts_due), ("item", row.items_due)) if due}
    if wanted:
        unmatched = sa.select(shared.c.kind).where(of_books(shared, books), shared.c.state == "unmatched").distinct()
        kinds |= wanted & set((await tx.execute(unmatched)).scalars())
    return frozenset(kinds)


async def _again(tx: AsyncConnection, desk: Desk, books: Books, now: datetime) -> StoredCall | None:
    """A call that was certainly not done, unless its key grew old or a member was withdrawn: then its members go on
    in other calls."""
    for stored, row in await load_calls(tx, desk.sealer, books, "again"):
        young = row.first_sent_at + timedelta(seconds=desk.ledger.limits.key_lifetime_s) > now
        if young and not await _has_withdrawn(tx, stored):
            return stored
        await let_go(tx, desk, stored, "dissolved")
    return None


async def let_go(tx: AsyncConnection, desk: Desk, stored: StoredCall, finding: str, status: int | None = None) -> None:
    """The call was certainly not done and will not go again: its members are free for others."""
    if stored.of_customers:
        await changing.release_changes(tx, stored)
    elif stored.of_shared:
        await release_shared(tx, stored)
    else:
        await release_documents(tx, desk, stored)
    await end_call(tx, stored, finding, status)


async def _has_withdrawn(tx: AsyncConnection, stored: StoredCall) -> bool:
    gone = sa.exists().where(intent.c.call_id == stored.call_id, intent.c.withdrawn.is_not(None))
    return bool(await tx.scalar(sa.select(gone)))


async def _rest(
    tx: AsyncConnection, desk: Desk, books: Books, choice: choosing.Choice, reference_due_at: datetime
) -> Rest:
    times = [next_due_at(choice.groups, desk.options), await choosing.next_ready_at(tx, books), reference_due_at]
    soonest = min(each for each in times if each is not None)
    idle_s = (soonest - choice.now).total_seconds()
    return Rest(idle_s=min(max(idle_s, SHORTEST_REST_S), desk.options.idle_s))
