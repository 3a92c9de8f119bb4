"""Evidence of what was said between us and the ledger, told where a tenant keeps it (docs/evidence.md).

It is published in the transaction that commits what came of the call, so that the two never disagree; and nothing of it
may keep a document from being posted.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.handling import NotNow
from tieout_chassis.outbox import EventTooLarge, publish
from tieout_contracts.events import LedgerCalled
from tieout_contracts.exchanges import LedgerExchange
from tieout_contracts.records import RecordRef
from tieout_posting.calls import StoredCall
from tieout_posting.desk import Desk
from tieout_posting.states import UNFINISHED_STATES
from tieout_posting.store import by_ids, of_books
from tieout_posting.tables import intent
from tieout_providers.call import Answer

_log = structlog.get_logger(__name__)
RECORDS_MAX = 1_000
"""Of those that wait for a contact or item, so many are named at most."""


async def tell_exchange(
    tx: AsyncConnection, desk: Desk, stored: StoredCall, answer: Answer | None, finding: str
) -> None:
    """Before its members are changed. A customer's new details are of no one record, and are not told."""
    if stored.of_customers or not desk.sealer.keeps_evidence(stored.books.tenant_id):
        return
    exchange = LedgerExchange(
        purpose=stored.purpose,
        method=stored.request.method,
        target=stored.request.target,
        request_body=_text(stored.request.body),
        finding=finding,
        status=None if answer is None else answer.status,
        answer_body=None if answer is None else _text(answer.body),
        ended_at=datetime.now(UTC),
    )
    for company_id, records in (await _records(tx, stored)).items():
        event = LedgerCalled(
            tenant_id=stored.books.tenant_id,
            company_id=company_id,
            call_id=stored.call_id,
            ledger=desk.ledger.name,
            organisation_id=stored.books.organisation_id,
            records=records,
            exchange=exchange,
        )
        try:
            await _publish(tx, event)
        except NotNow as away:
            _log.warning("evidence is missing", company_id=company_id, purpose=stored.purpose, reason=str(away))


async def _publish(tx: AsyncConnection, event: LedgerCalled) -> None:
    try:
        await publish(tx, event)
    except EventTooLarge:
        bare = event.exchange.model_copy(update={"request_body": "", "answer_body": None, "left_out": True})
        await publish(tx, event.model_copy(update={"exchange": bare}))


async def _records(tx: AsyncConnection, stored: StoredCall) -> Mapping[str, tuple[RecordRef, ...]]:
    """Whose documents the call carries, or waited for it, by company."""
    if stored.of_shared:
        needs = sa.or_(intent.c.contact_key.in_(stored.members), intent.c.needs.overlap(list(stored.members)))
        whose = sa.and_(of_books(intent, stored.books), intent.c.state.in_(UNFINISHED_STATES), needs)
    else:
        whose = by_ids(stored.books, stored.members)
    query = sa.select(intent.c.company_id, intent.c.record_kind, intent.c.record_id).where(whose)
    query = query.distinct().order_by(*query.selected_columns).limit(RECORDS_MAX)
    found: defaultdict[str, list[RecordRef]] = defaultdict(list)
    for company_id, kind, record_id in (await tx.execute(query)).all():
        found[company_id].append(RecordRef(kind=kind, record_id=record_id))
    return {company_id: tuple(records) for company_id, records in found.items()}


def _text(body: bytes) -> str:
    return body.decode("utf-8", errors="replace").replace("\0", "\ufffd")
