"""Fixtures across services: a world on each transport, and the installation's log where a test fails."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from harness.installation import InstallationProcess
from harness.watched import watch, watched_by
from harness.world import World, a_world, new_topic_prefix
from tieout_chassis.testing import FreshDatabase, drop_kafka
from tieout_simulators.month import Month
from tieout_standalone.services import MIGRATIONS


class NewWorld(Protocol):
    """Sets a month on stage, with an installation that is not yet started; `login` is its way into the database."""

    def __call__(
        self, month: Month, *, login: str | None = None, latency_ms: int = 0
    ) -> AbstractContextManager[World]: ...


@pytest.fixture(
    params=[
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("kafka", marks=[pytest.mark.postgres, pytest.mark.kafka]),
    ]
)
def transport(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
async def database_url(fresh_database: FreshDatabase) -> str:
    """A fresh database with every service's schema."""
    return await fresh_database(MIGRATIONS)


@pytest.fixture
def watched(request: pytest.FixtureRequest) -> Callable[[InstallationProcess], None]:
    """Names an installation whose log is shown if the test fails."""
    return partial(watch, request.node)


@pytest.fixture
async def new_world(
    transport: str,
    database_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    watched: Callable[[InstallationProcess], None],
) -> AsyncIterator[NewWorld]:
    """Makes the test's world: a fresh database, and the transport that the test is run on."""
    prefix = new_topic_prefix()
    kafka = request.getfixturevalue("kafka_bootstrap") if transport == "kafka" else None
    yield _maker(tmp_path, database_url, watched, prefix, kafka)
    if kafka is not None:
        await drop_kafka(kafka, prefix)


@pytest.fixture
def new_postgres_world(database_url: str, tmp_path: Path, watched: Callable[[InstallationProcess], None]) -> NewWorld:
    """The same on the PostgreSQL log only, where the transport does not matter."""
    return _maker(tmp_path, database_url, watched)


def _maker(
    folder: Path,
    database_url: str,
    watched: Callable[[InstallationProcess], None],
    prefix: str = "",
    kafka: str | None = None,
) -> NewWorld:
    @contextmanager
    def make(month: Month, *, login: str | None = None, latency_ms: int = 0) -> Iterator[World]:
        with a_world(
            month, folder, database_url, login=login, kafka=kafka, topic_prefix=prefix, latency_ms=latency_ms
        ) as world:
            watched(world.installation)
            yield world

    return make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test failed, the end of its installations' logs stands below the failure."""
    report = yield
    if report.failed:
        for installation in watched_by(item):
            report.sections.append((f"log of {installation.folder}", installation.log()))
    return report
