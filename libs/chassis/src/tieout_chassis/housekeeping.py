"""Retention, and the gauges that tell how much waits. Every copy does it; rows that another is deleting are skipped."""

from prometheus_client import Gauge
from sqlalchemy import text

from tieout_chassis.bus import Transport
from tieout_chassis.database import Database
from tieout_chassis.telemetry import REGISTRY

ROWS_AT_ONCE = 5_000
WAITING = Gauge("tieout_outbox_waiting", "Events not yet on the bus.", ["service"], registry=REGISTRY)
OLDEST = Gauge("tieout_outbox_oldest_seconds", "Age of the oldest of them.", ["service"], registry=REGISTRY)
OPEN = Gauge("tieout_dead_letters_open", "Dead letters that nobody decided on.", ["service"], registry=REGISTRY)

_OLD = {
    "outbox": "SELECT id FROM outbox WHERE published_at < clock_timestamp() - make_interval(secs => :age_s)",
    "inbox": "SELECT ctid FROM inbox WHERE handled_at < clock_timestamp() - make_interval(secs => :age_s)",
    "dead_letter": "SELECT id FROM dead_letter WHERE created_at < clock_timestamp() - make_interval(secs => :age_s) "
    "AND state <> 'open'",
}
_COUNT = text("""
    SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS waiting,
           (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)
            FROM outbox WHERE published_at IS NULL) AS oldest_s,
           (SELECT count(*) FROM dead_letter WHERE state = 'open') AS open
""")


class Housekeeping:
    def __init__(
        self,
        database: Database,
        transport: Transport,
        *,
        inbox_retention_days: float,
        outbox_retention_hours: float,
        dead_letter_retention_days: float,
    ) -> None:
        self._database = database
        self._transport = transport
        self._age_s = {
            "outbox": outbox_retention_hours * 3600,
            "inbox": inbox_retention_days * 86_400,
            "dead_letter": dead_letter_retention_days * 86_400,
        }

    async def step(self) -> bool:
        """Always False: there is nothing more to do until the next round."""
        for table, age_s in self._age_s.items():
            await self._prune(table, age_s)
        await self._transport.prune()
        async with self._database.reading() as connection:
            counted = (await connection.execute(_COUNT)).one()
        WAITING.labels(self._database.service).set(counted.waiting)
        OLDEST.labels(self._database.service).set(float(counted.oldest_s))
        OPEN.labels(self._database.service).set(counted.open)
        return False

    async def _prune(self, table: str, age_s: float) -> None:
        """In slices, so that no lock is held long; open dead letters stay for ever."""
        row = "ctid" if table == "inbox" else "id"
        old = f"{_OLD[table]} LIMIT {ROWS_AT_ONCE} FOR UPDATE SKIP LOCKED"
        statement = text(f"DELETE FROM {table} WHERE {row} = ANY (ARRAY({old}))")  # noqa: S608  (our own names)
        pruned = ROWS_AT_ONCE
        while pruned == ROWS_AT_ONCE:
            async with self._database.transaction() as tx:
                pruned = (await tx.execute(statement, {"age_s": float(age_s)})).rowcount
