"""What an organisation could send now: the groups, and the members of the one that goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import DocumentKind
from tieout_posting import canary, changing
from tieout_posting.batching import Group
from tieout_posting.canary import Key
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books
from tieout_posting.states import Purpose
from tieout_posting.store import NOW, load_intents, of_books, seconds
from tieout_posting.tables import company, customer, intent, shared

_SHARED: dict[tuple[str, str], Purpose] = {
    ("contact", "create"): "contact_create",
    ("contact", "link"): "contact_link",
    ("item", "create"): "item_create",
}
TAKEN_NUMBER_WAIT_S = 10.0
"""How long a document waits before it looks whether the other one of its number is there."""
_other = intent.alias("other")
_stopped = company.alias("stopped")
_STOPPED = sa.exists().where(
    _stopped.c.tenant_id == intent.c.tenant_id,
    _stopped.c.company_id == intent.c.company_id,
    _stopped.c.stopped_at_version.is_not(None),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The groups as they stand, and the database's time."""

    groups: tuple[Group, ...]
    now: datetime


async def groups(tx: AsyncConnection, desk: Desk, books: Books) -> Choice:
    """Everything that could be sent, by what may travel together."""
    now = (await tx.execute(sa.select(NOW))).scalar_one()
    found = [*await _shared_groups(tx, desk, books), *await _document_groups(tx, desk, books)]
    of_customers = await changing.group_of(tx, desk, books)
    found += [of_customers] if of_customers else []
    return Choice(tuple(found), now)


async def members(tx: AsyncConnection, desk: Desk, books: Books, group: Group) -> list[Intent]:
    """The intents of a group that travel in one call, their rows locked; never two of one number."""
    where = [*_sendable(books), intent.c.step == group.purpose, intent.c.document_kind == group.kind]
    if group.purpose == "draft":
        key = sa.tuple_(intent.c.company_id, intent.c.document_kind, intent.c.tax_mode)
        open_keys = await canary.open_keys(tx, books, await _companies(tx, books))
        if group.alone:
            open_keys |= await _singing(tx, books)
        is_open = key.in_(list(open_keys))
        where.append(~is_open if group.alone else is_open)
    found = await load_intents(tx, desk.sealer, *where, limit=group.size)
    chosen: dict[str, Intent] = {}
    for each in found:
        chosen.setdefault(each.number.casefold(), each)
    return list(chosen.values())


async def shared_members(tx: AsyncConnection, books: Books, group: Group) -> Sequence[Any]:
    """The contacts or items of a group that travel in one call, locked."""
    (kind, state) = next(key for key, purpose in _SHARED.items() if purpose == group.purpose)
    found = (
        sa.select(shared)
        .where(of_books(shared, books), shared.c.kind == kind, shared.c.state == state, shared.c.ready_at <= NOW)
        .order_by(shared.c.bulk_cap.nulls_last(), shared.c.ready_at, shared.c.key)
        .limit(group.size)
        .with_for_update()
    )
    return (await tx.execute(found)).all()


async def doubt_stale_drafts(tx: AsyncConnection, desk: Desk, books: Books) -> int:
    """A draft that was seen long ago is looked at again before it is approved or deleted: a person may own it now."""
    stale = sa.and_(
        *_sendable(books),
        intent.c.step.in_(("approve", "discard")),
        sa.or_(intent.c.seen_at.is_(None), intent.c.seen_at < NOW - seconds(desk.options.draft_trust_s)),
    )
    doubted = sa.update(intent).where(stale).values(state="unknown", look_up="stale", ready_at=NOW)
    return int((await tx.execute(doubted)).rowcount)


async def doubt_taken_numbers(tx: AsyncConnection, desk: Desk, books: Books) -> None:
    """Where the ledger would take a number twice: whoever shares its number with a document that is newer than the
    last look, or under way, looks again before it is created."""
    if desk.ledger.limits.refuses_taken_numbers:
        return
    newer = sa.and_(_other.c.document_id.is_not(None), _other.c.updated_at > intent.c.updated_at)
    under_way = sa.and_(_other.c.state.in_(("sending", "unknown")), _other.c.call_id.is_not(None))
    taken = sa.exists().where(
        _other.c.tenant_id == books.tenant_id,
        _other.c.organisation_id == books.organisation_id,
        _other.c.posting_id != intent.c.posting_id,
        _other.c.document_kind == intent.c.document_kind,
        sa.func.lower(_other.c.number) == sa.func.lower(intent.c.number),
        sa.or_(newer, under_way),
    )
    mine = sa.and_(*_sendable(books), intent.c.step == "draft", taken)
    values = {"state": "unknown", "look_up": "first", "ready_at": NOW + seconds(TAKEN_NUMBER_WAIT_S), "updated_at": NOW}
    await tx.execute(sa.update(intent).where(mine).values(values))


async def next_ready_at(tx: AsyncConnection, books: Books) -> datetime | None:
    """When the next row that rests now is due."""
    states = ("ready", "unknown", "create", "link", "unmatched", "due")
    later = [
        sa.select(sa.func.min(table.c.ready_at)).where(
            of_books(table, books), table.c.state.in_(states), table.c.ready_at > NOW
        )
        for table in (intent, shared, customer)
    ]
    found = [await tx.scalar(query) for query in later]
    return min((each for each in found if each is not None), default=None)


def _sendable(books: Books) -> list[sa.ColumnElement[bool]]:
    is_discard = intent.c.step == "discard"
    return [of_books(intent, books), intent.c.state == "ready", intent.c.ready_at <= NOW, is_discard | ~_STOPPED]


async def _companies(tx: AsyncConnection, books: Books) -> list[str]:
    found = sa.select(intent.c.company_id).where(*_sendable(books)).distinct()
    return list((await tx.execute(found)).scalars())


async def _shared_groups(tx: AsyncConnection, desk: Desk, books: Books) -> list[Group]:
    limits = desk.ledger.limits
    query = (
        sa.select(
            shared.c.kind,
            shared.c.state,
            sa.func.count().label("n"),
            sa.func.min(shared.c.ready_at).label("oldest"),
            sa.func.max(shared.c.ready_at).label("newest"),
            sa.func.min(shared.c.bulk_cap).label("cap"),
        )
        .where(of_books(shared, books), shared.c.state.in_(("create", "link")), shared.c.ready_at <= NOW)
        .group_by(shared.c.kind, shared.c.state)
    )
    found = []
    for row in (await tx.execute(query)).all():
        size = limits.item_bulk_size if row.kind == "item" else limits.bulk_size
        if row.state == "link":  # read before they are changed
            size = min(size, limits.look_up_size)
        purpose = _SHARED[row.kind, row.state]
        found.append(Group(purpose, None, row.n, row.oldest, row.newest, min(size, row.cap or size)))
    return found


async def _document_groups(tx: AsyncConnection, desk: Desk, books: Books) -> list[Group]:
    by = (intent.c.step, intent.c.document_kind, intent.c.company_id, intent.c.tax_mode)
    query = (
        sa.select(
            *by,
            sa.func.count().label("n"),
            sa.func.min(intent.c.ready_at).label("oldest"),
            sa.func.max(intent.c.ready_at).label("newest"),
            sa.func.min(intent.c.bulk_cap).label("cap"),
        )
        .where(*_sendable(books), intent.c.step.in_(("draft", "approve", "discard", "update")))
        .group_by(*by)
    )
    rows = (await tx.execute(query)).all()
    if not rows:
        return []
    open_keys = await canary.open_keys(tx, books, {row.company_id for row in rows})
    singing = await _singing(tx, books)
    merged: dict[tuple[Purpose, DocumentKind, bool], Group] = {}
    for row in rows:
        key: Key = (row.company_id, row.document_kind, row.tax_mode)
        alone = row.step == "draft" and key not in open_keys
        if alone and key in singing:
            continue
        size = desk.ledger.limits.bulk_size
        if row.step == "update":  # read right before they are changed
            size = min(size, desk.ledger.limits.look_up_size)
        _merge(merged, row, 1 if alone else min(size, row.cap or size), alone)
    return list(merged.values())


def _merge(merged: dict[tuple[Purpose, DocumentKind, bool], Group], row: Any, size: int, alone: bool) -> None:
    at = (row.step, row.document_kind, alone)
    old = merged.get(at)
    if old is None:
        merged[at] = Group(row.step, row.document_kind, row.n, row.oldest, row.newest, size, alone)
        return
    merged[at] = Group(
        old.purpose,
        old.kind,
        old.count + row.n,
        min(old.oldest, row.oldest),
        max(old.newest, row.newest),
        min(old.size, size),
        alone,
    )


async def _singing(tx: AsyncConnection, books: Books) -> frozenset[Key]:
    """Canaries whose answer is still out: nobody of their kind flies meanwhile."""
    out = sa.select(intent.c.company_id, intent.c.document_kind, intent.c.tax_mode).where(
        of_books(intent, books), intent.c.state.in_(("sending", "unknown")), intent.c.step == "draft"
    )
    return frozenset((row.company_id, row.document_kind, row.tax_mode) for row in (await tx.execute(out)).all())
