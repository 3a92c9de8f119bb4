"""The relay: brings committed outbox rows to the bus, in the order of their ids, one copy at a time.

It reads the rows that are committed and not yet published; there is no mark of how far it got, so a transaction that
commits late is never passed over. A crash between publishing and marking publishes again: consumers know the id.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any

import structlog
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.bus import BusUnavailable, Fate, Outgoing, Refused, Stored, Transport
from tieout_chassis.database import Database
from tieout_chassis.dead_letters import store_dead_letter
from tieout_chassis.failpoints import failpoint
from tieout_chassis.leases import Lease, LeaseLost, Leases
from tieout_chassis.outbox import ANNOUNCEMENT, outbox_channel
from tieout_chassis.telemetry import REGISTRY

KIND = "relay"
BATCH_MAX_BYTES = 16 * 1024 * 1024
PUBLISHED = Counter("tieout_outbox_published", "Events brought to the bus.", ["service"], registry=REGISTRY)
REFUSED = Counter("tieout_outbox_refused", "Events that the bus refused for good.", ["service"], registry=REGISTRY)
_log = structlog.get_logger(__name__)

_UNPUBLISHED = text("""
    SELECT id, event_id, topic, key, headers, value, announcements FROM outbox WHERE id = ANY (ARRAY(
        SELECT id FROM (
            SELECT id, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS bytes_before
            FROM (SELECT id, value FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT :rows) next
        ) sized WHERE bytes_before < :bytes
    )) ORDER BY id
""")
_MARK = text("""
    UPDATE outbox SET published_at = clock_timestamp(), announcements = announcements + 1 WHERE id IN (
        SELECT id FROM outbox WHERE id = ANY (:ids) ORDER BY id FOR UPDATE
    )
""")


class Relay:
    """`step` publishes one batch; whether there may be more. Call it in a loop (`worker_loop`), `close` at the end."""

    def __init__(
        self, database: Database, transport: Transport, leases: Leases, *, holder: str, batch: int, lease_s: float
    ) -> None:
        self._database = database
        self._transport = transport
        self._leases = leases
        self._holder = holder
        self._batch = batch
        self._lease_s = lease_s
        self._lease: Lease | None = None
        self._renewed_at = 0.0

    @property
    def channels(self) -> tuple[str, ...]:
        """What wakes the relay: a commit with events, and another copy that lets go."""
        return outbox_channel(self._database.schema), self._leases.channel(KIND)

    async def start(self) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                text("INSERT INTO lease (kind, name) VALUES (:kind, 'outbox') ON CONFLICT DO NOTHING"), {"kind": KIND}
            )

    async def step(self) -> bool:
        if not await self._is_ours():
            return False
        async with self._database.reading() as connection:
            rows = (await connection.execute(_UNPUBLISHED, {"rows": self._batch, "bytes": BATCH_MAX_BYTES})).all()
        if not rows:
            return False
        fates = await self._transport.publish([_outgoing(row) for row in rows])
        failpoint("relay.after_publish")
        async with self._database.transaction() as tx:
            await self._mark(tx, rows, fates)
        unsure = next((fate for fate in fates if not isinstance(fate, Stored | Refused)), None)
        if unsure is not None:
            raise BusUnavailable(unsure.reason)
        return True

    async def close(self) -> None:
        """Let another copy go on at once."""
        if self._lease is not None:
            await self._leases.release(self._lease)
            self._lease = None

    async def _is_ours(self) -> bool:
        """Held, and renewed when a third of it has passed. (A copy that overslept publishes some events twice: no harm,
        since each copy begins at the lowest row that is not marked.)"""
        if self._lease is not None and monotonic() - self._renewed_at < self._lease_s / 3:
            return True
        try:
            if self._lease is not None:
                self._lease = await self._leases.renew(self._lease, self._lease_s)
        except LeaseLost:
            self._lease = None
        if self._lease is None:
            self._lease = await self._leases.claim_one(KIND, holder=self._holder, lease_s=self._lease_s)
        self._renewed_at = monotonic()
        return self._lease is not None

    async def _mark(self, tx: AsyncConnection, rows: Sequence[Any], fates: Sequence[Fate]) -> None:
        service = self._database.service
        done = []
        for row, fate in zip(rows, fates, strict=True):
            if isinstance(fate, Refused):
                _log.error("the bus refuses an event for good", event_id=str(row.event_id), reason=fate.reason)
                REFUSED.labels(service).inc()
                await store_dead_letter(
                    tx,
                    consumer_group=None,
                    event_id=row.event_id,
                    topic=row.topic,
                    key=row.key,
                    headers=row.headers,
                    value=bytes(row.value),
                    reason=fate.reason,
                    attempts=row.announcements + 1,
                )
            if isinstance(fate, Stored | Refused):
                done.append(row.id)
        await tx.execute(_MARK, {"ids": done})
        PUBLISHED.labels(service).inc(len(done))


def _outgoing(row: Any) -> Outgoing:
    headers = dict(row.headers)
    if row.announcements:
        headers[ANNOUNCEMENT] = str(row.announcements + 1)
    return Outgoing(row.topic, row.key, bytes(row.value), headers)
