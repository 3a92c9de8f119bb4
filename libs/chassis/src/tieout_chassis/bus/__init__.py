"""The bus: news between services. Two transports stand behind one interface and pass one contract test-suite.

A topic has `PARTITIONS` partitions; a key's messages share one and keep their order. A group's members share the
partitions; a message is delivered again until its group commits it. Nothing is lost if all of it is lost: the truth is
in PostgreSQL, and owners of unanswered work announce it again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_MESSAGE_BYTES = 8 * 1024 * 1024
"""Key, value and headers together; a record that would be larger is refused at capture."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str]

    def size_bytes(self) -> int:
        headers = sum(len(name) + len(text) for name, text in self.headers.items())
        return len(self.key.encode()) + len(self.value) + headers


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """The bus has the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The bus will never take this message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsure:
    """The bus may have the message or not: publish it again, before any later one of its partition."""

    reason: str


Fate = Stored | Refused | Unsure


class BusUnavailable(Exception):
    """The bus did not answer; whether it stored anything is not known."""


class Consumer(Protocol):
    """One member of a group. It is used by one task; nothing of it outlives `close`."""

    async def start(self) -> None: ...

    async def poll(self, wait_s: float) -> list[Message]:
        """At most `max_poll` messages, in order in each partition; none when none came within `wait_s`."""

    async def commit(self, messages: Sequence[Message]) -> None:
        """These messages of the last poll, and all earlier ones of their partitions, are stored. A partition that was
        lost is passed over."""

    async def retry(self, message: Message, after_s: float) -> None:
        """Deliver this message of the last poll and the later ones of its partition again, not before `after_s`."""

    async def close(self) -> None:
        """Leave the group at once, so that others take over."""


class Transport(Protocol):
    """A way to publish and to consume."""

    async def ensure_topics(self, topics: Iterable[str]) -> None: ...

    async def publish(self, messages: Sequence[Outgoing]) -> list[Fate]:
        """What became of each. Per partition, nothing that follows an `Unsure` one was sent."""

    def consumer(self, group: str, topics: Sequence[str], *, max_poll: int) -> Consumer: ...

    async def prune(self) -> None:
        """Drop what is older than the retention, where the bus does not do so by itself."""

    async def check(self) -> None:
        """`BusUnavailable` unless the bus answers."""

    async def close(self) -> None: ...
