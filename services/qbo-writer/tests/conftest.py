"""The tests of this service share the folder `qbo_writer_kit`: documents by hand, a world of simulator and service."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from qbo_writer_kit.books import american
from qbo_writer_kit.config import KnownConfig
from qbo_writer_kit.world import World, simulator

from tieout_chassis.clock import FixedClock
from tieout_chassis.testing import FreshDatabase, fresh_database, postgres_admin_url, sealing_key_file
from tieout_posting.testing.world import database_of
from tieout_providers.testing import PretendedNetwork, network
from tieout_qbo_writer.migrations import MIGRATIONS
from tieout_qbo_writer.qbo.ledger import QboBooks

__all__ = ["fresh_database", "network", "postgres_admin_url", "sealing_key_file"]


@pytest.fixture
def config() -> KnownConfig:
    return KnownConfig()


@pytest.fixture
def qbo(config: KnownConfig, network: PretendedNetwork) -> QboBooks:
    """The ledger on a pretended network."""
    return QboBooks(config.qbo, network.http, FixedClock(), timeout_s=5)


@pytest.fixture
def books() -> dict[str, Any]:
    """The company of the world's simulator."""
    return american()


@pytest.fixture
def url(books: dict[str, Any], tmp_path: Path) -> Iterator[str]:
    with simulator(books, tmp_path) as address:
        yield address


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, url: str) -> AsyncIterator[World]:
    async with database_of(MIGRATIONS, await fresh_database([MIGRATIONS]), sealing_key_file) as (database, settings):
        made = World(url, database, settings)
        yield made
        await made.close()
