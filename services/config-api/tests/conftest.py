"""The tests of config-api share the folder `api_kit`: the service, started for a module's tests, and both ledgers."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parent))

from api_kit.ledgers import Copy, Installation, Ledgers
from api_kit.offices import Furnished, Office, furnish, office_on

from tieout_chassis.sealing import create_sealing_key
from tieout_chassis.testing import FreshDatabase, a_fresh_database
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


@pytest.fixture(scope="session")
def furnished(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    key_file = tmp_path_factory.mktemp("keys") / "sealing.key"
    create_sealing_key(key_file)
    with asyncio.Runner() as runner:
        database = a_fresh_database(postgres_admin_url, [MIGRATIONS])
        found = Furnished(runner.run(database.__aenter__()), key_file)
        runner.run(furnish(found))
        yield found
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture
async def office(furnished: Furnished, tmp_path: Path) -> AsyncIterator[Office]:
    """Nobody is known, and nothing has happened."""
    async with office_on(furnished, tmp_path / "mail") as office:
        async with office.rooms.database.transaction() as tx:
            for table in ("person", "attempt", "mail", "tenant_access", "api_key", "run", "record", "command"):
                await tx.execute(sa.text(f"DELETE FROM {table}"))
        yield office
