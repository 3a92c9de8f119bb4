"""Members of a group into one call's bytes; what can never be sent is refused on the way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import LedgerContact, LedgerItem
from tieout_contracts.problems import problem
from tieout_posting.batching import Group
from tieout_posting.calls import SHARED_PURPOSES, StoredCall, new_key
from tieout_posting.choosing import members, shared_members
from tieout_posting.decisions import carry_out
from tieout_posting.desk import Desk
from tieout_posting.exchange import known_rates
from tieout_posting.intent import Intent
from tieout_posting.ledger import BodyRefused, Books, KeyedLedger, NeededItem, Promotion
from tieout_posting.needs import needed_items
from tieout_posting.outcomes.decision import refused
from tieout_posting.scrub import private_texts, scrubbed
from tieout_posting.sharing import known_items, opened, refuse_unsendable
from tieout_providers.call import Call


async def build(
    tx: AsyncConnection, desk: Desk, books: Books, group: Group, keys: Mapping[str, str]
) -> StoredCall | None:
    """The call for a group as it stands now, its members' rows locked; None when nothing of it can be sent.

    Raises `RatesNeeded`.
    """
    if group.purpose in SHARED_PURPOSES:
        return await _build_shared(tx, desk, books, group, keys)
    return await _build_documents(tx, desk, books, group, keys)


async def _build_documents(
    tx: AsyncConnection, desk: Desk, books: Books, group: Group, keys: Mapping[str, str]
) -> StoredCall | None:
    chosen = await members(tx, desk, books, group)
    if group.purpose == "draft":
        keys = await keys_of_documents(tx, desk, books, chosen, keys)

    def made(some: Sequence[Intent], key: str) -> Call:
        return _document_call(desk, books, group, some, keys, key)

    return await fitting_call(tx, desk, books, group, chosen, made)


async def keys_of_documents(
    tx: AsyncConnection, desk: Desk, books: Books, chosen: Sequence[Intent], keys: Mapping[str, str]
) -> Mapping[str, str]:
    """What these documents are built with: the ids of items made since the last reading and rates of exchange, too."""
    if not isinstance(desk.ledger, KeyedLedger):
        return keys
    codes = {item.code for each in chosen for item in needed_items(desk.ledger, each.document)}
    days = {(each.document.currency, each.document.document_date) for each in chosen}
    return {**keys, **await known_items(tx, books, codes), **await known_rates(tx, books, days)}


async def fitting_call(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    group: Group,
    chosen: list[Intent],
    made: Callable[[Sequence[Intent], str], Call],
) -> StoredCall | None:
    """The call of as many of `chosen` as fit into one; what can never be sent is refused on the way."""
    call_id, key = new_key(books)
    while chosen:
        try:
            request = made(chosen, key)
        except BodyRefused as error:
            bad = chosen.pop(error.index)
            reason = scrubbed([str(error)], private_texts(bad.document))[0]
            await carry_out(
                tx, desk, [(bad, refused(bad, problem("ledger.unsendable", number=bad.number, reason=reason)))]
            )
            continue
        if len(request.body) <= desk.options.max_body_bytes or len(chosen) == 1:
            ids = tuple(str(each.posting_id) for each in chosen)
            return StoredCall(call_id, books, group.purpose, group.kind, request, ids)
        chosen = chosen[: len(chosen) // 2]
    return None


def _document_call(
    desk: Desk, books: Books, group: Group, chosen: Sequence[Intent], keys: Mapping[str, str], key: str
) -> Call:
    assert group.kind is not None
    if group.purpose == "draft":
        return desk.ledger.create(books, group.kind, [each.draft() for each in chosen], keys, key)
    if group.purpose == "approve":
        promotions = [Promotion(_id(each), each.document.target_status) for each in chosen]
        return desk.ledger.promote(books, group.kind, promotions, key)
    return desk.ledger.discard(books, group.kind, [_id(each) for each in chosen], key)


async def _build_shared(
    tx: AsyncConnection, desk: Desk, books: Books, group: Group, keys: Mapping[str, str]
) -> StoredCall | None:
    rows = list(await shared_members(tx, books, group))
    call_id, key = new_key(books)
    while rows:
        try:
            request = _shared_call(desk, books, group, rows, keys, key)
        except BodyRefused as error:
            bad = rows.pop(error.index)
            await refuse_unsendable(
                tx, books, bad.key, bad.kind, scrubbed([str(error)], [opened(desk, books, bad).name])[0]
            )
            continue
        return StoredCall(call_id, books, group.purpose, None, request, tuple(row.key for row in rows))
    return None


def _shared_call(
    desk: Desk, books: Books, group: Group, rows: Sequence[Any], keys: Mapping[str, str], key: str
) -> Call:
    details = [opened(desk, books, row) for row in rows]
    if group.purpose == "item_create":
        if isinstance(desk.ledger, KeyedLedger):
            return desk.ledger.create_items_with_accounts(books, cast(list[NeededItem], details), keys, key)
        return desk.ledger.create_items(books, cast(list[LedgerItem], details), key)
    contacts = cast(list[LedgerContact], details)
    if isinstance(desk.ledger, KeyedLedger):
        return desk.ledger.create_contacts_with_keys(books, contacts, keys, key)
    return desk.ledger.create_contacts(books, contacts, key)


def _id(intent: Intent) -> str:
    assert intent.document_id is not None
    return intent.document_id
