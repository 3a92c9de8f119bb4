import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest

from tieout_chassis.bus import Consumer, Transport
from tieout_chassis.bus.kafka import KafkaConnection, KafkaConsumer, KafkaTransport
from tieout_chassis.bus.postgres import PostgresTransport
from tieout_chassis.database import Database
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import (
    FreshDatabase,
    drop_kafka,
    fresh_database,
    kafka_bootstrap,
    kill_kafka_consumer,
    postgres_admin_url,
    sealing_key_file,
    wipe_kafka,
    wipe_postgres_bus,
)
from tieout_contracts.events import RecordStaged
from tieout_contracts.records import RecordRef

__all__ = ["fresh_database", "kafka_bootstrap", "postgres_admin_url", "sealing_key_file"]

SESSION_S = 6.0
"""The least that a broker grants unless told otherwise."""
HERE = Path(__file__).parent


@pytest.fixture
def alpha() -> ServiceMigrations:
    """A service that exists in tests only."""
    return ServiceMigrations("alpha", HERE / "alpha_migrations")


@pytest.fixture
def beta() -> ServiceMigrations:
    """A second one with the same tables."""
    return ServiceMigrations("beta-two", HERE / "alpha_migrations")


@pytest.fixture
async def admin_url(fresh_database: FreshDatabase, alpha: ServiceMigrations, beta: ServiceMigrations) -> str:
    return await fresh_database([alpha, beta])


@pytest.fixture
def sealer(sealing_key_file: Path) -> Sealer:
    return Sealer.from_file(sealing_key_file)


@pytest.fixture
async def database(admin_url: str, sealer: Sealer) -> AsyncIterator[Database]:
    database = Database(admin_url, "alpha", sealer=sealer)
    yield database
    await database.dispose()


@pytest.fixture
async def other_database(admin_url: str, sealer: Sealer) -> AsyncIterator[Database]:
    database = Database(admin_url, "beta-two", sealer=sealer)
    yield database
    await database.dispose()


class BusUnderTest(Protocol):
    """One bus of a test, and as many copies of its clients as the test wants."""

    arguments: tuple[str, str, str]
    """For a process of its own: the kind of bus, Kafka's servers, the topic prefix."""

    def transport(self, database: Database, *, max_message_bytes: int = ...) -> Transport: ...
    async def wipe(self) -> None: ...
    async def kill(self, consumer: Consumer) -> None: ...


class PostgresBus:
    arguments = ("postgres", "", "t.")

    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url

    def transport(self, database: Database, *, max_message_bytes: int = 8 << 20) -> Transport:
        return PostgresTransport(
            database, topic_prefix="t.", member_lease_s=1.5, poll_wait_s=0.1, max_message_bytes=max_message_bytes
        )

    async def wipe(self) -> None:
        await wipe_postgres_bus(self._admin_url)

    async def kill(self, consumer: Consumer) -> None:
        """Its process is gone: no heartbeat, no goodbye."""
        heart = consumer._heart  # type: ignore[attr-defined]
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)


class KafkaBus:
    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._prefix = f"t{uuid4().hex[:8]}."
        self.arguments = ("kafka", bootstrap, self._prefix)

    def transport(self, database: Database, *, max_message_bytes: int = 8 << 20) -> Transport:
        return KafkaTransport(
            KafkaConnection(self._bootstrap),
            topic_prefix=self._prefix,
            member_lease_s=SESSION_S,
            max_message_bytes=max_message_bytes,
        )

    async def wipe(self) -> None:
        await wipe_kafka(self._bootstrap, self._prefix)

    async def drop(self) -> None:
        await drop_kafka(self._bootstrap, self._prefix)

    async def kill(self, consumer: Consumer) -> None:
        """Its process is gone: no heartbeat, no goodbye."""
        assert isinstance(consumer, KafkaConsumer)
        await kill_kafka_consumer(consumer)


@pytest.fixture(
    params=[
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("kafka", marks=[pytest.mark.postgres, pytest.mark.kafka]),
    ]
)
async def bus(request: pytest.FixtureRequest, admin_url: str) -> AsyncIterator[BusUnderTest]:
    """Both transports pass the same tests."""
    if request.param == "postgres":
        yield PostgresBus(admin_url)
        return
    kafka = KafkaBus(request.getfixturevalue("kafka_bootstrap"))
    yield kafka
    await kafka.drop()


@pytest.fixture
def staged() -> Callable[..., RecordStaged]:
    """A small event of the record with this id; `number` tells one from another."""

    def make(record_id: int = 1, number: str = "1") -> RecordStaged:
        return RecordStaged(
            tenant_id="acme",
            company_id="north",
            record_ref=RecordRef(kind="invoice", record_id=record_id),
            number=number,
            revision="r1",
            stage="listed",
            at=datetime(2026, 7, 1, tzinfo=UTC),
        )

    return make
