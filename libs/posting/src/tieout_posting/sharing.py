"""An answer about contacts or items to their shared rows."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import LedgerContact, LedgerItem
from tieout_posting.calls import StoredCall
from tieout_posting.customers import note_created, note_linked
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books, Element, KeyedLedger, NeededItem, item_key
from tieout_posting.prepare import shared_context
from tieout_posting.scrub import scrubbed
from tieout_posting.store import NOW, of_books
from tieout_posting.tables import directory, organisation, shared

REFUSAL = {"contact": "ledger.contact_rejected", "item": "ledger.item_rejected"}
TAKEN = frozenset({"duplicate", "name_taken"})


async def answer_shared(tx: AsyncConnection, desk: Desk, stored: StoredCall, elements: Sequence[Element]) -> None:
    """What was made is known; what is taken is matched again with the list read anew; the rest is refused."""
    rows = await load_shared(tx, stored)
    said = {element.key.casefold(): element for element in elements if element.key is not None}
    made: dict[str, LedgerContact] = {}
    linked: list[str] = []
    silent = [row for row in rows if row.code.casefold() not in said]
    nameless = [element for element in elements if element.key is None and not element.accepted]
    if silent and len(nameless) == len(silent) == 1:
        said[silent[0].code.casefold()] = nameless[0]
    for row in rows:
        own = said.get(row.code.casefold())
        if own is None:
            await _not_mentioned(tx, desk, stored.books, row, len(rows))
        elif own.accepted and (own.ledger_id or row.kind == "item"):
            if stored.purpose == "contact_create":
                made[row.key] = cast(LedgerContact, opened(desk, stored.books, row))
            linked += [row.key] if stored.purpose == "contact_link" else []
            await _known(tx, stored.books, row, own.ledger_id or row.code)
        else:
            await _not_made(tx, desk, stored.books, row, own)
    if made:
        await note_created(tx, desk.sealer, stored.books, made)
    if linked:
        await note_linked(tx, desk.sealer, stored.books, linked)


async def reject_shared(tx: AsyncConnection, desk: Desk, stored: StoredCall, messages: tuple[str, ...]) -> None:
    """The ledger refused the call as a whole: halved down to the bad element."""
    rows = await load_shared(tx, stored)
    if len(rows) == 1:
        await _not_made(tx, desk, stored.books, rows[0], Element(accepted=False, fault="other", messages=messages))
        return
    await release_shared(tx, stored, bulk_cap=max(1, len(rows) // 2))


async def release_shared(tx: AsyncConnection, stored: StoredCall, bulk_cap: int | None = None) -> None:
    """The call was certainly not done: its members are free for another."""
    state = "link" if stored.purpose == "contact_link" else "create"
    for row in await load_shared(tx, stored):
        await _write(tx, stored.books, row.key, {"state": state, "bulk_cap": bulk_cap, "ready_at": NOW})


async def refuse_unsendable(tx: AsyncConnection, books: Books, key: str, kind: str, reason: str) -> None:
    """It breaks a limit of the ledger: no call would help."""
    problem = {"code": REFUSAL[kind], "facts": {"reason": reason}}
    await _write(tx, books, key, {"state": "refused", "problem": problem})


async def match_again(tx: AsyncConnection, desk: Desk, books: Books, row: Any, reason: str) -> None:
    """What the ledger holds is not what its list said: matched against the list read anew, a few times."""
    if row.tries + 1 >= desk.options.shared_tries:
        await refuse_unsendable(tx, books, row.key, row.kind, reason)
        return
    await _write(tx, books, row.key, {"state": "unmatched", "tries": row.tries + 1, "ready_at": NOW})
    due = {"contacts_due": True} if row.kind == "contact" else {"items_due": True}
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(due))


async def load_shared(tx: AsyncConnection, stored: StoredCall) -> Sequence[Any]:
    """The call's members that still are, locked."""
    found = (
        sa.select(shared)
        .where(
            of_books(shared, stored.books),
            shared.c.key.in_(stored.members),
            shared.c.call_id == stored.call_id,
            shared.c.state == "sending",
        )
        .order_by(shared.c.key)
        .with_for_update()
    )
    return (await tx.execute(found)).all()


def opened(desk: Desk, books: Books, row: Any) -> LedgerContact | LedgerItem:
    """A shared row's details."""
    plain = desk.sealer.open(bytes(row.body), shared_context(books, row.key))
    if row.kind == "contact":
        return LedgerContact.model_validate_json(plain)
    model = NeededItem if isinstance(desk.ledger, KeyedLedger) else LedgerItem
    return model.model_validate_json(plain)


async def known_items(tx: AsyncConnection, books: Books, codes: Iterable[str]) -> dict[str, str]:
    """The ledger's ids of items that were found or made, by `item_key`."""
    found = sa.select(shared.c.key, shared.c.ledger_id).where(
        of_books(shared, books), shared.c.key.in_({item_key(code) for code in codes}), shared.c.state == "known"
    )
    return {row.key: row.ledger_id for row in (await tx.execute(found)).all() if row.ledger_id is not None}


async def _known(tx: AsyncConnection, books: Books, row: Any, ledger_id: str) -> None:
    values = {"state": "known", "ledger_id": ledger_id, "body": None, "bulk_cap": None, "tries": 0}
    await _write(tx, books, row.key, values)
    entry = insert(directory).values(
        tenant_id=books.tenant_id,
        organisation_id=books.organisation_id,
        kind=row.kind,
        ledger_id=ledger_id,
        code=row.code,
        name_hash=row.name_hash,
        active=True,
    )
    entry = entry.on_conflict_do_update(
        index_elements=list(directory.primary_key.columns),
        set_={"code": entry.excluded.code, "name_hash": entry.excluded.name_hash, "active": True},
    )
    await tx.execute(entry)


async def _not_made(tx: AsyncConnection, desk: Desk, books: Books, row: Any, element: Element) -> None:
    if element.fault in TAKEN and row.tries + 1 < desk.options.shared_tries:
        await match_again(tx, desk, books, row, "")
        return
    details = opened(desk, books, row)
    private = [details.name]
    if isinstance(details, LedgerContact):
        private += [details.email or "", details.phone or "", *(details.address.lines if details.address else ())]
    reason = "; ".join(scrubbed(element.messages, private)) or "no reason given"
    await refuse_unsendable(tx, books, row.key, row.kind, reason)


async def _not_mentioned(tx: AsyncConnection, desk: Desk, books: Books, row: Any, members: int) -> None:
    """Nobody knows: the list is read again, and next time it travels in a smaller call."""
    if row.tries + 1 < desk.options.shared_tries * 2:
        values = {"state": "unknown", "ready_at": NOW, "tries": row.tries + 1, "bulk_cap": max(1, members // 2)}
        await _write(tx, books, row.key, values)
        return
    await refuse_unsendable(tx, books, row.key, row.kind, "the ledger's answer does not mention it")


async def _write(tx: AsyncConnection, books: Books, key: str, values: dict[str, Any]) -> None:
    values = {"call_id": None, **values}
    await tx.execute(sa.update(shared).where(of_books(shared, books), shared.c.key == key).values(values))
