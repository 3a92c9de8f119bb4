"""Fixtures for every member's tests: a real PostgreSQL, a fresh database for each test, a real Kafka.

In a `conftest.py`:  `from tieout_chassis.testing import *  # noqa: F403`  (or `-p tieout_chassis.testing` for all).

The PostgreSQL is `TIEOUT_TEST_DATABASE_URL` (an administrator's URL) or the embedded one, started once a process. A
fresh database is cloned from a template that was upgraded once for its set of services, which takes some 30 ms.
"""

import atexit
import functools
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import structlog
from sqlalchemy.engine import make_url

from tieout_chassis.embedded_postgres import EmbeddedPostgres
from tieout_chassis.migrations import SHARED, ServiceMigrations, upgrade
from tieout_chassis.sealing import create_sealing_key
from tieout_chassis.telemetry import redact
from tieout_chassis.testing_folders import scratch
from tieout_chassis.testing_kafka import (
    drop_kafka,
    kafka_bootstrap,
    kafka_prefix,
    kill_kafka_consumer,
    pytest_runtest_setup,
    start_kafka,
    wipe_kafka,
)

__all__ = [
    "FreshDatabase",
    "a_fresh_database",
    "administer",
    "drop_kafka",
    "fresh_database",
    "kafka_bootstrap",
    "kafka_prefix",
    "kill_kafka_consumer",
    "postgres_admin_url",
    "pytest_runtest_setup",
    "sealing_key_file",
    "start_kafka",
    "start_postgres",
    "wipe_kafka",
    "wipe_postgres_bus",
]

FreshDatabase = Callable[[Sequence[ServiceMigrations]], Awaitable[str]]
"""Give the migrations of the services a test runs; get the administrator's URL of a new database."""


def pytest_configure() -> None:
    """Log lines in plain text: structlog's own way of showing an exception takes seconds."""
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.stdlib.add_log_level, redact, renderer])


@functools.cache
def start_postgres() -> str:
    """The administrator's URL of the PostgreSQL for tests; started at the first call, stopped when Python ends."""
    given = os.environ.get("TIEOUT_TEST_DATABASE_URL")
    if given:
        return given
    server = EmbeddedPostgres.for_tests(scratch())
    atexit.register(server.stop_and_delete)
    server.start()
    return server.url


@pytest.fixture(scope="session")
def postgres_admin_url() -> str:
    return start_postgres()


@pytest.fixture
async def fresh_database(postgres_admin_url: str) -> AsyncIterator[FreshDatabase]:
    """A factory of databases that are upgraded for the given services and dropped after the test."""
    made: list[str] = []

    async def make(services: Sequence[ServiceMigrations]) -> str:
        name = await _clone(postgres_admin_url, services)
        made.append(name)
        return _with_database(postgres_admin_url, name)

    yield make
    for name in made:
        await administer(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def a_fresh_database(admin_url: str, services: Sequence[ServiceMigrations]) -> AsyncIterator[str]:
    """The same for whoever needs one longer than for a test: the URL of a database that is dropped afterwards."""
    name = await _clone(admin_url, services)
    try:
        yield _with_database(admin_url, name)
    finally:
        await administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sealing_key_file(tmp_path: Path) -> Path:
    path = tmp_path / "sealing.key"
    create_sealing_key(path)
    return path


async def _clone(admin_url: str, services: Sequence[ServiceMigrations]) -> str:
    template = await _template(admin_url, services)
    name = f"tieout_test_{uuid4().hex[:16]}"
    await administer(admin_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return name


async def _template(admin_url: str, services: Sequence[ServiceMigrations]) -> str:
    """The name of a database upgraded for these services; made under a lock, named after the scripts' content."""
    name = f"tieout_template_{_digest(services)}"
    connection = await asyncpg.connect(_asyncpg_url(admin_url))
    try:
        await connection.execute("SELECT pg_advisory_lock(7468656)")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            unfinished = f"{name}_unfinished"
            await connection.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {unfinished}")
            await upgrade(_with_database(admin_url, unfinished), services)
            await connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    finally:
        await connection.close()
    return name


async def administer(admin_url: str, statement: str) -> Any:
    """Run one statement as the administrator; its first value."""
    connection = await asyncpg.connect(_asyncpg_url(admin_url))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def wipe_postgres_bus(admin_url: str) -> None:
    """Lose the whole bus, as a disk would: messages, offsets and members; the topics stand again, empty."""
    await administer(
        admin_url,
        """
        WITH m AS (DELETE FROM bus.message), c AS (DELETE FROM bus.claim), o AS (DELETE FROM bus.committed),
             p AS (UPDATE bus.partition SET next_offset = 0)
        DELETE FROM bus.member
        """,
    )


def _digest(services: Sequence[ServiceMigrations]) -> str:
    digest = hashlib.sha256()
    for migrations in (SHARED, *services):
        digest.update(migrations.schema.encode())
        for script in sorted(Path(migrations.scripts.versions).glob("*.py")):
            digest.update(script.read_bytes())
    return digest.hexdigest()[:16]


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _asyncpg_url(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
