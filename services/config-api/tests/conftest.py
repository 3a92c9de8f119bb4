"""The tests of config-api share the folder `api_kit`: the service, started for a module's tests, and both ledgers."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from api_kit.ledgers import Copy, Installation, Ledgers

from tieout_chassis.testing import FreshDatabase
from tieout_config_api.migrations import MIGRATIONS


@pytest.fixture
async def ledgers() -> Ledgers:
    return Ledgers()


@pytest.fixture
async def installation(fresh_database: FreshDatabase, sealing_key_file: Path, ledgers: Ledgers) -> Installation:
    return Installation(await fresh_database([MIGRATIONS]), sealing_key_file, ledgers)


@pytest.fixture
async def copy(installation: Installation) -> AsyncIterator[Copy]:
    async with installation.copies() as (one,):
        yield one
