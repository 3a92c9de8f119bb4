"""Saying again what nobody answered: losing the bus loses nothing (I-9)."""

from datetime import datetime, timedelta

from tieout_chassis.clock import Clock
from tieout_chassis.outbox import announce_again
from tieout_ingest.held import Held
from tieout_ingest.store import agenda, captures, runs

EVENTS_A_TRANSACTION = 200
PURGE_EVERY = timedelta(hours=1)


class Announcing:
    """Announces unanswered events again, with the same ids, and purges what nobody will ask for."""

    def __init__(self, clock: Clock, *, announce_after_s: float, body_retention_days: int) -> None:
        self._clock = clock
        self._after_s = announce_after_s
        self._retention_days = body_retention_days
        self._purged_at: dict[str, datetime] = {}

    async def announce(self, held: Held) -> bool:
        """Those that are due now; whether there were any."""
        async with held.transaction() as tx:
            event_ids = await agenda.unanswered(
                tx, held.connection_id, limit=EVENTS_A_TRANSACTION, wait_s=self._after_s
            )
            await announce_again(tx, event_ids)
            if self._purge_due(held.connection_id):
                await captures.purge_older_than(tx, held.connection_id, self._retention_days)
                await runs.purge_older_than(tx, held.connection_id, self._retention_days)
        return bool(event_ids)

    def _purge_due(self, connection_id: str) -> bool:
        now = self._clock.now()
        last = self._purged_at.get(connection_id)
        if last is not None and now - last < PURGE_EVERY:
            return False
        self._purged_at[connection_id] = now
        return True
