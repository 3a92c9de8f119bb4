"""Look-ups: what is unknown is asked for before anything is sent again (I-6).

The members of one lost call are looked up together: where none of them is there and the key is young, the very same
bytes go again with the same key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.documents import DocumentKind
from tieout_contracts.problems import problem
from tieout_posting.calls import CUSTOMER_PURPOSE, SHARED_PURPOSES, StoredCall, load_calls
from tieout_posting.decisions import carry_out
from tieout_posting.desk import Desk
from tieout_posting.exchange import with_sent_rates
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books, SeenDocument
from tieout_posting.outcomes.decision import Decision
from tieout_posting.outcomes.look_ups import after_look_up
from tieout_posting.store import NOW, by_ids, load_intents, of_books
from tieout_posting.tables import call, intent, shared


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in one go: documents of one kind by number, and by id where that is known."""

    kind: DocumentKind
    members: tuple[str, ...]
    numbers: tuple[str, ...]
    ids: tuple[str, ...]
    call: StoredCall | None = None
    """The lost call that they are the members of."""
    may_go_again: bool = False
    """Whether that call's answer never came and its key is young enough to go again. Never for a change: its document
    is read anew before it is sent once more."""


async def due_question(tx: AsyncConnection, desk: Desk, books: Books) -> Question | None:
    """The look-up that is due, or None."""
    lost = await load_calls(
        tx,
        desk.sealer,
        books,
        "unknown",
        call.c.purpose.not_in((*SHARED_PURPOSES, CUSTOMER_PURPOSE)),
        call.c.send_until <= NOW,
    )
    for stored, row in lost:
        members = await _unknown(tx, desk, books, None, intent.c.call_id == stored.call_id)
        if members:
            young = row.first_sent_at + timedelta(seconds=desk.ledger.limits.key_lifetime_s) > (await _now(tx))
            whole = {str(each.posting_id) for each in members} == set(stored.members)
            same_again = whole and young and row.http_status is None and stored.purpose != "update"
            return replace(_question(members), call=stored, may_go_again=same_again)
        await _end_unknown(tx, stored)
    of_lost = sa.exists().where(call.c.call_id == intent.c.call_id, call.c.state == "unknown")
    due = await _unknown(tx, desk, books, desk.options.look_up_members, ~of_lost)
    if not due:
        return None
    return _question([each for each in due if each.kind == due[0].kind])


async def answer_question(
    tx: AsyncConnection, desk: Desk, books: Books, question: Question, found: Sequence[SeenDocument]
) -> list[tuple[Intent, Decision]]:
    """Carry out what the ledger's books say about each member that is still unknown."""
    members = await load_intents(tx, desk.sealer, by_ids(books, question.members), intent.c.state == "unknown")
    found = await with_sent_rates(tx, books, found)
    decided = [(each, _decide(desk, each, found)) for each in _counted(members)]
    nothing_there = all(decision.send_again for _, decision in decided)
    if question.call is not None:
        if question.may_go_again and nothing_there and len(decided) == len(question.call.members):
            await _same_call_again(tx, question.call)
            return decided
        await _end_unknown(tx, question.call)
    if nothing_there and len(decided) > 1 and max(each.tries for each, _ in decided) > 1:
        cap = max(1, len(decided) // 2)  # perhaps one of them is what breaks the call
        decided = [(each, replace(decision, bulk_cap=cap)) for each, decision in decided]
    decided = [(each, _told(desk, each, decision)) for each, decision in decided]
    await carry_out(tx, desk, decided)
    return decided


async def free_unknown_shared(tx: AsyncConnection, books: Books, kind: str) -> None:
    """The ledger's list was read after `send_until`: what was lost is matched against it."""
    due = sa.and_(of_books(shared, books), shared.c.kind == kind, shared.c.ready_at <= NOW)
    freed = sa.update(shared).where(due, shared.c.state == "unknown").values(state="unmatched", call_id=None)
    await tx.execute(freed)
    over = sa.and_(of_books(call, books), call.c.state == "unknown", call.c.purpose.in_(SHARED_PURPOSES))
    ended = {"state": "done", "ended_at": NOW, "body": None}
    await tx.execute(sa.update(call).where(over, call.c.send_until <= NOW).values(ended))


async def unknown_shared_kinds(tx: AsyncConnection, books: Books) -> set[str]:
    """The kinds of shared rows that wait for the ledger's list to be read again, now."""
    due = sa.select(shared.c.kind).where(of_books(shared, books), shared.c.state == "unknown", shared.c.ready_at <= NOW)
    return set((await tx.execute(due.distinct())).scalars())


def _decide(desk: Desk, each: Intent, found: Sequence[SeenDocument]) -> Decision:
    concerning = [
        seen
        for seen in found
        if seen.number.casefold() == each.number.casefold() or seen.document_id == each.document_id
    ]
    return after_look_up(
        each,
        concerning,
        bears_mark=lambda one, seen: one.contact_id is not None and desk.ledger.bears_mark(one.draft(), seen),
        is_echo=lambda one, seen: one.contact_id is not None and desk.ledger.is_echo(one.draft(), seen),
    )


def _told(desk: Desk, each: Intent, decision: Decision) -> Decision:
    """After several attempts without an answer the record is shown as waiting, once."""
    code = "ledger.unanswered"
    if not decision.send_again or each.tries < desk.options.tries_told or each.told == code:
        return decision
    told = problem(code, number=each.number, times=each.tries)
    return replace(decision, outcome="waiting", problems=(told,))


def _counted(members: Sequence[Intent]) -> list[Intent]:
    return [replace(each, look_ups=each.look_ups + 1, calls=each.calls + 1) for each in members]


def _question(members: Sequence[Intent]) -> Question:
    return Question(
        kind=members[0].kind,
        members=tuple(str(each.posting_id) for each in members),
        numbers=tuple(each.number for each in members if each.document_id is None),
        ids=tuple(each.document_id for each in members if each.document_id is not None),
    )


async def _unknown(
    tx: AsyncConnection, desk: Desk, books: Books, limit: int | None, *more: sa.ColumnElement[bool]
) -> list[Intent]:
    due = (of_books(intent, books), intent.c.state == "unknown", intent.c.ready_at <= NOW, *more)
    return await load_intents(tx, desk.sealer, *due, limit=limit)


async def _same_call_again(tx: AsyncConnection, stored: StoredCall) -> None:
    await tx.execute(sa.update(call).where(call.c.call_id == stored.call_id).values(state="again", ended_at=None))
    again = {"state": "sending", "look_up": None, "calls": intent.c.calls + 1, "updated_at": NOW}
    await tx.execute(sa.update(intent).where(by_ids(stored.books, stored.members)).values(again))


async def _end_unknown(tx: AsyncConnection, stored: StoredCall) -> None:
    over = sa.update(call).where(call.c.call_id == stored.call_id, call.c.state == "unknown")
    await tx.execute(over.values(state="done", ended_at=NOW, body=None))


async def _now(tx: AsyncConnection) -> Any:
    return (await tx.execute(sa.select(NOW))).scalar_one()
