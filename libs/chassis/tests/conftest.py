from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tieout_chassis.database import Database
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import (
    FreshDatabase,
    fresh_database,
    postgres_admin_url,
    sealing_key_file,
)

__all__ = ["fresh_database", "postgres_admin_url", "sealing_key_file"]

HERE = Path(__file__).parent


@pytest.fixture
def alpha() -> ServiceMigrations:
    """A service that exists in tests only."""
    return ServiceMigrations("alpha", HERE / "alpha_migrations")


@pytest.fixture
def beta() -> ServiceMigrations:
    """A second one with the same tables."""
    return ServiceMigrations("beta-two", HERE / "alpha_migrations")


@pytest.fixture
async def admin_url(fresh_database: FreshDatabase, alpha: ServiceMigrations, beta: ServiceMigrations) -> str:
    return await fresh_database([alpha, beta])


@pytest.fixture
def sealer(sealing_key_file: Path) -> Sealer:
    return Sealer.from_file(sealing_key_file)


@pytest.fixture
async def database(admin_url: str, sealer: Sealer) -> AsyncIterator[Database]:
    database = Database(admin_url, "alpha", sealer=sealer)
    yield database
    await database.dispose()


@pytest.fixture
async def other_database(admin_url: str, sealer: Sealer) -> AsyncIterator[Database]:
    database = Database(admin_url, "beta-two", sealer=sealer)
    yield database
    await database.dispose()
