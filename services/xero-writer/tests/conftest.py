"""The tests of this service share the folder `xero_writer_kit`: documents by hand, a world of simulator and service."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from xero_writer_kit.config import KnownConfig
from xero_writer_kit.world import World, month_of_nothing_posted, simulator

from tieout_chassis.clock import FixedClock
from tieout_chassis.testing import FreshDatabase, fresh_database, postgres_admin_url, sealing_key_file
from tieout_posting.testing.world import database_of
from tieout_providers.testing import PretendedNetwork, network
from tieout_simulators.month import Month
from tieout_xero_writer.migrations import MIGRATIONS
from tieout_xero_writer.xero.ledger import XeroBooks

__all__ = ["fresh_database", "network", "postgres_admin_url", "sealing_key_file"]


@pytest.fixture
def config() -> KnownConfig:
    return KnownConfig()


@pytest.fixture
def xero(config: KnownConfig, network: PretendedNetwork) -> XeroBooks:
    """The ledger on a pretended network."""
    return XeroBooks(config.xero, network.http, FixedClock(), timeout_s=5)


@pytest.fixture(scope="module")
def month() -> Month:
    """The books of the world's simulator."""
    return month_of_nothing_posted()


@pytest.fixture
def url(month: Month, tmp_path: Path) -> Iterator[str]:
    with simulator(month, tmp_path) as address:
        yield address


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, url: str, month: Month) -> AsyncIterator[World]:
    async with database_of(MIGRATIONS, await fresh_database([MIGRATIONS]), sealing_key_file) as (database, settings):
        made = World(url, month, database, settings)
        await made.open()
        yield made
        await made.close()
