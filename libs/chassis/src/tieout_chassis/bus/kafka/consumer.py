"""A member of a consumer group on Kafka.

aiokafka rejoins the group by itself, in the background, also while messages are being handled: what was in hand may
then be another member's already, or delivered to us again. The listener notes it; `commit` and `retry` pass over it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from tieout_chassis.bus import MAX_MESSAGE_BYTES, BusUnavailable, Message
from tieout_chassis.bus.kafka.bounded import cut_off, put_away, within
from tieout_chassis.bus.kafka.connection import KafkaConnection
from tieout_chassis.bus.kafka.topics import BATCH_OVERHEAD_BYTES

REQUEST_TIMEOUT_S = 20.0
"""Longer than a broker holds an answer back while a group deals its partitions out afresh."""
START_TIMEOUT_S = 30.0
COMMIT_TIMEOUT_S = 15.0
LEAVE_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 1.0
HEARTBEAT_MAX_S = 1.0
"""So soon a member hears of one that came or went."""
FETCH_WAIT_S = 0.2
"""aiokafka asks a broker for one partition only after its last answer for the others has come."""
SHARES = 8
"""Of one poll: a partition gets more of them only when no other has anything to read."""
FETCH_GRACE_S = 0.05
FETCH_MAX_BYTES = 16 * 1024 * 1024
_log = structlog.get_logger(__name__)


class KafkaConsumer:
    def __init__(
        self,
        connection: KafkaConnection,
        prefix: str,
        group: str,
        topics: Sequence[str],
        *,
        max_poll: int,
        member_lease_s: float,
        max_poll_interval_s: float,
    ) -> None:
        self._connection = connection
        self._prefix = prefix
        self._group = prefix + group
        self._topics = [prefix + topic for topic in topics]
        self._max_poll = max_poll
        self._lease_s = member_lease_s
        self._max_poll_interval_s = max_poll_interval_s
        self._kafka: Any = None
        self._fetching: asyncio.Task[tuple[int, list[Any]]] | None = None
        self._ours: set[Any] = set()
        """The partitions we were given messages of, since the group was dealt out last."""
        self._had_turn: set[Any] = set()
        self._paused: dict[Any, float] = {}
        self._dealt = 0

    async def start(self) -> None:
        self._kafka = AIOKafkaConsumer(
            **self._connection.options(request_timeout_s=REQUEST_TIMEOUT_S),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(self._lease_s * 1000),
            heartbeat_interval_ms=int(min(self._lease_s / 4, HEARTBEAT_MAX_S) * 1000),
            max_poll_interval_ms=int(self._max_poll_interval_s * 1000),
            fetch_max_wait_ms=int(FETCH_WAIT_S * 1000),
            fetch_max_bytes=FETCH_MAX_BYTES,
            max_partition_fetch_bytes=MAX_MESSAGE_BYTES + BATCH_OVERHEAD_BYTES,
        )
        self._kafka.subscribe(self._topics, listener=_Listener(self))
        try:
            await within(START_TIMEOUT_S, self._kafka.start())
        except BaseException:
            await self.close()
            raise

    async def poll(self, wait_s: float) -> list[Message]:
        deadline = monotonic() + wait_s
        while True:
            self._resume()
            records = await self._fetch(min(deadline - monotonic(), self._shortest_pause(wait_s)))
            if records or monotonic() >= deadline:
                self._ours.update(TopicPartition(record.topic, record.partition) for record in records)
                return [self._message(record) for record in records]

    async def commit(self, messages: Sequence[Message]) -> None:
        ends: dict[Any, int] = {}
        for message in messages:
            place = self._place(message)
            if place in self._ours:
                ends[place] = max(ends.get(place, 0), message.offset + 1)
        if not ends:
            return
        try:
            await within(COMMIT_TIMEOUT_S, self._kafka.commit(ends))
        except BusUnavailable as error:
            if not isinstance(error.__cause__, CommitFailedError | IllegalStateError):
                raise
            _log.info("a commit came after a rebalance: delivered again", group=self._group, reason=str(error))

    async def retry(self, message: Message, after_s: float) -> None:
        place = self._place(message)
        if place in self._ours:
            self._paused[place] = monotonic() + after_s
            self._kafka.pause(place)
            self._kafka.seek(place, message.offset)

    async def close(self) -> None:
        """Within seconds, also when the brokers are away; the group hears of it if they are not."""
        await cut_off(self._fetching)
        self._ours.clear()
        if self._kafka is None:
            return
        try:
            await within(LEAVE_TIMEOUT_S, self._kafka.stop())
        except Exception as error:
            _log.warning("left the group without a word", group=self._group, error=str(error))
            await tear_down(self._kafka)
        self._kafka = None

    def revoked(self, places: Iterable[Any]) -> None:
        """The group is dealing afresh: whatever is in hand is delivered again, to us or to another."""
        self._dealt += 1
        self._ours.difference_update(places)

    def assigned(self, places: Iterable[Any]) -> None:
        """A partition that came back goes on pausing."""
        ours = set(places)
        self._paused = {place: until for place, until in self._paused.items() if place in ours}
        self._kafka.pause(*self._paused)

    async def _fetch(self, wait_s: float) -> list[Any]:
        """What has come by then. While a rebalance lasts aiokafka lets its callers wait: the call then goes on in the
        background, and a later poll takes up what it brings."""
        wait_s = max(wait_s, 0)
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._take(wait_s), name=f"fetch {self._group}")
        done, _ = await asyncio.wait({self._fetching}, timeout=wait_s + FETCH_GRACE_S)
        if not done:
            return []
        fetching, self._fetching = self._fetching, None
        try:
            dealt, records = fetching.result()
        except KafkaError as error:
            raise BusUnavailable(str(error)) from error
        return records if dealt == self._dealt else []

    async def _take(self, wait_s: float) -> tuple[int, list[Any]]:
        """Shares of several partitions, so that one with much to read starves no other; and the number of the deal
        that they came under. What came under an earlier one comes again."""
        limit = max(self._max_poll // SHARES, 1)
        taken = await self._take_share(limit, wait_s)
        dealt = self._dealt
        while taken and len(taken) < self._max_poll:
            more = await self._take_share(min(limit, self._max_poll - len(taken)), 0)
            taken = taken + more if dealt == self._dealt else more
            dealt = self._dealt
            if not more:
                break
        return dealt, taken

    async def _take_share(self, limit: int, wait_s: float) -> list[Any]:
        """At most so many messages, from partitions that had no turn in this round if there are such."""
        waiting = self._kafka.assignment() - self._had_turn
        got = await self._kafka.getmany(*waiting, max_records=limit) if waiting else {}
        if not got:
            self._had_turn.clear()
            got = await self._kafka.getmany(timeout_ms=int(wait_s * 1000), max_records=limit)
        self._had_turn |= got.keys()
        return [record for records in got.values() for record in records]

    def _resume(self) -> None:
        now = monotonic()
        over = [place for place, until in self._paused.items() if until <= now]
        for place in over:
            del self._paused[place]
        self._kafka.resume(*self._kafka.assignment().intersection(over))

    def _shortest_pause(self, otherwise_s: float) -> float:
        now = monotonic()
        return min((until - now for until in self._paused.values()), default=otherwise_s)

    def _place(self, message: Message) -> Any:
        return TopicPartition(self._prefix + message.topic, message.partition)

    def _message(self, record: Any) -> Message:
        """Whatever somebody put there can be read; whether it makes sense is for the subscriber to say."""
        headers = {name: (text or b"").decode(errors="replace") for name, text in record.headers}
        key = (record.key or b"").decode(errors="replace")
        topic = record.topic.removeprefix(self._prefix)
        return Message(topic, record.partition, record.offset, key, record.value or b"", headers)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self._consumer.revoked(revoked)

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._consumer.assigned(assigned)


async def tear_down(kafka: Any, *, leave: bool = True) -> None:
    """What `stop` would have gone on with: it gives up at the first part that fails."""
    kafka._closed = True
    coordinator, fetcher = kafka._coordinator, kafka._fetcher
    tasks: list[asyncio.Task[Any] | None] = []
    if coordinator is not None:
        tasks += [coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task]
    if fetcher is not None:
        tasks += [fetcher._fetch_task, *fetcher._pending_tasks]
    await cut_off(*tasks)
    await put_away(CLOSE_TIMEOUT_S, kafka._client.close())
    if coordinator is not None and leave:  # on a new connection: the old one may be waiting for its turn to rejoin
        await put_away(CLOSE_TIMEOUT_S, coordinator._maybe_leave_group(), kafka._client.close())
