"""The tests of the engine share the folder `posting_kit`: documents, a forgetful ledger, a bench of rows."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.engine import make_url

sys.path.insert(0, str(Path(__file__).parent))

from posting_kit.bench import MIGRATIONS, Bench

from tieout_chassis.database import Database
from tieout_chassis.migrations import upgrade
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import administer
from tieout_posting.tables import METADATA

TABLES = (
    *(f"test_writer.{name}" for name in (*METADATA.tables, "outbox", "lease", "lease_wake")),
    "limits.budget, limits.slot, limits.spent_second, limits.spent_hour",
)


@pytest.fixture(scope="module")
def writers_database(postgres_admin_url: str) -> Iterator[str]:
    """One database for a module's tests, which empty it: a fresh one for each would take most of their time."""
    name = f"tieout_posting_{uuid4().hex[:16]}"
    url = make_url(postgres_admin_url).set(database=name).render_as_string(hide_password=False)
    asyncio.run(administer(postgres_admin_url, f"CREATE DATABASE {name}"))
    asyncio.run(upgrade(url, [MIGRATIONS]))
    yield url
    asyncio.run(administer(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def bench(writers_database: str, sealing_key_file: Path) -> AsyncIterator[Bench]:
    """A writer on an empty database, with a ledger that can lose answers."""
    await administer(writers_database, f"TRUNCATE {', '.join(TABLES)}")
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(writers_database, "test-writer", sealer=sealer, pool_size=3)
    yield Bench(database, sealer)
    await database.dispose()
