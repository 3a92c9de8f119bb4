"""Decisions into rows: each intent's own, its record's waiting intent, its canary, its company, its settlement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.problems import problem
from tieout_posting import canary
from tieout_posting.companies import stop_company
from tieout_posting.content import content_mark
from tieout_posting.customers import with_warnings
from tieout_posting.desk import Desk
from tieout_posting.intent import Intent
from tieout_posting.options import backoff_s
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.outcomes.decision import Decision
from tieout_posting.settle import publish_settled, settle
from tieout_posting.store import NOW, by_ids, load_intents, problems_column, seconds
from tieout_posting.tables import intent as intents

_GOES_ON = ("ready", "unknown", "held", "sending")


async def carry_out(tx: AsyncConnection, desk: Desk, decided: Sequence[tuple[Intent, Decision]]) -> None:
    """Write what was decided about intents whose rows the caller holds locked."""
    if not decided:
        return
    await canary.note(tx, decided)
    decided = await with_warnings(tx, decided)
    rows = []
    for intent, decision in decided:
        event_id = None
        if decision.outcome is not None:
            event_id = await publish_settled(
                tx, desk.ledger, intent, decision.outcome, decision.problems, decision.seen
            )
        rows.append(_row(desk, intent, decision, event_id))
    await tx.execute(_WRITE, rows)
    for intent, decision in decided:
        if decision.stops_company:
            await stop_company(tx, intent.books.tenant_id, intent.company_id, intent.number)
    ended = [(intent, decision) for intent, decision in decided if decision.state not in _GOES_ON]
    await _posted_as_before(tx, ended)
    await _let_the_next_go(tx, desk, ended)


def _row(desk: Desk, intent: Intent, decision: Decision, event_id: UUID | None) -> dict[str, Any]:
    """The values of `_WRITE`, for one intent."""
    progressed = decision.state == "posted" or (decision.state == "ready" and decision.step != intent.step)
    seen = decision.seen
    ours = seen if decision.ours else None
    told = decision.problems[0].code if decision.outcome == "waiting" and decision.state == "ready" else None
    made = ours is not None and decision.state == "posted" and intent.look_up != "adopt"
    return {
        "b_tenant": intent.books.tenant_id,
        "b_posting": intent.posting_id,
        "b_state": decision.state,
        "b_step": decision.step,
        "b_look_up": decision.look_up,
        "b_wait_s": _wait_s(desk, intent, decision),
        "b_problems": problems_column(decision.problems),
        "b_progressed": progressed,
        "b_look_ups": intent.look_ups,
        "b_tries": intent.tries,
        "b_calls": intent.calls,
        "b_cap": decision.bulk_cap,
        "b_told": told,
        "b_document": ours.document_id if ours else None,
        "b_status": ours.status if ours else None,
        "b_content": content_mark(ours) if ours and made else None,
        "b_proposal": seen.document_id if seen and not ours else None,
        "b_forgets": decision.forgets,
        "b_lost": decision.look_up == "lost" and decision.step == "draft",
        "b_unsaid": decision.state in ("superseded", "cancelled"),
        "b_over": decision.state == "ready" and decision.step == "prepare",
        "b_event": event_id,
        "b_outcome": decision.outcome,
        "b_announce_s": desk.options.announce_after_s,
    }


def _wait_s(desk: Desk, intent: Intent, decision: Decision) -> float:
    if decision.send_again and intent.tries > 1:
        return backoff_s(intent.tries, desk.options.retry_wait_limit_s)
    return 0.0


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text)


def _flag(name: str) -> sa.BindParameter[bool]:
    return sa.bindparam(name, type_=sa.Boolean)


def _number(name: str) -> sa.BindParameter[int]:
    return sa.bindparam(name, type_=sa.Integer)


def _later(name: str) -> sa.ColumnElement[Any]:
    return NOW + seconds(sa.bindparam(name, type_=sa.Double))


def _unless_forgotten(new: sa.ColumnElement[Any], column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.case((_flag("b_forgets"), None), else_=sa.func.coalesce(new, column))


def _if_settled(value: Any, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.case((_text("b_outcome").is_not(None), value), else_=column)


_PROGRESSED = _flag("b_progressed")
_EVENT = sa.bindparam("b_event", type_=PG_UUID)
_WRITE = (
    sa.update(intents)
    .where(intents.c.tenant_id == _text("b_tenant"), intents.c.posting_id == sa.bindparam("b_posting", type_=PG_UUID))
    .values(
        state=_text("b_state"),
        step=_text("b_step"),
        look_up=_text("b_look_up"),
        ready_at=_later("b_wait_s"),
        problems=sa.bindparam("b_problems", type_=JSONB),
        call_id=None,
        look_ups=sa.case((_PROGRESSED, 0), else_=_number("b_look_ups")),
        tries=sa.case((_PROGRESSED, 0), else_=_number("b_tries")),
        calls=_number("b_calls"),
        bulk_cap=sa.case((_PROGRESSED, None), else_=sa.func.coalesce(_number("b_cap"), intents.c.bulk_cap)),
        told=sa.case((_PROGRESSED, None), else_=sa.func.coalesce(_text("b_told"), intents.c.told)),
        document_id=_unless_forgotten(_text("b_document"), intents.c.document_id),
        document_status=_unless_forgotten(_text("b_status"), intents.c.document_status),
        content=sa.func.coalesce(_text("b_content"), intents.c.content),
        seen_at=sa.case((_text("b_document").is_not(None), NOW), else_=intents.c.seen_at),
        proposal_id=sa.func.coalesce(_text("b_proposal"), intents.c.proposal_id),
        maybe_sent=sa.or_(intents.c.maybe_sent, _flag("b_lost")),
        document=sa.case((_flag("b_unsaid"), None), else_=intents.c.document),
        withdrawn=sa.case((_flag("b_over"), None), else_=intents.c.withdrawn),
        outcome=_if_settled(_text("b_outcome"), intents.c.outcome),
        settled_event_id=_if_settled(_EVENT, intents.c.settled_event_id),
        settled_at=_if_settled(NOW, intents.c.settled_at),
        announcements=_if_settled(0, intents.c.announcements),
        announce_at=_if_settled(_later("b_announce_s"), intents.c.announce_at),
        staged_at=_if_settled(None, intents.c.staged_at),
        updated_at=NOW,
    )
)
"""One shape for every decision, so that a whole answer is written in one round trip."""


async def _posted_as_before(tx: AsyncConnection, ended: Sequence[tuple[Intent, Decision]]) -> None:
    """Nothing came of a change: what it was to revise is what is posted."""
    for intent, decision in ended:
        if intent.revises is not None and decision.state != "posted":
            mine = sa.and_(by_ids(intent.books, [intent.revises]), intents.c.state == "revised")
            await tx.execute(sa.update(intents).where(mine).values(state="posted", updated_at=NOW))


async def _let_the_next_go(tx: AsyncConnection, desk: Desk, ended: Sequence[tuple[Intent, Decision]]) -> None:
    """An intent of the record that waited behind one that ended is ready; where a document stands posted, as it does
    after a change of it in any case, it is changed."""
    if not ended:
        return
    after = {(each.company_id, each.record.kind, each.record.record_id): (each, end) for each, end in ended}
    record = sa.tuple_(intents.c.company_id, intents.c.record_kind, intents.c.record_id)
    tenant_id = ended[0][0].books.tenant_id
    waiting = (intents.c.tenant_id == tenant_id, intents.c.state == "waiting", record.in_(list(after)))
    for following in await load_intents(tx, desk.sealer, *waiting):
        row = sa.update(intents).where(by_ids(following.books, [following.posting_id]))
        ended_one, decision = after[following.company_id, following.record.kind, following.record.record_id]
        if decision.state == "posted" or ended_one.is_update:
            await tx.execute(row.values(state="changed", updated_at=NOW))
            told = problem("ledger.changed_after_posting", number=following.number)
            await settle(tx, desk.ledger, desk.options, following, "waiting", (told,))
        else:
            await tx.execute(row.values(state="ready", ready_at=NOW, updated_at=NOW))
            await desk.leases.announce(tx, LEASE_KIND, following.books.name)
