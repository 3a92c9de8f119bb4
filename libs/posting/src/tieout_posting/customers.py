"""What each customer's contact was told, and what waits to be told (F56). Rows only; `changing` sends.

Notes are taken under the organisation's lease. Nothing here holds up a document: a contact that cannot be brought up to
date is a warning on what is posted for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import LedgerContact, LedgerDocument
from tieout_contracts.problems import problem
from tieout_posting.details import Age, Details, age_of, contact_key, contact_mark, details_of, joined_details
from tieout_posting.details import person_mark as mark_of
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books
from tieout_posting.outcomes.decision import Decision
from tieout_posting.persons import persons_of
from tieout_posting.store import NOW, of_books, row_context
from tieout_posting.tables import call, customer

MAX_PERSONS_KNOWN = 50


async def note_customers(tx: AsyncConnection, sealer: Sealer, books: Books, fresh: Sequence[Intent]) -> None:
    """What new intents' documents tell of their customers; what the ledger was told already costs nothing more."""
    told: dict[str, list[LedgerDocument]] = {}
    for each in fresh:
        told.setdefault(contact_key(each.document.contact.contact_number), []).append(each.document)
    rows = {row.key: row for row in await _locked(tx, books, told)}
    for key in sorted(told):
        values = _noted(sealer, books, key, rows.get(key), told[key])
        if values and key in rows:
            await write(tx, books, key, values)
        elif values:
            new = {"tenant_id": books.tenant_id, "organisation_id": books.organisation_id, "key": key}
            await tx.execute(insert(customer).values(new | values).on_conflict_do_nothing())


async def note_created(tx: AsyncConnection, sealer: Sealer, books: Books, made: Mapping[str, LedgerContact]) -> None:
    """New contacts have all that they were created with."""
    for row in await _locked(tx, books, made):
        if row.state != "due" or row.body is None:
            continue
        waits, contact = opened(sealer, books, row), made[row.key]
        persons = set(persons_of(contact, "fill_blanks", "fill_blanks"))
        if contact_mark(waits.contact) == contact_mark(contact) and persons.issuperset(waits.persons):
            await finish(tx, books, row, waits)


async def note_linked(tx: AsyncConnection, sealer: Sealer, books: Books, keys: Iterable[str]) -> None:
    """Contacts that got our number have what was told them with it."""
    for row in await _locked(tx, books, keys):
        if row.state == "due" and row.body is not None and row.sent == (waits := opened(sealer, books, row)).mark:
            await finish(tx, books, row, waits)


async def note_sent(
    tx: AsyncConnection, books: Books, key: str, details: Details, problem: Mapping[str, Any] | None
) -> None:
    """What a call will carry, and the warning about what it leaves out."""
    await write(tx, books, key, {"sent": details.mark, "problem": problem})


async def waiting(tx: AsyncConnection, sealer: Sealer, books: Books, keys: Iterable[str]) -> dict[str, Details]:
    """What waits to be told, by contact."""
    rows = await _locked(tx, books, keys)
    return {row.key: opened(sealer, books, row) for row in rows if row.state == "due" and row.body is not None}


async def finish(tx: AsyncConnection, books: Books, row: Any, details: Details, **more: Any) -> None:
    """The ledger has it, or never will; details stay no longer than they are needed (F4)."""
    persons = [*row.persons, *(mark_of(each) for each in details.persons)]
    values: dict[str, Any] = {
        "state": "known",
        "persons": list(dict.fromkeys(persons))[-MAX_PERSONS_KNOWN:],
        "body": None,
        "sent": None,
        "tries": 0,
        "bulk_cap": None,
    }
    if details.fields:
        values["told"] = contact_mark(details.contact)
    await write(tx, books, row.key, values | more)


async def free_unknown(tx: AsyncConnection, books: Books) -> None:
    """What a lost call carried can arrive no more: its contacts are due again, and are read before anything is sent."""
    over = sa.and_(of_books(customer, books), customer.c.state == "unknown", customer.c.ready_at <= NOW)
    await tx.execute(sa.update(customer).where(over).values(state="due", call_id=None))
    lost = sa.and_(of_books(call, books), call.c.state == "unknown", call.c.purpose == "contact_change")
    ended = {"state": "done", "ended_at": NOW, "body": None}
    await tx.execute(sa.update(call).where(lost, call.c.send_until <= NOW).values(ended))


async def with_warnings(
    tx: AsyncConnection, decided: Sequence[tuple[Intent, Decision]]
) -> Sequence[tuple[Intent, Decision]]:
    """Posted documents bear the warnings about their customer's contact."""
    posted = {
        contact_key(intent.document.contact.contact_number): intent.books
        for intent, decision in decided
        if decision.outcome == "posted"
    }
    if not posted:
        return decided
    books = next(iter(posted.values()))
    found = sa.select(customer.c.key, customer.c.problem).where(
        of_books(customer, books), customer.c.problem.is_not(None), customer.c.key.in_(posted)
    )
    problems = {row.key: row.problem for row in (await tx.execute(found)).all()}
    return [(intent, _warned(intent, decision, problems)) for intent, decision in decided] if problems else decided


def opened(sealer: Sealer, books: Books, row: Any) -> Details:
    """What waits to be told."""
    return Details.model_validate_json(sealer.open(bytes(row.body), _context(books, row.key)))


async def write(tx: AsyncConnection, books: Books, key: str, values: dict[str, Any]) -> None:
    """One customer's row; whatever call carried it is over."""
    values = {"call_id": None, **values}
    await tx.execute(sa.update(customer).where(of_books(customer, books), customer.c.key == key).values(values))


async def _locked(tx: AsyncConnection, books: Books, keys: Iterable[str]) -> Sequence[Any]:
    found = sa.select(customer).where(of_books(customer, books), customer.c.key.in_(list(keys)))
    return (await tx.execute(found.order_by(customer.c.key).with_for_update())).all()


def _noted(
    sealer: Sealer, books: Books, key: str, row: Any | None, documents: Sequence[LedgerDocument]
) -> dict[str, Any]:
    """The values of the row after these documents; none if they tell nothing new."""
    age: Age | None = None if row is None else (row.changed_at, row.document_date)
    before = waits = None if row is None or row.body is None else opened(sealer, books, row)
    known = set() if row is None else set(row.persons)
    told = None if row is None else row.told
    for document in sorted(documents, key=age_of):
        came, newer = details_of(document), age is None or age_of(document) > age
        came = came.model_copy(update={"persons": tuple(each for each in came.persons if mark_of(each) not in known)})
        if came.persons or (newer and (waits is not None or contact_mark(came.contact) != told)):
            waits = joined_details(waits, came, newer=newer)
        age = age_of(document) if newer else age
    values: dict[str, Any] = {}
    if age is not None and (row is None or age != (row.changed_at, row.document_date)):
        values = {"changed_at": age[0], "document_date": age[1]}
    if row is not None and row.call_id is not None:
        values["call_id"] = row.call_id  # what is under way stays so; its answer shows that more came
    if waits is not None and waits != before:
        values["body"] = sealer.seal(waits.model_dump_json().encode(), _context(books, key), books.tenant_id)
        if row is None or row.state == "known":
            values |= {"state": "due", "ready_at": NOW, "tries": 0}
    return values if values.keys() - {"call_id"} else {}


def _warned(intent: Intent, decision: Decision, problems: Mapping[str, Any]) -> Decision:
    cause = problems.get(contact_key(intent.document.contact.contact_number))
    if cause is None or decision.outcome != "posted":
        return decision
    facts: dict[str, Any] = {"number": intent.number, "contact": intent.document.contact.contact_number}
    return replace(decision, problems=(*decision.problems, problem(cause["code"], **facts | cause["facts"])))


def _context(books: Books, key: str) -> bytes:
    return row_context(books.tenant_id, "customer", f"{books.organisation_id}/{key}")
