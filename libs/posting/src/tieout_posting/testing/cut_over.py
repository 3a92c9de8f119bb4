"""What a former tool left in a ledger: found, linked on a person's word, and adopted (K24)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from tieout_chassis.outbox import seal_context
from tieout_contracts.events import (
    Event,
    LedgerCompared,
    LinksDecided,
    PostingPlanned,
    PreviewFinished,
    RecordCommanded,
    RecordPreviewed,
)
from tieout_contracts.previews import RecordPreview
from tieout_contracts.proposals import LinkDecision
from tieout_posting.tables import canary, customer, intent, shared
from tieout_posting.testing.world import WriterWorld

_AT = datetime(2026, 11, 2, tzinfo=UTC)


class CutOver:
    """A company's cut-over, as the bus tells a writer of it."""

    def __init__(self, world: WriterWorld, tenant_id: str, company_id: str) -> None:
        self._world = world
        self._head: dict[str, Any] = {"tenant_id": tenant_id, "company_id": company_id}

    async def leave(self, plans: Sequence[PostingPlanned]) -> None:
        """Post these and forget them, so that what they posted is somebody else's."""
        await self._world.say(*plans)
        await self._world.settled(len(plans))
        async with self._world.database.transaction() as tx:
            for table in (intent, shared, customer, canary):
                await tx.execute(sa.delete(table))

    async def compared(self, plans: Sequence[PostingPlanned]) -> LedgerCompared:
        """Preview these plans, and have them compared with the ledger."""
        head = self._head | {"preview_id": uuid4(), "compare": True}
        told: list[Event] = [
            RecordPreviewed(
                **head,
                record_ref=each.record_ref,
                number=each.number,
                revision=each.revision,
                preview=RecordPreview(outcome="create", posting=each.posting),
                previewed_at=_AT,
            )
            for each in plans
        ]
        await self._world.say(*told, PreviewFinished(**head, records=len(plans), finished_at=_AT))

        async def answers() -> list[LedgerCompared]:
            return [each for each in await self._told() if each.preview_id == head["preview_id"]]

        await self._world.until(answers, 1)
        (found,) = await answers()
        return found

    async def link(self, contact_number: str, ledger_id: str) -> None:
        said = LinkDecision(contact_number=contact_number, ledger_id=ledger_id)
        await self._world.say(LinksDecided(**self._head, decisions=(said,), person="ada", decided_at=_AT))

    async def adopt(self, plans: Sequence[PostingPlanned]) -> None:
        at = _AT + timedelta(minutes=1)
        commands = [
            RecordCommanded(
                **self._head,
                command_id=uuid4(),
                record_ref=each.record_ref,
                action="adopt",
                person="ada",
                commanded_at=at,
            )
            for each in plans
        ]
        await self._world.say(*commands)

    async def _told(self) -> list[LedgerCompared]:
        query = sa.text("SELECT event_id, value FROM outbox WHERE topic = :topic ORDER BY id")
        async with self._world.database.transaction() as tx:
            rows = (await tx.execute(query, {"topic": LedgerCompared.TOPIC})).all()
        sealer = self._world.database.sealer
        assert sealer is not None
        plain = [sealer.open(bytes(row.value), seal_context(row.event_id, LedgerCompared.TYPE)) for row in rows]
        return [LedgerCompared.model_validate_json(each) for each in plain]
