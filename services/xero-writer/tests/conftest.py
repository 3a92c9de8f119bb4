"""The tests of this service share the folder `xero_writer_kit`: documents by hand, a world of simulator and service."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from xero_writer_kit.config import KnownConfig

from tieout_chassis.clock import FixedClock
from tieout_chassis.testing import fresh_database, postgres_admin_url, sealing_key_file
from tieout_providers.testing import PretendedNetwork
from tieout_xero_writer.xero.ledger import XeroBooks

__all__ = ["fresh_database", "postgres_admin_url", "sealing_key_file"]


@pytest.fixture
async def network() -> AsyncIterator[PretendedNetwork]:
    pretended = PretendedNetwork()
    yield pretended
    await pretended.aclose()


@pytest.fixture
def config() -> KnownConfig:
    return KnownConfig()


@pytest.fixture
def xero(config: KnownConfig, network: PretendedNetwork) -> XeroBooks:
    """The ledger on a pretended network."""
    http: httpx.AsyncClient = network.http
    return XeroBooks(config.xero, http, FixedClock(), timeout_s=5)
