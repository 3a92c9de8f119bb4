"""A bulk call's life in rows: stored with its bytes, key, members and `send_until`, sent, answered.

Committed before a socket is used; answered under the lease that sent it. A call that a dead holder left open is
unknown: nobody can say how far it came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.sealing import Sealer
from tieout_contracts.documents import DocumentKind
from tieout_posting.desk import Desk
from tieout_posting.ledger import Books
from tieout_posting.options import Options
from tieout_posting.states import Purpose
from tieout_posting.store import NOW, after, by_ids, of_books, row_context
from tieout_posting.tables import attempt, call, customer, intent, shared
from tieout_providers.call import Call

SHARED_PURPOSES: tuple[Purpose, ...] = ("contact_create", "contact_link", "item_create")
CUSTOMER_PURPOSE: Purpose = "contact_change"


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call with its row: what is sent, for whom."""

    call_id: UUID
    books: Books
    purpose: Purpose
    kind: DocumentKind | None
    request: Call
    members: tuple[str, ...]
    attempt_id: int = 0

    @property
    def of_shared(self) -> bool:
        return self.purpose in SHARED_PURPOSES

    @property
    def of_customers(self) -> bool:
        return self.purpose == CUSTOMER_PURPOSE

    @property
    def table(self) -> sa.Table:
        """Where its members are."""
        return customer if self.of_customers else shared if self.of_shared else intent


def new_key(books: Books) -> tuple[UUID, str]:
    """A call's id, and the idempotency key made of it; keys are the app's, so the organisation is part of it."""
    call_id = uuid4()
    return call_id, f"{books.organisation_id[:80]}-{call_id}"


async def store_call(tx: AsyncConnection, desk: Desk, stored: StoredCall) -> StoredCall:
    """Before anything is sent: the call, and that its members are under way."""
    values = {
        "call_id": stored.call_id,
        "tenant_id": stored.books.tenant_id,
        "organisation_id": stored.books.organisation_id,
        "purpose": stored.purpose,
        "document_kind": stored.kind,
        "request": stored.request.as_row(),
        "body": desk.sealer.seal(stored.request.body, _context(stored.books, stored.call_id), stored.books.tenant_id),
        "members": list(stored.members),
        "state": "open",
        "sends": 1,
        "send_until": _send_until(desk.options),
    }
    await tx.execute(sa.insert(call).values(values))
    await tx.execute(_members(stored).values(state="sending", call_id=stored.call_id))
    return await _attempted(tx, stored)


async def store_again(tx: AsyncConnection, desk: Desk, stored: StoredCall) -> StoredCall:
    """The same bytes with the same key, once more."""
    again = {"state": "open", "sends": call.c.sends + 1, "send_until": _send_until(desk.options)}
    await tx.execute(sa.update(call).where(call.c.call_id == stored.call_id).values(again))
    return await _attempted(tx, stored)


async def end_call(tx: AsyncConnection, stored: StoredCall, finding: str, http_status: int | None) -> None:
    """Its answer is committed with this: the body is not needed any more."""
    ended = {"state": "done", "ended_at": NOW, "body": None, "http_status": http_status}
    await tx.execute(sa.update(call).where(call.c.call_id == stored.call_id).values(ended))
    await _attempt_ended(tx, stored, finding, http_status)


async def keep_for_again(tx: AsyncConnection, stored: StoredCall, finding: str, http_status: int | None) -> None:
    """Certainly not done: the same call goes again later."""
    await tx.execute(sa.update(call).where(call.c.call_id == stored.call_id).values(state="again"))
    await _attempt_ended(tx, stored, finding, http_status)


async def call_unknown(
    tx: AsyncConnection, options: Options, stored: StoredCall, finding: str, http_status: int | None
) -> None:
    """Its answer is lost, and our end of its socket is closed: nothing more of it can leave after the margin."""
    until = sa.func.least(call.c.send_until, after(options.send_margin_s))
    values = {"state": "unknown", "http_status": http_status, "send_until": until}
    changed = sa.update(call).where(call.c.call_id == stored.call_id).values(values).returning(call.c.send_until)
    send_until = (await tx.execute(changed)).scalar_one()
    await _members_unknown(tx, stored, send_until)
    await _attempt_ended(tx, stored, finding, http_status)


async def orphans_unknown(tx: AsyncConnection, sealer: Sealer, books: Books) -> int:
    """Calls that an earlier holder of the lease left open. It may still be sending: wait until `send_until`."""
    found = await load_calls(tx, sealer, books, "open")
    for stored, row in found:
        await tx.execute(sa.update(call).where(call.c.call_id == stored.call_id).values(state="unknown"))
        await _members_unknown(tx, stored, row.send_until)
    return len(found)


async def load_calls(
    tx: AsyncConnection, sealer: Sealer, books: Books, state: str, *more: sa.ColumnElement[bool]
) -> list[tuple[StoredCall, Any]]:
    """Unended calls of an organisation in one state, oldest first, each with its row."""
    found = sa.select(call).where(of_books(call, books), call.c.state == state, *more).order_by(call.c.created_at)
    rows = (await tx.execute(found.with_for_update())).all()
    return [(_stored(sealer, books, row), row) for row in rows]


def _stored(sealer: Sealer, books: Books, row: Any) -> StoredCall:
    body = sealer.open(bytes(row.body), _context(books, row.call_id))
    return StoredCall(
        call_id=row.call_id,
        books=books,
        purpose=row.purpose,
        kind=row.document_kind,
        request=Call.from_row(row.request, body),
        members=tuple(row.members),
    )


def _members(stored: StoredCall) -> sa.Update:
    table = stored.table
    if table is not intent:
        return sa.update(table).where(of_books(table, stored.books), table.c.key.in_(stored.members))
    return sa.update(intent).where(by_ids(stored.books, stored.members))


async def _members_unknown(tx: AsyncConnection, stored: StoredCall, send_until: datetime) -> None:
    values: dict[str, Any] = {"state": "unknown", "ready_at": send_until}
    table = stored.table
    if table is intent:
        values |= {"look_up": "lost", "tries": intent.c.tries + 1, "updated_at": NOW}
        if stored.purpose == "draft":
            values["maybe_sent"] = True
    mine = table.c.call_id == stored.call_id
    await tx.execute(_members(stored).where(mine, table.c.state == "sending").values(values))


async def _attempted(tx: AsyncConnection, stored: StoredCall) -> StoredCall:
    made = sa.insert(attempt).values(call_id=stored.call_id).returning(attempt.c.id)
    attempt_id = cast(int, (await tx.execute(made)).scalar_one())
    return StoredCall(
        stored.call_id, stored.books, stored.purpose, stored.kind, stored.request, stored.members, attempt_id
    )


async def _attempt_ended(tx: AsyncConnection, stored: StoredCall, finding: str, http_status: int | None) -> None:
    ended = {"ended_at": NOW, "finding": finding, "http_status": http_status}
    await tx.execute(sa.update(attempt).where(attempt.c.id == stored.attempt_id).values(ended))


def _send_until(options: Options) -> sa.ColumnElement[Any]:
    return after(options.ledger_timeout_s + options.send_margin_s)


def _context(books: Books, call_id: UUID) -> bytes:
    return row_context(books.tenant_id, "call", call_id)


def members_of(calls: Sequence[StoredCall]) -> set[str]:
    """Every member of these calls."""
    return {member for stored in calls for member in stored.members}
