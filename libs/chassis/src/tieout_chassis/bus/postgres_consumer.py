"""A member of a consumer group on the PostgreSQL log.

A heartbeat of its own keeps it in the group, also while a handler takes its time, but no longer than
`max_poll_interval_s` after the last poll: a member that hangs loses its partitions to the others.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tieout_chassis.bus import BusUnavailable, Message
from tieout_chassis.database import Database, DatabaseUnavailable, is_database_trouble
from tieout_chassis.wakes import wait_for, wake

FETCH_MAX_BYTES = 16 * 1024 * 1024
_log = structlog.get_logger(__name__)
_Place = tuple[str, int]


@dataclass(slots=True)
class _Share:
    """A partition that is ours under this claim number; a new number means: start again from what was committed."""

    claim: int
    position: int
    not_before: float = 0.0


class PostgresConsumer:
    def __init__(
        self,
        database: Database,
        prefix: str,
        group: str,
        topics: Sequence[str],
        *,
        max_poll: int,
        member_lease_s: float,
        poll_wait_s: float,
        max_poll_interval_s: float,
    ) -> None:
        self._database = database
        self._prefix = prefix
        self._group = prefix + group
        self._topics = [prefix + topic for topic in topics]
        self._max_poll = max_poll
        self._lease_s = member_lease_s
        self._poll_wait_s = poll_wait_s
        self._max_poll_interval_s = max_poll_interval_s
        self._member = uuid4()
        self._shares: dict[_Place, _Share] = {}
        self._held: dict[_Place, _Share] = {}
        self._is_member = False
        self._turn = 0
        self._polled_at = monotonic()
        self._heart: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._changed = asyncio.Event()

    async def start(self) -> None:
        self._news = self._database.wakes.subscribe(*(f"bus:{topic}" for topic in self._topics))
        self._changed = self._database.wakes.subscribe(f"group:{self._group}")
        self._polled_at = monotonic()
        await self._beat(joining=True)
        self._heart = asyncio.create_task(self._keep_beating(), name=f"heartbeat {self._group}")

    async def poll(self, wait_s: float) -> list[Message]:
        self._polled_at = monotonic()
        deadline = self._polled_at + wait_s
        while True:
            self._news.clear()
            messages = await self._fetch()
            left = deadline - monotonic()
            if messages or left <= 0:
                return messages
            await wait_for(self._news, min(left, self._poll_wait_s, self._shortest_pause()))

    async def commit(self, messages: Sequence[Message]) -> None:
        ends: dict[_Place, int] = {}
        for message in messages:
            place = (message.topic, message.partition)
            if place in self._held:
                ends[place] = max(ends.get(place, 0), message.offset + 1)
        claims = [self._held[place].claim for place in ends]
        statement = text("SELECT bus.commit(:claims, :offsets)")
        async with self._database.transaction() as tx:
            await tx.execute(statement, {"claims": claims, "offsets": list(ends.values())})

    async def retry(self, message: Message, after_s: float) -> None:
        share = self._held.get((message.topic, message.partition))
        if share is not None:
            share.position = min(share.position, message.offset)
            share.not_before = monotonic() + after_s

    async def close(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        self._shares = {}
        try:
            await self._leave()
        except (DBAPIError, DatabaseUnavailable) as error:
            _log.warning("left the group without a word", group=self._group, error=str(error))

    async def _fetch(self) -> list[Message]:
        now = monotonic()
        ready = [place for place in sorted(self._shares) if self._shares[place].not_before <= now]
        if not ready:
            return []
        self._turn = (self._turn + 1) % len(ready)
        ready = ready[self._turn :] + ready[: self._turn]
        shares = {place: self._shares[place] for place in ready}
        values = {
            "claims": [share.claim for share in shares.values()],
            "offsets": [share.position for share in shares.values()],
            "limit": self._max_poll,
            "bytes": FETCH_MAX_BYTES,
        }
        async with self._database.reading() as connection:
            rows = (
                await connection.execute(text("SELECT * FROM bus.fetch(:claims, :offsets, :limit, :bytes)"), values)
            ).all()
        self._held = {}
        messages = []
        for topic, partition, offset, key, value, headers in rows:
            message = Message(topic.removeprefix(self._prefix), partition, offset, key, bytes(value), headers)
            share = shares[topic, partition]
            share.position = offset + 1
            self._held[message.topic, partition] = share
            messages.append(message)
        return messages

    def _shortest_pause(self) -> float:
        now = monotonic()
        return min((s.not_before - now for s in self._shares.values() if s.not_before > now), default=self._poll_wait_s)

    async def _keep_beating(self) -> None:
        while True:
            await wait_for(self._changed, self._lease_s / 3)
            silent_s = monotonic() - self._polled_at
            try:
                if silent_s <= self._max_poll_interval_s:
                    await self._beat()
                elif self._is_member:
                    _log.error("no poll for too long: leaving the group", group=self._group, silent_s=round(silent_s))
                    await self._leave()
            except (BusUnavailable, DBAPIError, DatabaseUnavailable) as error:
                _log.warning("heartbeat failed", group=self._group, error=str(error))

    async def _beat(self, *, joining: bool = False) -> None:
        values = {"group": self._group, "member": self._member, "topics": self._topics, "lease_s": self._lease_s}
        try:
            async with self._database.transaction() as tx:
                statement = text("SELECT * FROM bus.heartbeat(:group, :member, :topics, :lease_s)")
                rows = (await tx.execute(statement, values)).all()
                if joining or any(row.dealt for row in rows):
                    wake(tx, f"group:{self._group}")
        except (DBAPIError, DatabaseUnavailable) as error:
            if is_database_trouble(error):
                raise BusUnavailable(str(error)) from error
            raise
        shares: dict[_Place, _Share] = {}
        for row in rows:
            old = self._shares.get((row.topic, row.partition))
            kept = old if old is not None and old.claim == row.claim else _Share(row.claim, row.next_offset)
            shares[row.topic, row.partition] = kept
        if shares.keys() - self._shares.keys():
            self._news.set()
        self._shares = shares
        self._is_member = True

    async def _leave(self) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(text("SELECT bus.leave(:group, :member)"), {"group": self._group, "member": self._member})
            wake(tx, f"group:{self._group}")
        self._shares = {}
        self._is_member = False
