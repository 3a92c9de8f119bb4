"""`tieout db upgrade`: a job of its own, one at a time per database."""

import asyncio
from collections.abc import Sequence

import structlog
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from tieout_chassis.database import driver_url
from tieout_chassis.migrations.scripts import SHARED, ServiceMigrations

UPGRADE_LOCK = 0x7469656F7574  # "tieout"
MEMBERS_ROLE = "tieout_service"
"""What may call the functions of `bus` and `limits`; every service's role is a member."""
_ROLE_ATTEMPTS = 5
_one_at_a_time = asyncio.Lock()
_log = structlog.get_logger(__name__)


async def upgrade(admin_url: str, services: Sequence[ServiceMigrations]) -> None:
    """Bring the shared schemas and every service's own to this release. Each schema goes in one transaction.

    PostgreSQL 16 or newer. `admin_url` may create roles and schemas and takes on the services' roles; whoever the
    services log in as needs the same (`GRANT tieout_ingest TO their_login`). A second run waits for the first, then
    finds nothing to do. Roles belong to the whole cluster and are left alone where another database made them.
    """
    engine = create_async_engine(driver_url(admin_url), poolclass=NullPool)
    try:
        async with _one_at_a_time, engine.connect() as connection:  # Alembic's `op` is one per process
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": UPGRADE_LOCK})
            await connection.commit()
            await _ensure_role(connection, MEMBERS_ROLE, None)
            for migrations in (SHARED, *services):
                await _upgrade_one(connection, migrations)
    finally:
        await engine.dispose()


async def _upgrade_one(connection: AsyncConnection, migrations: ServiceMigrations) -> None:
    schema = migrations.schema
    own = migrations is not SHARED
    if own:
        await _ensure_role(connection, migrations.role, MEMBERS_ROLE)
    async with connection.begin():
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        if own:
            for statement in _grants(schema, migrations.role):
                await connection.execute(text(statement))
        await connection.execute(text(f"SET LOCAL search_path = {schema}"))
        await connection.run_sync(_run_scripts, migrations)
        if own:
            await connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {migrations.role}"))


def _run_scripts(connection: Connection, migrations: ServiceMigrations) -> None:
    scripts: ScriptDirectory = migrations.scripts
    context = MigrationContext.configure(
        connection,
        opts={"version_table_schema": migrations.schema, "fn": lambda rev, _: scripts._upgrade_revs("head", rev)},
    )
    before = context.get_current_revision()
    if before is not None and before not in migrations.known:
        _log.info("schema is newer than this release", service=migrations.service, revision=before)
        return
    with Operations.context(context):
        context.run_migrations()
    _log.info("schema upgraded", service=migrations.service, before=before, after=migrations.head)


def _grants(schema: str, role: str) -> tuple[str, ...]:
    """A service reads and writes rows; it neither owns nor alters a table."""
    return (
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    )


async def _ensure_role(connection: AsyncConnection, role: str, member_of: str | None) -> None:
    """Roles are shared by all databases of a cluster, where the advisory lock of one does not hold: so try again."""
    for attempt in range(1, _ROLE_ATTEMPTS + 1):
        try:
            async with connection.begin():
                await _create_role(connection, role, member_of)
        except DBAPIError:
            if attempt == _ROLE_ATTEMPTS:
                raise
            await asyncio.sleep(0.05 * attempt)
        else:
            return


async def _create_role(connection: AsyncConnection, role: str, member_of: str | None) -> None:
    if not await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}):
        await connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
    if member_of is None:
        return
    values = {"role": role, "member_of": member_of}
    if not await connection.scalar(text("SELECT pg_has_role(:role, :member_of, 'USAGE')"), values):
        await connection.execute(text(f"GRANT {member_of} TO {role}"))
    if not await connection.scalar(text("SELECT pg_has_role(current_user, :role, 'SET')"), {"role": role}):
        await connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
