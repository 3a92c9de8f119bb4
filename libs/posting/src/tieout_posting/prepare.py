"""New intents find their contact and items: shared rows, one of each for the whole organisation, made once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.failpoints import failpoint
from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerContact, LedgerDocument, LedgerItem
from tieout_contracts.problems import Problem, problem
from tieout_posting.customers import note_customers
from tieout_posting.cutover.links import words
from tieout_posting.decisions import carry_out
from tieout_posting.desk import Desk
from tieout_posting.details import contact_key
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books, DirectoryEntry, Ledger, item_key
from tieout_posting.matching import NOTHING_SAID, Held, Wanted, Word, match
from tieout_posting.needs import needed_items
from tieout_posting.outcomes.decision import refused
from tieout_posting.store import NOW, folded_account, load_intents, name_hash, of_books, row_context
from tieout_posting.tables import directory, intent, organisation, shared

MATCH_SIZE = 500


async def prepare(tx: AsyncConnection, desk: Desk, books: Books) -> int:
    """Take new intents as far as drafting, as far as contacts and items are known; how many were new."""
    ready = sa.and_(of_books(intent, books), intent.c.state == "ready", intent.c.step == "prepare")
    if not await tx.scalar(sa.select(sa.exists().where(ready))):
        return 0
    fresh = await load_intents(tx, desk.sealer, ready, intent.c.contact_key.is_(None), limit=desk.options.prepare_size)
    if fresh:
        failpoint("writer.after_intent")
        await _note_needs(tx, desk, fresh)
    await _share(tx, desk, books, fresh)
    await note_customers(tx, desk.sealer, books, fresh)
    await match_unmatched(tx, desk, books)
    await _refuse(tx, desk, books, ready)
    await _advance(tx, desk, books, ready)
    return len(fresh)


async def _note_needs(tx: AsyncConnection, desk: Desk, fresh: Sequence[Intent]) -> None:
    rows = []
    for each in fresh:
        document = each.document
        contact = contact_key(document.contact.contact_number)
        needs = [contact, *dict.fromkeys(item_key(item.code) for item in needed_items(desk.ledger, document))]
        mine = {"b_tenant": each.books.tenant_id, "b_posting": each.posting_id}
        rows.append(mine | {"b_contact": contact, "b_needs": needs})
    await tx.execute(_NEEDS, rows)


_NEEDS = (
    sa.update(intent)
    .where(intent.c.tenant_id == sa.bindparam("b_tenant"), intent.c.posting_id == sa.bindparam("b_posting"))
    .values(contact_key=sa.bindparam("b_contact"), needs=sa.bindparam("b_needs"))
)


async def _share(tx: AsyncConnection, desk: Desk, books: Books, fresh: Sequence[Intent]) -> None:
    """A row for each contact and item that no document needed before; its details sealed until it is known."""
    rows: dict[str, dict[str, Any]] = {}
    for each in fresh:
        contact = each.document.contact
        wanted: list[tuple[str, str, str, LedgerContact | LedgerItem]] = [
            ("contact", contact_key(contact.contact_number), contact.contact_number, contact)
        ]
        items = needed_items(desk.ledger, each.document)
        wanted += [("item", item_key(item.code), item.code, item) for item in items]
        for kind, key, code, details in wanted:
            if key not in rows:
                plain, place = details.model_dump_json().encode(), shared_context(books, key)
                sealed = desk.sealer.seal(plain, place, books.tenant_id)
                hashed = name_hash(details.name)
                rows[key] = {"key": key, "kind": kind, "code": code, "name_hash": hashed, "body": sealed}
    if rows:
        values = [
            row | {"tenant_id": books.tenant_id, "organisation_id": books.organisation_id}
            for _, row in sorted(rows.items())
        ]
        await tx.execute(insert(shared).on_conflict_do_nothing(), values)


async def doubt_shared(
    tx: AsyncConnection, ledger: Ledger, sealer: Sealer, books: Books, document: LedgerDocument
) -> None:
    """A plan starts over: its contact, and refused items, are matched again with lists read anew, for a person may
    have mended them."""
    contact = contact_key(document.contact.contact_number)
    plain = document.contact.model_dump_json().encode()
    sealed = sealer.seal(plain, shared_context(books, contact), books.tenant_id)
    again = {"state": "unmatched", "tries": 0, "problem": None, "ready_at": NOW}
    mine = sa.and_(of_books(shared, books), shared.c.key == contact, shared.c.state.in_(("known", "refused")))
    await tx.execute(sa.update(shared).where(mine).values(**again, body=sealed))
    doubted = 0
    for item in needed_items(ledger, document):
        key = item_key(item.code)
        body = sealer.seal(item.model_dump_json().encode(), shared_context(books, key), books.tenant_id)
        refused_item = sa.and_(of_books(shared, books), shared.c.key == key, shared.c.state == "refused")
        doubted += (await tx.execute(sa.update(shared).where(refused_item).values(**again, body=body))).rowcount
    due = {"contacts_due": True} | ({"items_due": True} if doubted else {})
    await tx.execute(sa.update(organisation).where(of_books(organisation, books)).values(due))


def shared_context(books: Books, key: str) -> bytes:
    return row_context(books.tenant_id, "shared", f"{books.organisation_id}/{key}")


async def match_unmatched(tx: AsyncConnection, desk: Desk, books: Books) -> None:
    """Find what the ledger's list, as last read, has of the unmatched."""
    unmatched = (
        sa.select(shared.c.key, shared.c.kind, shared.c.code, shared.c.name_hash, shared.c.body)
        .where(of_books(shared, books), shared.c.state == "unmatched", shared.c.ready_at <= NOW)
        .order_by(shared.c.key)
        .limit(MATCH_SIZE)
        .with_for_update()
    )
    rows = (await tx.execute(unmatched)).all()
    if not rows:
        return
    said = await words(tx, books, [row.key for row in rows if row.kind == "contact"])
    accounts = {row.key: _account_number(desk, books, row) for row in rows}
    chosen = {each.approved for each in said.values() if each.approved}
    entries = await _candidates(tx, books, rows, chosen, {each for each in accounts.values() if each})
    for row in rows:
        wanted, word = Wanted(row.kind, row.code, row.name_hash, accounts[row.key]), said.get(row.key, NOTHING_SAID)
        concerning = [entry for kind, entry in entries if kind == row.kind and _concerns(wanted, word, entry)]
        found = match(wanted, concerning, word)
        linked = found.state == "link" and not desk.ledger.limits.keeps_contact_numbers
        state = "known" if linked else "refused" if found.state == "archived" else found.state
        values: dict[str, Any] = {"state": state, "ledger_id": found.ledger_id, "fill": sorted(found.filled)}
        values["ready_at"] = NOW
        if state == "known":
            values["body"] = None
        if found.state == "archived":
            values["problem"] = {"code": "ledger.contact_archived", "facts": {}}
        if found.state == "refused":
            values["problem"] = {"code": found.code, "facts": {"other": found.other}}
        await tx.execute(sa.update(shared).where(of_books(shared, books), shared.c.key == row.key).values(values))


async def _candidates(
    tx: AsyncConnection, books: Books, rows: Sequence[Any], chosen: Collection[str], accounts: Collection[str]
) -> list[tuple[str, Held]]:
    codes = {row.code.casefold() for row in rows}
    found = (
        sa.select(directory, shared.c.code.label("our_code"))
        .outerjoin(shared, _LINKED)
        .where(
            of_books(directory, books),
            sa.or_(
                directory.c.name_hash.in_({row.name_hash for row in rows}),
                directory.c.ledger_id.in_(chosen),
                directory.c.account_number.in_(accounts),
                sa.func.lower(directory.c.code).in_(codes | {row.code.lower() for row in rows}),
            ),
        )
    )
    return [(row.kind, _held(row)) for row in (await tx.execute(found)).all()]


def _held(row: Any) -> Held:
    filled, code = frozenset(row.filled), row.code or row.our_code
    return Held(row.ledger_id, code, row.name_hash, row.active, filled, row.account_number)


def _account_number(desk: Desk, books: Books, row: Any) -> str | None:
    """The account number that the customer has in ConnectWise."""
    if row.kind != "contact" or row.body is None:
        return None
    plain = desk.sealer.open(bytes(row.body), shared_context(books, row.key))
    return folded_account(LedgerContact.model_validate_json(plain).account_number)


_LINKED = sa.and_(
    shared.c.tenant_id == directory.c.tenant_id,
    shared.c.organisation_id == directory.c.organisation_id,
    shared.c.kind == directory.c.kind,
    shared.c.ledger_id == directory.c.ledger_id,
    shared.c.state == "known",
)
"""Whose it is already, where the ledger itself keeps no number of ours on it."""


def _concerns(wanted: Wanted, said: Word, entry: Held) -> bool:
    coded = entry.code is not None and entry.code.casefold() == wanted.code.casefold()
    same_account = wanted.account_number is not None and entry.account_number == wanted.account_number
    return coded or same_account or entry.name_hash == wanted.name_hash or entry.ledger_id == said.approved


async def _refuse(tx: AsyncConnection, desk: Desk, books: Books, ready: sa.ColumnElement[bool]) -> None:
    """An intent whose contact or an item of which the ledger refuses cannot be posted."""
    bad = sa.select(shared.c.key, shared.c.code, shared.c.problem).where(
        of_books(shared, books), shared.c.state == "refused"
    )
    causes = {row.key: row for row in (await tx.execute(bad)).all()}
    if not causes:
        return
    hit = await load_intents(tx, desk.sealer, ready, intent.c.needs.overlap(list(causes)))
    decided = []
    for each in hit:
        items = needed_items(desk.ledger, each.document)
        needs = [contact_key(each.document.contact.contact_number), *(item_key(item.code) for item in items)]
        told = [_told(each, causes[key]) for key in dict.fromkeys(needs) if key in causes]
        decided.append((each, refused(each, *told)))
    await carry_out(tx, desk, decided)


def _told(each: Intent, cause: Any) -> Problem:
    facts: dict[str, str] = {"number": each.number, "contact": cause.code, "item": cause.code}
    return problem(cause.problem["code"], **cast("dict[str, Any]", facts | cause.problem["facts"]))


async def _advance(tx: AsyncConnection, desk: Desk, books: Books, ready: sa.ColumnElement[bool]) -> None:
    """Every need has its row by now, so that none of them may be anything but known.

    A ledger that refuses a taken number tells of it when the document is created; in another one we look first. A
    change has its document, which is read right before it is sent.
    """
    look_up: sa.ColumnElement[str] = intent.c.look_first
    if not desk.ledger.limits.refuses_taken_numbers:
        look_up = sa.func.coalesce(look_up, "first")
    update = intent.c.revises.is_not(None)
    look_up = sa.case((update, intent.c.look_first), else_=look_up)
    lacking = sa.exists().where(
        of_books(shared, books), shared.c.key == sa.any_(intent.c.needs), shared.c.state != "known"
    )
    await tx.execute(
        sa.update(intent)
        .where(ready, intent.c.contact_key.is_not(None), ~lacking)
        .values(
            step=sa.case((update, "update"), else_="draft"),
            state=sa.case((look_up.is_(None), "ready"), else_="unknown"),
            look_up=look_up,
            look_first=None,
            ready_at=NOW,
        )
    )


async def follow_merges(tx: AsyncConnection, books: Books) -> None:
    """A contact that was merged into another one passed its number on: the customer's documents follow it."""
    heir = directory.alias("heir")
    still_there = sa.exists().where(
        of_books(directory, books),
        directory.c.kind == "contact",
        directory.c.ledger_id == shared.c.ledger_id,
        directory.c.active,
    )
    await tx.execute(
        sa.update(shared)
        .where(of_books(shared, books), shared.c.kind == "contact", shared.c.state == "known", ~still_there)
        .where(of_books(heir, books), heir.c.kind == "contact", heir.c.active)
        .where(sa.func.lower(heir.c.code) == sa.func.lower(shared.c.code))
        .values(ledger_id=heir.c.ledger_id)
    )


async def replace_directory(tx: AsyncConnection, books: Books, kind: str, entries: Iterable[DirectoryEntry]) -> None:
    """The ledger's list as just read takes the place of the last one."""
    await tx.execute(sa.delete(directory).where(of_books(directory, books), directory.c.kind == kind))
    rows = {
        each.ledger_id: {
            "tenant_id": books.tenant_id,
            "organisation_id": books.organisation_id,
            "kind": kind,
            "ledger_id": each.ledger_id,
            "code": each.code,
            "name_hash": name_hash(each.name),
            "active": each.active,
            "filled": sorted(each.filled),
            "account_number": folded_account(each.account_number),
        }
        for each in entries
    }
    if rows:
        await tx.execute(sa.insert(directory), list(rows.values()))
