"""A contact that people made gets our number, and what the company wants it to be told, in one change.

It was found by its exact name, unlinked and alone of that name; it is read right before, like each contact that is
changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import LedgerContact
from tieout_posting import customers
from tieout_posting.batching import Group
from tieout_posting.calls import StoredCall, new_key
from tieout_posting.changing import no_room
from tieout_posting.choosing import shared_members
from tieout_posting.desk import Desk
from tieout_posting.details import Details, decide
from tieout_posting.ledger import BodyRefused, Books, ContactChange, SeenContact
from tieout_posting.scrub import private_texts_of, scrubbed
from tieout_posting.sharing import match_again, opened, refuse_unsendable


@dataclass(frozen=True, slots=True)
class _Link:
    row: Any
    details: Details
    change: ContactChange
    left_out: int


async def ids_of(tx: AsyncConnection, books: Books, group: Group) -> list[str]:
    """The ledger's ids of the group's contacts, as they are to be read."""
    return [row.ledger_id for row in await shared_members(tx, books, group)]


async def build_links(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    group: Group,
    keys: Mapping[str, str],
    seen: Mapping[str, SeenContact],
) -> StoredCall | None:
    """The call for the group; None when nothing of it can be sent."""
    rows = await shared_members(tx, books, group)
    chosen = await _links(tx, desk, books, rows, keys, seen)
    call_id, key = new_key(books)
    while chosen:
        try:
            request = desk.ledger.change_contacts(books, [each.change for each in chosen], keys, key)
        except BodyRefused as error:
            bad = chosen.pop(error.index)
            reason = scrubbed([str(error)], private_texts_of(bad.details.contact, bad.details.persons))[0]
            await refuse_unsendable(tx, books, bad.row.key, "contact", reason)
            continue
        for each in chosen:
            await customers.note_sent(tx, books, each.row.key, each.details, no_room(desk, each.left_out))
        return StoredCall(call_id, books, group.purpose, None, request, tuple(each.row.key for each in chosen))
    return None


async def _links(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    rows: Sequence[Any],
    keys: Mapping[str, str],
    seen: Mapping[str, SeenContact],
) -> list[_Link]:
    waiting = await customers.waiting(tx, desk.sealer, books, [row.key for row in rows])
    links = []
    for row in rows:
        shown = seen.get(row.ledger_id)
        if shown is None or shown.heir is not None:  # it went since the list was read
            await match_again(tx, desk, books, row, "the contact of its name is gone")
            continue
        details = waiting.get(row.key) or Details(contact=cast(LedgerContact, opened(desk, books, row)))
        wanted = desk.ledger.contact_fields(details.contact, keys)
        verdict = decide(details, wanted, shown, desk.ledger.limits.contact_persons)
        change = verdict.change or ContactChange(shown, details.contact, frozenset())
        links.append(_Link(row, details, replace(change, number=row.code), verdict.left_out))
    return links
