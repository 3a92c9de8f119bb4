"""Decisions into rows: each intent's own, its record's waiting intent, its canary, its company, its settlement."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.problems import problem
from tieout_posting import canary
from tieout_posting.companies import stop_company
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.options import backoff_s
from tieout_posting.outcomes.decision import Decision
from tieout_posting.settle import settle
from tieout_posting.store import NOW, after, by_ids, load_intents, problems_column
from tieout_posting.tables import intent as intents

_GONE_FOR_GOOD = ("superseded", "cancelled")


async def carry_out(tx: AsyncConnection, desk: Desk, decided: Sequence[tuple[Intent, Decision]]) -> None:
    """Write what was decided about intents whose rows the caller holds locked."""
    await canary.note(tx, decided)
    for intent, decision in decided:
        values = _values(desk, intent, decision)
        await tx.execute(sa.update(intents).where(by_ids(intent.books, [intent.posting_id])).values(values))
        if decision.stops_company:
            await stop_company(tx, intent.books.tenant_id, intent.company_id, intent.number)
        if decision.outcome is not None:
            await settle(tx, desk.ledger, desk.options, intent, decision.outcome, decision.problems, decision.seen)
        if decision.state not in ("ready", "unknown", "held", "sending"):
            await _let_the_next_go(tx, desk, intent, decision)


def _values(desk: Desk, intent: Intent, decision: Decision) -> dict[str, Any]:
    progressed = decision.state == "posted" or (decision.state == "ready" and decision.step != intent.step)
    values: dict[str, Any] = {
        "state": decision.state,
        "step": decision.step,
        "look_up": decision.look_up,
        "ready_at": _ready_at(desk, intent, decision),
        "problems": problems_column(decision.problems),
        "call_id": None,
        "look_ups": 0 if progressed else intent.look_ups,
        "tries": 0 if progressed else intent.tries,
        "calls": intent.calls,
        "updated_at": NOW,
    }
    if progressed:
        values |= {"bulk_cap": None, "told": None}
    elif decision.bulk_cap is not None:
        values["bulk_cap"] = decision.bulk_cap
    if decision.outcome == "waiting" and decision.state == "ready":
        values["told"] = decision.problems[0].code
    if decision.seen is not None and decision.ours:
        seen = decision.seen
        values |= {"document_id": seen.document_id, "document_status": seen.status, "seen_at": NOW}
    elif decision.seen is not None:
        values["proposal_id"] = decision.seen.document_id
    if decision.look_up == "lost" and decision.step == "draft":
        values["maybe_sent"] = True
    if decision.forgets:
        values |= {"document_id": None, "document_status": None, "seen_at": None}
    if decision.state in _GONE_FOR_GOOD:
        values["document"] = None
    if decision.state == "ready" and decision.step == "prepare":
        values["withdrawn"] = None
    return values


def _ready_at(desk: Desk, intent: Intent, decision: Decision) -> sa.ColumnElement[Any]:
    if decision.send_again and intent.tries > 1:
        return after(backoff_s(intent.tries, desk.options.retry_wait_limit_s))
    return NOW


async def _let_the_next_go(tx: AsyncConnection, desk: Desk, ended: Intent, decision: Decision) -> None:
    """An intent of the record that waited behind this one is ready; or, behind a posted one, changed for good."""
    waiting = sa.and_(
        intents.c.tenant_id == ended.books.tenant_id,
        intents.c.company_id == ended.company_id,
        intents.c.record_kind == ended.record.kind,
        intents.c.record_id == ended.record.record_id,
        intents.c.state == "waiting",
    )
    for following in await load_intents(tx, desk.sealer, waiting):
        row = sa.update(intents).where(by_ids(following.books, [following.posting_id]))
        if decision.state == "posted":
            await tx.execute(row.values(state="changed", updated_at=NOW))
            told = problem("ledger.changed_after_posting", number=following.number)
            await settle(tx, desk.ledger, desk.options, following, "waiting", (told,))
        else:
            await tx.execute(row.values(state="ready", ready_at=NOW, updated_at=NOW))
            await desk.leases.announce(tx, "ledger", following.books.name)
