"""Existing contacts are brought up to date in bulk: read, compared, changed where they differ (F56, F62).

The reading stands right before the call, so that what a person wrote meanwhile is seen, and a change whose answer was
lost is simply looked at again: what arrived is no difference any more.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_posting import customers
from tieout_posting.batching import Group
from tieout_posting.calls import StoredCall, new_key
from tieout_posting.desk import Desk
from tieout_posting.details import Details, decide
from tieout_posting.ledger import BodyRefused, Books, ContactChange, Element, SeenContact
from tieout_posting.scrub import private_texts_of, scrubbed
from tieout_posting.store import NOW, of_books
from tieout_posting.tables import customer, shared

_CONTACT = sa.and_(
    shared.c.tenant_id == customer.c.tenant_id,
    shared.c.organisation_id == customer.c.organisation_id,
    shared.c.key == customer.c.key,
    shared.c.state == "known",
)


@dataclass(frozen=True, slots=True)
class Member:
    """A contact that is to be changed; `left_out`: persons that have no room."""

    row: Any
    details: Details
    change: ContactChange
    left_out: int


async def group_of(tx: AsyncConnection, desk: Desk, books: Books) -> Group | None:
    """The customers that are due and whose contact is known."""
    size = min(desk.ledger.limits.bulk_size, desk.ledger.limits.look_up_size)
    due = (
        sa.select(
            sa.func.count().label("n"),
            sa.func.min(customer.c.ready_at).label("oldest"),
            sa.func.max(customer.c.ready_at).label("newest"),
            sa.func.min(customer.c.bulk_cap).label("cap"),
        )
        .select_from(customer.join(shared, _CONTACT))
        .where(_due(books))
    )
    row = (await tx.execute(due)).one()
    return Group("contact_change", None, row.n, row.oldest, row.newest, min(size, row.cap or size)) if row.n else None


async def ids_of(tx: AsyncConnection, _: Desk, books: Books, group: Group) -> list[str]:
    """The ledger's ids of the group's contacts, as they are to be read."""
    return [row.ledger_id for row in await _members(tx, books, group)]


async def build_changes(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    group: Group,
    keys: Mapping[str, str],
    seen: Mapping[str, SeenContact],
) -> StoredCall | None:
    """The call for those that differ from what was just read; None when nothing does."""
    chosen = []
    for row in await _members(tx, books, group):
        member = await _compared(tx, desk, books, row, keys, seen)
        chosen += [member] if member else []

    async def refuse(bad: Member, reason: str) -> None:
        await _give_up(tx, books, bad.row, bad.details, (reason,))

    return await call_of(tx, desk, books, group, keys, chosen, refuse)


async def call_of(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    group: Group,
    keys: Mapping[str, str],
    chosen: list[Member],
    refuse: Callable[[Member, str], Awaitable[None]],
) -> StoredCall | None:
    """The call that changes the chosen contacts; None when nothing of it can be sent. What the ledger could not take is
    refused alone."""
    call_id, key = new_key(books)
    while chosen:
        try:
            request = desk.ledger.change_contacts(books, [each.change for each in chosen], keys, key)
        except BodyRefused as error:
            await refuse(chosen.pop(error.index), str(error))
            continue
        for each in chosen:
            await customers.note_sent(tx, books, each.row.key, each.details, _no_room(desk, each.left_out))
        return StoredCall(call_id, books, group.purpose, None, request, tuple(each.row.key for each in chosen))
    return None


async def answer_changes(tx: AsyncConnection, desk: Desk, stored: StoredCall, elements: Sequence[Element]) -> None:
    """Each contact by its id: changed, changed by somebody since it was read, or refused."""
    rows = await _under_way(tx, stored)
    said = {element.ledger_id: element for element in elements if element.ledger_id is not None}
    by_number = {element.key.casefold(): element for element in elements if element.key is not None}
    for row in rows:
        details = customers.opened(desk.sealer, stored.books, row)
        element = said.get(row.ledger_id) or by_number.get(details.contact.contact_number.casefold())
        if element is not None and element.accepted:
            await _told(tx, stored.books, row, details)
        elif element is not None and element.fault != "status":
            await _give_up(tx, stored.books, row, details, element.messages)
        else:
            await _again(tx, desk, stored.books, row, details, cap=max(1, len(rows) // 2))


async def reject_changes(tx: AsyncConnection, desk: Desk, stored: StoredCall, messages: tuple[str, ...]) -> None:
    """The ledger refused the call as a whole: halved down to the bad element."""
    rows = await _under_way(tx, stored)
    if len(rows) == 1:
        details = customers.opened(desk.sealer, stored.books, rows[0])
        await _give_up(tx, stored.books, rows[0], details, messages)
        return
    await release_changes(tx, stored, bulk_cap=max(1, len(rows) // 2))


async def release_changes(tx: AsyncConnection, stored: StoredCall, bulk_cap: int | None = None) -> None:
    """The call was certainly not done: its members are due again."""
    for row in await _under_way(tx, stored):
        await customers.write(tx, stored.books, row.key, {"state": "due", "ready_at": NOW, "bulk_cap": bulk_cap})


async def _compared(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    row: Any,
    keys: Mapping[str, str],
    seen: Mapping[str, SeenContact],
) -> Member | None:
    details, shown = customers.opened(desk.sealer, books, row), seen.get(row.ledger_id)
    if shown is None:
        await _give_up(tx, books, row, details, ("the ledger shows no such contact",))
        return None
    if shown.heir is not None:
        await _follow(tx, books, row.key, shown.heir)
        await _again(tx, desk, books, row, details, cap=None)
        return None
    wanted = desk.ledger.contact_fields(details.contact, keys)
    verdict = decide(details, wanted, shown, desk.ledger.limits.contact_persons)
    if verdict.change is None:
        await customers.finish(tx, books, row, details, problem=_no_room(desk, verdict.left_out))
        return None
    return Member(row, details, verdict.change, verdict.left_out)


async def _follow(tx: AsyncConnection, books: Books, key: str, heir: str) -> None:
    """The contact was merged into another one, which is the customer's from now on."""
    await tx.execute(sa.update(shared).where(of_books(shared, books), shared.c.key == key).values(ledger_id=heir))


async def _told(tx: AsyncConnection, books: Books, row: Any, details: Details) -> None:
    if row.sent == details.mark:
        await customers.finish(tx, books, row, details)
    else:  # more came while the call was under way
        await customers.write(tx, books, row.key, {"state": "due", "ready_at": NOW, "tries": 0})


async def _again(tx: AsyncConnection, desk: Desk, books: Books, row: Any, details: Details, cap: int | None) -> None:
    if row.tries + 1 >= desk.options.shared_tries * 2:
        await _give_up(tx, books, row, details, ("it changes again and again, or the ledger does not answer for it",))
        return
    values = {"state": "due", "ready_at": NOW, "tries": row.tries + 1, "bulk_cap": cap}
    await customers.write(tx, books, row.key, values)


async def _give_up(tx: AsyncConnection, books: Books, row: Any, details: Details, messages: tuple[str, ...]) -> None:
    """Not before ConnectWise's details change again; what is posted for the customer says so."""
    reason = "; ".join(scrubbed(messages, private_texts_of(details.contact, details.persons))) or "no reason given"
    problem = {"code": "ledger.contact_not_updated", "facts": {"reason": reason}}
    await customers.finish(tx, books, row, details, problem=problem)


def _no_room(desk: Desk, left_out: int) -> dict[str, Any] | None:
    """The warning about persons who could not be added, if there are any."""
    if not left_out:
        return None
    return {"code": "ledger.contact_persons_full", "facts": {"limit": desk.ledger.limits.contact_persons}}


def _due(books: Books) -> sa.ColumnElement[bool]:
    return sa.and_(of_books(customer, books), customer.c.state == "due", customer.c.ready_at <= NOW)


async def _members(tx: AsyncConnection, books: Books, group: Group) -> Sequence[Any]:
    found = (
        sa.select(customer, shared.c.ledger_id)
        .join(shared, _CONTACT)
        .where(_due(books))
        .order_by(customer.c.bulk_cap.nulls_last(), customer.c.ready_at, customer.c.key)
        .limit(group.size)
        .with_for_update(of=customer)
    )
    return (await tx.execute(found)).all()


async def _under_way(tx: AsyncConnection, stored: StoredCall) -> Sequence[Any]:
    found = (
        sa.select(customer, shared.c.ledger_id)
        .outerjoin(shared, _CONTACT)
        .where(of_books(customer, stored.books), customer.c.call_id == stored.call_id, customer.c.state == "sending")
        .order_by(customer.c.key)
        .with_for_update(of=customer)
    )
    return (await tx.execute(found)).all()
