"""A stored call is sent; its answer, or what its failure means, is committed under the lease that sent it."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.failpoints import failpoint
from tieout_chassis.leases import Lease
from tieout_posting import changing
from tieout_posting.access import Sessions
from tieout_posting.answering import answer_documents, reject_documents
from tieout_posting.calls import StoredCall, call_unknown, end_call, keep_for_again
from tieout_posting.desk import Desk
from tieout_posting.evidence import tell_exchange
from tieout_posting.faults import Fault, fault_of
from tieout_posting.finding import let_go
from tieout_posting.intent import Intent
from tieout_posting.ledger import Element, Session
from tieout_posting.metrics import CALLS, SECONDS
from tieout_posting.outcomes.decision import Decision
from tieout_posting.resting import Resting
from tieout_posting.sharing import answer_shared, reject_shared
from tieout_posting.todo import Rest
from tieout_posting.toll import Toll
from tieout_providers.call import Answer
from tieout_providers.errors import ProviderError, Unauthorised

COMMIT_ATTEMPTS = 4
_CONFLICTS = frozenset({"40001", "40P01"})
_log = structlog.get_logger(__name__)


async def deliver(
    desk: Desk, sessions: Sessions, resting: Resting, lease: Lease, toll: Toll, session: Session, stored: StoredCall
) -> Rest:
    """Send the call once and commit what came of it; how the organisation rests afterwards."""
    try:
        with SECONDS.labels(desk.ledger.name, stored.purpose).time():
            answer = await toll.pay(session.send(stored.request))
        failpoint("writer.after_send")
        elements = _elements(desk, stored, answer)
    except ProviderError as error:
        failpoint("writer.after_send")
        return await _failed(desk, sessions, resting, lease, toll, stored, error)
    failpoint("writer.after_answer")
    decided: list[tuple[Intent, Decision]] = []

    async def answered(tx: AsyncConnection) -> None:
        await tell_exchange(tx, desk, stored, answer, "answered")
        decided[:] = await _commit_answer(tx, desk, stored, elements)
        await end_call(tx, stored, "answered", answer.status)
        await resting.succeeded(tx, stored.books)

    await _commit(desk, lease, answered)
    sessions.token_good(stored.books)
    CALLS.labels(desk.ledger.name, stored.purpose, "answered").inc()
    _pass_failpoints(stored, decided)
    return Rest()


async def _commit_answer(
    tx: AsyncConnection, desk: Desk, stored: StoredCall, elements: Sequence[Element]
) -> list[tuple[Intent, Decision]]:
    if stored.of_customers:
        await changing.answer_changes(tx, desk, stored, elements)
        return []
    if stored.of_shared:
        await answer_shared(tx, desk, stored, elements)
        return []
    return await answer_documents(tx, desk, stored, elements)


async def _failed(
    desk: Desk,
    sessions: Sessions,
    resting: Resting,
    lease: Lease,
    toll: Toll,
    stored: StoredCall,
    error: ProviderError,
) -> Rest:
    fault = fault_of(error, desk.options.reconnect_wait_s)
    retry_token = isinstance(error, Unauthorised) and sessions.token_refused(stored.books)

    async def noted(tx: AsyncConnection) -> None:
        await tell_exchange(tx, desk, stored, error.answer, error.kind)
        await _note_fault(tx, desk, stored, error, fault, retry_token)

    await _commit(desk, lease, noted)
    CALLS.labels(desk.ledger.name, stored.purpose, error.kind).inc()
    _log.warning("ledger call failed", purpose=stored.purpose, finding=error.code, members=len(stored.members))
    if retry_token or fault.action == "reject":
        return Rest()
    return await resting.after_error(lease, stored.books, toll, error)


async def _note_fault(
    tx: AsyncConnection, desk: Desk, stored: StoredCall, error: ProviderError, fault: Fault, retry_token: bool
) -> None:
    if fault.action == "unknown":
        await call_unknown(tx, desk.options, stored, error.kind, error.status)
    elif fault.action == "reject":
        if stored.of_customers:
            await changing.reject_changes(tx, desk, stored, fault.messages)
        elif stored.of_shared:
            await reject_shared(tx, desk, stored, fault.messages)
        else:
            await reject_documents(tx, desk, stored, fault.messages)
        await end_call(tx, stored, error.kind, error.status)
    elif not retry_token and (fault.wait_s or 0) >= desk.ledger.limits.key_lifetime_s:
        await let_go(tx, desk, stored, error.kind, error.status)
    else:
        await keep_for_again(tx, stored, error.kind, error.status)


def _elements(desk: Desk, stored: StoredCall, answer: Answer) -> list[Element]:
    """The elements of an answer; one that cannot be read says nothing about what was done."""
    ledger, request = desk.ledger, stored.request
    if stored.purpose == "item_create":
        return ledger.items_in(request, answer)
    if stored.of_shared or stored.of_customers:
        return ledger.contacts_in(request, answer)
    assert stored.kind is not None
    return ledger.documents_in(stored.kind, request, answer)


async def _commit(desk: Desk, lease: Lease, write: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    """Write under the lease; a deadlock with a handler is tried again, because an answer must not be lost to it."""
    for attempt in range(1, COMMIT_ATTEMPTS + 1):
        try:
            async with desk.database.transaction() as tx:
                await desk.leases.fence(tx, lease)
                await write(tx)
        except DBAPIError as error:
            if attempt == COMMIT_ATTEMPTS or not is_conflict(error):
                raise
        else:
            return


def is_conflict(error: BaseException) -> bool:
    """A deadlock or serialisation failure: the same transaction may succeed the next time."""
    return isinstance(error, DBAPIError) and str(getattr(error.orig, "sqlstate", "")) in _CONFLICTS


def _pass_failpoints(stored: StoredCall, decided: Sequence[tuple[Intent, Decision]]) -> None:
    if stored.purpose == "draft" and any(decision.step == "approve" for _, decision in decided):
        failpoint("writer.between_draft_and_approval")
    if stored.purpose == "approve" and any(decision.state == "posted" for _, decision in decided):
        failpoint("writer.after_approval")
