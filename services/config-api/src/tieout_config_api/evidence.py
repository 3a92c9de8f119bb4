"""Evidence of records (docs/evidence.md): kept, sealed, from the events that tell of them, for tenants that chose it.

Whether a tenant did is known from its keys' holder, in memory, so that nobody else's events cost a query. What was
still on its way when a tenant switched it off is purged with the rest.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_config_api.store import Row, evidence
from tieout_contracts.base import Contract
from tieout_contracts.events import Event, LedgerCalled, PostingPlanned, RecordCaptured

UPKEEP_EVERY_S = 60.0
AT_ONCE = 500


class Keeping:
    """Handlers beside those that project: each keeps what its event brought."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    async def on_captured(self, tx: AsyncConnection, event: RecordCaptured) -> None:
        """What ConnectWise gave."""
        ref = str(event.record_ref)
        await self._keep(tx, event, "captured", f"{ref}/{event.revision}", (ref,), event.captured_at, event.record)

    async def on_planned(self, tx: AsyncConnection, event: PostingPlanned) -> None:
        """What was to be posted, or shown in a preview."""
        ref = str(event.record_ref)
        subject = f"{ref}/{event.revision}/{event.posting.plan_hash}"
        await self._keep(tx, event, "planned", subject, (ref,), event.planned_at, event.posting)

    async def on_called(self, tx: AsyncConnection, event: LedgerCalled, context: MessageContext) -> None:
        """What was sent to the ledger, and what it answered."""
        records = tuple(str(ref) for ref in event.records)
        await self._keep(tx, event, "called", str(context.event_id), records, event.exchange.ended_at, event.exchange)

    async def _keep(
        self,
        tx: AsyncConnection,
        event: Event,
        part: str,
        subject: str,
        records: tuple[str, ...],
        at: datetime,
        content: Contract,
    ) -> None:
        if not self._sealer.keeps_evidence(event.tenant_id):
            return
        place = {"tenant_id": event.tenant_id, "part": part, "subject": f"{event.company_id}/{subject}"}
        body = self._sealer.seal(content.model_dump_json().encode(), _aad(place), event.tenant_id)
        piece = {**place, "company_id": event.company_id, "at": at, "body": body}
        await evidence.keep(tx, piece, records)


def opened(sealer: Sealer, row: Row) -> dict[str, Any]:
    """What a piece holds."""
    content: dict[str, Any] = exact_json.loads(sealer.open(bytes(row["body"]), _aad(row)))
    return content


class Upkeep:
    """Purges what is too old, and what tenants no longer keep."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> bool:
        async with self._database.transaction() as tx:
            return await evidence.purge(tx, self._clock.now(), limit=AT_ONCE) == AT_ONCE


def _aad(row: Row) -> bytes:
    return f"{row['tenant_id']}|evidence|{row['part']}|{row['subject']}".encode()
