"""A long wait is told for each record that it holds up, once: none waits without a stated cause (I-2)."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.problems import Problem, problem
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.ledger import Books
from tieout_posting.settle import settle
from tieout_posting.store import by_ids, load_intents, of_books
from tieout_posting.tables import company, intent

TOLD_AT_ONCE = 500


async def tell_waiting(tx: AsyncConnection, desk: Desk, books: Books, cause: Problem) -> None:
    """Every unsent intent of the organisation waits for this."""
    await _tell(tx, desk, books, cause.code, lambda _: cause)


async def tell_stopped(tx: AsyncConnection, desk: Desk, books: Books) -> None:
    """Intents of companies whose posting is stopped."""
    query = sa.select(company.c.company_id, company.c.stopped_by).where(
        of_books(company, books), company.c.stopped_at_version.is_not(None)
    )
    stopped = {row.company_id: row.stopped_by for row in (await tx.execute(query)).all()}
    if stopped:
        await _tell(
            tx,
            desk,
            books,
            "ledger.stopped",
            lambda each: problem("ledger.stopped", number=each.number, culprit=stopped[each.company_id]),
            intent.c.company_id.in_(list(stopped)),
            intent.c.step != "discard",
        )


async def _tell(
    tx: AsyncConnection,
    desk: Desk,
    books: Books,
    code: str,
    cause: Callable[[Intent], Problem],
    *more: sa.ColumnElement[bool],
) -> None:
    untold = (of_books(intent, books), intent.c.state == "ready", intent.c.told.is_distinct_from(code), *more)
    for each in await load_intents(tx, desk.sealer, *untold, limit=TOLD_AT_ONCE):
        await settle(tx, desk.ledger, desk.options, each, "waiting", (cause(each),))
        await tx.execute(sa.update(intent).where(by_ids(books, [each.posting_id])).values(told=code))
