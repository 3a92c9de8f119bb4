"""Is the schema new enough for this release?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tieout_chassis.database import driver_url
from tieout_chassis.migrations.scripts import SHARED, ServiceMigrations

if TYPE_CHECKING:
    from tieout_chassis.database import Database

UPGRADE_HINT = "run `tieout db upgrade` with this release first"


class SchemaTooOld(Exception):
    """The database was not upgraded for this release."""

    def __init__(self, service: str, found: str | None, needed: str) -> None:
        self.service, self.found, self.needed = service, found, needed
        state = f"at revision {found}" if found else "not there yet"
        super().__init__(f"the schema of {service} is {state}, this release needs {needed}: {UPGRADE_HINT}")


async def check_schema(database: "Database", migrations: ServiceMigrations) -> None:
    """`SchemaTooOld` unless the service's own and the shared schemas are at this release's revision or a newer one."""
    try:
        async with database.engine.connect() as connection:
            own = await _scalar(connection, "SELECT version_num FROM alembic_version")
            shared = await _scalar(connection, "SELECT bus.revision()")
    except ProgrammingError:
        raise SchemaTooOld(migrations.service, None, migrations.head) from None
    except DBAPIError as error:
        if "does not exist" in str(error.orig):
            raise SchemaTooOld(migrations.service, None, migrations.head) from None
        raise
    _require(migrations, own)
    _require(SHARED, shared)


async def current(admin_url: str, services: Sequence[ServiceMigrations]) -> Mapping[str, str | None]:
    """The revision of each service's schema and of the shared ones (`bus`); None where there is none yet."""
    engine = create_async_engine(driver_url(admin_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return {m.service: await _revision_in(connection, m.schema) for m in (SHARED, *services)}
    finally:
        await engine.dispose()


def _require(migrations: ServiceMigrations, found: str | None) -> None:
    """A revision that this release has never heard of was made by a newer one."""
    if found is None or (found != migrations.head and found in migrations.known):
        raise SchemaTooOld(migrations.service, found, migrations.head)


async def _revision_in(connection: AsyncConnection, schema: str) -> str | None:
    found = await connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{schema}.alembic_version"})
    if not found:
        return None
    return await _scalar(connection, f"SELECT version_num FROM {schema}.alembic_version")  # noqa: S608


async def _scalar(connection: AsyncConnection, statement: str) -> str | None:
    value: str | None = await connection.scalar(text(statement))
    return value
