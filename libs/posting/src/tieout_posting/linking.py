"""A contact that people made gets our number, and what the company wants it to be told, in one change.

It was found by its exact name, unlinked and alone of that name. It is read right before, like each contact that is
changed, unless the list of all contacts was read a moment ago and says enough: which fields are blank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import LedgerContact
from tieout_posting import customers
from tieout_posting.batching import Group
from tieout_posting.calls import StoredCall
from tieout_posting.changing import Member, call_of
from tieout_posting.choosing import shared_members
from tieout_posting.desk import Desk
from tieout_posting.details import Details, decide
from tieout_posting.ledger import Books, ContactChange, SeenContact
from tieout_posting.scrub import private_texts_of, scrubbed
from tieout_posting.sharing import match_again, opened, refuse_unsendable
from tieout_posting.store import NOW, of_books, seconds
from tieout_posting.tables import organisation

PERSONS = "persons"
"""Stands among what a contact holds, where it lists persons."""


async def ids_of(tx: AsyncConnection, desk: Desk, books: Books, group: Group) -> list[str]:
    """The ledger's ids of those of the group that must be read."""
    rows = await shared_members(tx, books, group)
    details, just_listed = await _details(tx, desk, books, rows), await _just_listed(tx, desk, books)
    return [row.ledger_id for row in rows if not (just_listed and _says_enough(row, details[row.key]))]


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

    async def refuse(bad: Member, reason: str) -> None:
        told = scrubbed([reason], private_texts_of(bad.details.contact, bad.details.persons))[0]
        await refuse_unsendable(tx, books, bad.row.key, "contact", told)

    return await call_of(tx, desk, books, group, keys, chosen, refuse)


async def _links(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    rows: Sequence[Any],
    keys: Mapping[str, str],
    seen: Mapping[str, SeenContact],
) -> list[Member]:
    found, just_listed = await _details(tx, desk, books, rows), await _just_listed(tx, desk, books)
    links = []
    for row in rows:
        details, shown = found[row.key], seen.get(row.ledger_id)
        if shown is None and just_listed and _says_enough(row, details):
            shown = SeenContact(row.ledger_id, dict.fromkeys(row.fill, "listed"))
        if shown is None or shown.heir is not None:  # it went since the list was read
            await match_again(tx, desk, books, row, "the contact of its name is gone")
            continue
        wanted = desk.ledger.contact_fields(details.contact, keys)
        verdict = decide(details, wanted, shown, desk.ledger.limits.contact_persons)
        change = verdict.change or ContactChange(shown, details.contact, frozenset())
        links.append(Member(row, details, replace(change, number=row.code), verdict.left_out))
    return links


async def _details(tx: AsyncConnection, desk: Desk, books: Books, rows: Sequence[Any]) -> dict[str, Details]:
    waiting = await customers.waiting(tx, desk.sealer, books, [row.key for row in rows])
    return {
        row.key: waiting.get(row.key) or Details(contact=cast(LedgerContact, opened(desk, books, row))) for row in rows
    }


def _says_enough(row: Any, details: Details) -> bool:
    """Whether it suffices to know which fields are blank: nothing is overwritten, and no person must be named again."""
    policies = details.contact.policies.model_dump().values()
    return "overwrite" not in policies and not (details.persons and PERSONS in row.fill)


async def _just_listed(tx: AsyncConnection, desk: Desk, books: Books) -> bool:
    fresh = organisation.c.reference_read_at >= NOW - seconds(desk.options.draft_trust_s)
    return bool(await tx.scalar(sa.select(sa.exists().where(of_books(organisation, books), fresh))))
