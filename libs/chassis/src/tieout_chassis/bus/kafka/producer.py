"""The producer: idempotent, acknowledged by all replicas in sync, one batch of a partition at a time.

aiokafka sends a partition's next batch also when the one before it failed, and a batch that the broker refused leaves
a gap in the sequence numbers, behind which every later one is refused as well. Therefore each batch is awaited before
the next of its partition is handed over, and a producer that had a failure is thrown away.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError, UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from tieout_chassis.bus import BusUnavailable, Fate, Outgoing, Refused, Stored, Unsure
from tieout_chassis.bus.kafka.bounded import put_away, within
from tieout_chassis.bus.kafka.connection import KafkaConnection
from tieout_chassis.bus.topics import partition_of
from tieout_contracts.envelope import KEY_ID

REQUEST_TIMEOUT_S = 10.0
START_TIMEOUT_S = 10.0
PUBLISH_TIMEOUT_S = 20.0
CHECK_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0
BATCH_MAX_BYTES = 1024 * 1024
"""Before compression; a larger message has a batch of its own."""
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


@dataclass(slots=True)
class _Lane:
    """What goes to one partition, in order."""

    topic: str
    partition: int
    waiting: deque[tuple[int, Outgoing]] = field(default_factory=deque)
    singly: bool = False


class KafkaProducer:
    """Connects at the first use, and again after any failure."""

    def __init__(self, connection: KafkaConnection, *, max_message_bytes: int, publish_timeout_s: float) -> None:
        self._connection = connection
        self._max_message_bytes = max_message_bytes
        self._publish_timeout_s = publish_timeout_s
        self._producer: Any = None
        self._start = asyncio.Lock()
        self._closed = False

    async def publish(self, prefix: str, messages: Sequence[Outgoing]) -> list[Fate]:
        """What became of each; `BusUnavailable` when no connection could be had."""
        fates: dict[int, Fate] = {}
        by_place: dict[tuple[str, int], _Lane] = {}
        for nth, message in enumerate(messages):
            size = message.size_bytes()
            if size > self._max_message_bytes:
                fates[nth] = Refused(f"the message has {size} bytes, the bus takes {self._max_message_bytes}")
                continue
            place = (prefix + message.topic, partition_of(message.key))
            by_place.setdefault(place, _Lane(*place)).waiting.append((nth, message))
        await self._empty_all(list(by_place.values()), fates)
        return [fates[nth] for nth in range(len(messages))]

    async def check(self) -> None:
        """`BusUnavailable` unless a broker answers."""
        producer = await self._started()
        await within(CHECK_TIMEOUT_S, producer.client.fetch_all_metadata())

    async def close(self) -> None:
        self._closed = True
        await self._discard()

    async def _empty_all(self, lanes: list[_Lane], fates: dict[int, Fate]) -> None:
        deadline = monotonic() + self._publish_timeout_s
        while lanes:
            producer = await self._started()
            went_well = await asyncio.gather(*(_empty(producer, lane, fates, deadline) for lane in lanes))
            if not all(went_well):
                await self._discard()
            lanes = [lane for lane in lanes if lane.waiting]

    async def _discard(self) -> None:
        async with self._start:
            producer, self._producer = self._producer, None
            if producer is not None:
                await _throw_away(producer)

    async def _started(self) -> Any:
        async with self._start:
            if self._closed:
                raise BusUnavailable("the transport is closed")
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._connection.options(request_timeout_s=REQUEST_TIMEOUT_S),
                    enable_idempotence=True,
                    acks="all",
                )
                try:
                    await within(START_TIMEOUT_S, producer.start())
                except BaseException:
                    await _throw_away(producer)
                    raise
                self._producer = producer
            return self._producer


async def _empty(producer: Any, lane: _Lane, fates: dict[int, Fate], deadline: float) -> bool:
    """Send batch after batch, as long as all goes well."""
    while lane.waiting:
        batch, count = _filled(lane)
        try:
            await within(deadline - monotonic(), _deliver(producer, lane, batch))
        except BusUnavailable as error:
            _failed(lane, count, error, fates)
            return False
        for _ in range(count):
            fates[lane.waiting.popleft()[0]] = Stored()
    return True


def _failed(lane: _Lane, count: int, error: BusUnavailable, fates: dict[int, Fate]) -> None:
    if isinstance(error.__cause__, _TOO_LARGE):
        if count == 1:
            fates[lane.waiting.popleft()[0]] = Refused(str(error))
        lane.singly = True  # one of them is too large for this broker's settings: which?
        return
    while lane.waiting:
        fates[lane.waiting.popleft()[0]] = Unsure(str(error))


def _filled(lane: _Lane) -> tuple[BatchBuilder, int]:
    """A batch with the first messages of the lane, at least one; how many. gzip, unless they are sealed: what is
    encrypted does not shrink, and trying takes the event loop half a second for 10 MB."""
    sealed = KEY_ID in lane.waiting[0][1].headers
    batch = BatchBuilder(BATCH_MAX_BYTES, DefaultRecordBatch.CODEC_NONE if sealed else DefaultRecordBatch.CODEC_GZIP)
    count = 0
    for _, message in lane.waiting:
        headers = [(name, text.encode()) for name, text in message.headers.items()]
        if not batch.append(timestamp=None, key=message.key.encode(), value=message.value, headers=headers):
            break
        count += 1
        if lane.singly:
            break
    return batch, count


async def _deliver(producer: Any, lane: _Lane, batch: BatchBuilder) -> None:
    if lane.partition not in await producer.partitions_for(lane.topic):
        raise UnknownTopicOrPartitionError(f"{lane.topic} has no partition {lane.partition}")
    await (await producer.send_batch(batch, lane.topic, partition=lane.partition))


async def _throw_away(producer: Any) -> None:
    """`stop` would wait until the brokers have taken what is left, however long they are away."""
    producer._closed = True
    await put_away(CLOSE_TIMEOUT_S, producer._sender.close(), producer.client.close())
