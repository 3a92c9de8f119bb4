"""The tests of the engine share the folder `posting_kit`: documents, a forgetful ledger, a bench of rows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from collections.abc import AsyncIterator

import pytest
from posting_kit.bench import MIGRATIONS, Bench

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase


@pytest.fixture
async def bench(fresh_database: FreshDatabase, sealing_key_file: Path) -> AsyncIterator[Bench]:
    """A writer on a fresh database, with a ledger that can lose answers."""
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(await fresh_database([MIGRATIONS]), "test-writer", sealer=sealer)
    yield Bench(database, sealer)
    await database.dispose()
