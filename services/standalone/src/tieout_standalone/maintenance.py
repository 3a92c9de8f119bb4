"""What is done to an installation's database beside its services."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.migrations import upgrade as upgrade_schemas
from tieout_chassis.outbox import announce_all
from tieout_standalone.compose import embedded
from tieout_standalone.folder import DataFolder
from tieout_standalone.services import MIGRATIONS


async def upgrade(data_dir: Path, database_url: str | None) -> None:
    """Every schema to this release."""
    async with database_url_of(data_dir, database_url) as url:
        await upgrade_schemas(url, MIGRATIONS)


async def replay(data_dir: Path, database_url: str | None) -> dict[str, int]:
    """Every event that a service still keeps is published once more under its own id; how many, by service.

    config-api forgets what it has handled, so that its projection is written anew; the others know the doubles.
    """
    announced = {}
    async with database_url_of(data_dir, database_url) as url:
        await _run_on(url, "config-api", "DELETE FROM inbox")
        for migrations in MIGRATIONS:
            async with database_of(url, migrations.service) as database, database.transaction() as tx:
                announced[migrations.service] = await announce_all(tx)
    return announced


async def _run_on(url: str, service: str, statement: str) -> None:
    async with database_of(url, service) as database, database.transaction() as tx:
        await tx.execute(text(statement))


@asynccontextmanager
async def database_of(url: str, service: str) -> AsyncIterator[Database]:
    """One service's own door to the database, closed at the end."""
    database = Database(url, service, pool_size=2)
    try:
        yield database
    finally:
        await database.dispose()


@asynccontextmanager
async def database_url_of(data_dir: Path, database_url: str | None) -> AsyncIterator[str]:
    """The one given, or the folder's own, which is started if it does not run."""
    if database_url is not None:
        yield database_url
        return
    folder = DataFolder(data_dir)
    folder.prepare()
    async with embedded(folder.postgres) as url:
        yield url
