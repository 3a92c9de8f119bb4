"""Leases: who works on what, for how long. Work is claimed from rows, never from messages.

Any number of copies share any number of names (ledger organisations, connections, the relay): each claim takes the
names that were served least recently, skips those that another copy is just taking, and gives a new token. Every
later write checks the token first (`fence`), so that a holder that was slow, stopped or cut off writes nothing once its
time has run out. All times are the database's.

Two ways to put a name down: *idle* until it is announced again or `idle_s` have passed, and *parked*, which no
announcement shortens (a provider said to come back in twenty hours). Announcements are rows of their own that a claim
consumes, so that none is lost to a holder that is just letting go, and announcing never waits for one that is writing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database, sender_of
from tieout_chassis.wakes import wake


class LeaseLost(Exception):
    """The lease ran out, or another holder has the name: whatever was to be written must not be."""

    def __init__(self, lease: "Lease") -> None:
        self.lease = lease
        super().__init__(f"{lease.holder} no longer holds {lease.kind} {lease.name} (token {lease.token})")


@dataclass(frozen=True, slots=True)
class Lease:
    """`token` grows by one with every claim of the name."""

    kind: str
    name: str
    token: int
    holder: str
    expires_at: datetime


_CLAIM = text("""
    WITH due AS (
        SELECT l.kind, l.name FROM lease l
        WHERE l.kind = :kind
            AND (l.expires_at IS NULL OR l.expires_at <= clock_timestamp())
            AND (l.parked_until IS NULL OR l.parked_until <= clock_timestamp())
            AND (l.idle_until IS NULL OR l.idle_until <= clock_timestamp()
                 OR EXISTS (SELECT 1 FROM lease_wake w WHERE w.kind = l.kind AND w.name = l.name))
        ORDER BY l.served_at NULLS FIRST, l.name
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    ), awake AS (
        DELETE FROM lease_wake w USING due WHERE w.kind = due.kind AND w.name = due.name
    )
    UPDATE lease l
    SET token = l.token + 1, holder = :holder, served_at = clock_timestamp(), idle_until = NULL, parked_until = NULL,
        expires_at = clock_timestamp() + make_interval(secs => :lease_s)
    FROM due WHERE l.kind = due.kind AND l.name = due.name
    RETURNING l.kind, l.name, l.token, l.holder, l.expires_at
""")
_FENCE = text("""
    SELECT expires_at > clock_timestamp() AS current FROM lease
    WHERE kind = :kind AND name = :name AND token = :token AND holder IS NOT NULL FOR NO KEY UPDATE
""")
_RENEW = text("""
    UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => :lease_s)
    WHERE kind = :kind AND name = :name AND token = :token AND holder IS NOT NULL AND expires_at > clock_timestamp()
    RETURNING expires_at
""")
_RELEASE = text("""
    UPDATE lease SET holder = NULL, expires_at = NULL,
        parked_until = clock_timestamp() + make_interval(secs => :park_s),
        idle_until = clock_timestamp() + make_interval(secs => :idle_s)
    WHERE kind = :kind AND name = :name AND token = :token AND holder IS NOT NULL
""")


class Leases:
    """The leases of one service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, tx: AsyncConnection, kind: str, *, limit: int, holder: str, lease_s: float) -> list[Lease]:
        """Up to `limit` names that are free and due, least recently served first; theirs from the commit on."""
        values = {"kind": kind, "limit": limit, "holder": holder, "lease_s": float(lease_s)}
        return [Lease(*row) for row in (await tx.execute(_CLAIM, values)).all()]

    async def claim_one(self, kind: str, *, holder: str, lease_s: float) -> Lease | None:
        """The same for one name, in a transaction of its own."""
        async with self._database.transaction() as tx:
            claimed = await self.claim(tx, kind, limit=1, holder=holder, lease_s=lease_s)
        return claimed[0] if claimed else None

    async def fence(self, tx: AsyncConnection, lease: Lease) -> None:
        """`LeaseLost` unless the lease still stands; locks its row, so that it stands until the transaction ends."""
        values = {"kind": lease.kind, "name": lease.name, "token": lease.token}
        if not await tx.scalar(_FENCE, values):
            raise LeaseLost(lease)

    async def renew(self, lease: Lease, lease_s: float) -> Lease:
        """The lease with `lease_s` from now, or `LeaseLost`."""
        values = {"kind": lease.kind, "name": lease.name, "token": lease.token, "lease_s": float(lease_s)}
        async with self._database.transaction() as tx:
            expires_at = await tx.scalar(_RENEW, values)
        if expires_at is None:
            raise LeaseLost(lease)
        return replace(lease, expires_at=expires_at)

    async def release(self, lease: Lease, not_before_s: float | None = None, *, idle_s: float | None = None) -> bool:
        """Let go; whether it was still ours. Without times the name is due again at once.

        `not_before_s` parks the name whatever happens. `idle_s` lets it rest until it is announced (also if that was
        while it was held), at most so long.
        """
        async with self._database.transaction() as tx:
            return await self.release_in(tx, lease, not_before_s, idle_s=idle_s)

    async def release_in(
        self, tx: AsyncConnection, lease: Lease, not_before_s: float | None = None, *, idle_s: float | None = None
    ) -> bool:
        """`release` as part of the caller's last transaction under the lease."""
        values = {"kind": lease.kind, "name": lease.name, "token": lease.token}
        times = {"park_s": _float(not_before_s), "idle_s": _float(idle_s)}
        released = await tx.execute(_RELEASE, values | times)
        if released.rowcount and not not_before_s:
            wake(tx, lease_channel(self._database.schema, lease.kind))
        return bool(released.rowcount)

    async def announce(self, tx: AsyncConnection, kind: str, name: str) -> None:
        """There is work for this name: make sure that it has a row, and that it is claimed soon unless parked."""
        await announce(tx, kind, name)

    async def unpark(self, tx: AsyncConnection, kind: str, name: str) -> None:
        """Make a parked name due: a person decided so."""
        statement = text("UPDATE lease SET parked_until = NULL, idle_until = NULL WHERE kind = :kind AND name = :name")
        await tx.execute(statement, {"kind": kind, "name": name})
        wake(tx, lease_channel(self._database.schema, kind))

    def channel(self, kind: str) -> str:
        """The wake-up channel of a kind: `database.wakes.subscribe(leases.channel("posting"))`."""
        return lease_channel(self._database.schema, kind)


async def announce(tx: AsyncConnection, kind: str, name: str) -> None:
    """`Leases.announce` for a handler that has only its transaction."""
    announced: set[tuple[str, str]] = tx.info.setdefault("tieout.announced", set())
    if (kind, name) in announced:
        return
    if not tx.in_nested_transaction():  # a savepoint may yet be rolled back, and the announcement with it
        announced.add((kind, name))
    values = {"kind": kind, "name": name}
    await tx.execute(text("INSERT INTO lease (kind, name) VALUES (:kind, :name) ON CONFLICT DO NOTHING"), values)
    await tx.execute(text("INSERT INTO lease_wake (kind, name) VALUES (:kind, :name)"), values)
    wake(tx, lease_channel(sender_of(tx).schema, kind))


def lease_channel(schema: str, kind: str) -> str:
    return f"lease:{schema}:{kind}"


def _float(seconds: float | None) -> float | None:
    return None if seconds is None else float(seconds)


__all__: Sequence[str] = ("Lease", "LeaseLost", "Leases", "announce", "lease_channel")
