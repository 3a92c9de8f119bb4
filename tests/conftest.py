"""Fixtures across services: a world on each transport."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest
from harness.world import World, a_world
from tieout_chassis.testing import FreshDatabase
from tieout_simulators.month import Month

NewWorld = Callable[[Month], AbstractContextManager[World]]


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
async def new_world(
    transport: str, fresh_database: FreshDatabase, tmp_path: Path, request: pytest.FixtureRequest
) -> NewWorld:
    """Makes the test's world: a fresh database, and the transport that the test is run on."""
    database_url = await fresh_database(())
    kafka = request.getfixturevalue("kafka_bootstrap") if transport == "kafka" else None

    def make(month: Month) -> AbstractContextManager[World]:
        return a_world(month, tmp_path, database_url, kafka=kafka, topic_prefix=f"t{uuid4().hex[:8]}.")

    return make
