import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from tieout_chassis.database import Database
from tieout_chassis.migrations import SHARED, SchemaTooOld, ServiceMigrations, current, upgrade
from tieout_chassis.tables import METADATA
from tieout_chassis.testing import FreshDatabase, administer

pytestmark = pytest.mark.postgres

NEXT = """
from alembic import op
revision = "gamma_000{n}"
down_revision = {down}
def upgrade():
    op.execute("CREATE TABLE step_{n} (n int)")
"""


@pytest.fixture
def gamma_folder(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    write_step(tmp_path, 1)
    return tmp_path


def write_step(folder: Path, n: int) -> ServiceMigrations:
    down = None if n == 1 else f"gamma_000{n - 1}"
    (folder / "versions" / f"{n}.py").write_text(NEXT.format(n=n, down=repr(down)))
    return ServiceMigrations("gamma", folder)


async def test_an_upgrade_makes_schemas_roles_and_tables_and_a_second_one_finds_nothing_to_do(
    fresh_database: FreshDatabase, alpha: ServiceMigrations
) -> None:
    url = await fresh_database([])
    assert await current(url, [alpha]) == {"bus": SHARED.head, "alpha": None}
    await upgrade(url, [alpha])
    await upgrade(url, [alpha])
    assert await current(url, [alpha]) == {"bus": SHARED.head, "alpha": "alpha_0001"}


async def test_upgrades_of_one_database_at_the_same_time_do_not_meet(
    fresh_database: FreshDatabase, alpha: ServiceMigrations, beta: ServiceMigrations
) -> None:
    url = await fresh_database([])
    await asyncio.gather(*(upgrade(url, [alpha, beta]) for _ in range(3)))
    assert (await current(url, [beta]))["beta-two"] == "alpha_0001"


async def test_a_service_refuses_a_database_that_was_never_upgraded(
    fresh_database: FreshDatabase, gamma_folder: Path
) -> None:
    database = Database(await fresh_database([]), "gamma")
    with pytest.raises(SchemaTooOld, match=r"gamma is not there yet.*tieout db upgrade"):
        await database.check_schema(ServiceMigrations("gamma", gamma_folder))
    await database.dispose()


async def test_a_service_refuses_an_older_schema_and_accepts_a_newer_one(
    fresh_database: FreshDatabase, gamma_folder: Path
) -> None:
    url = await fresh_database([])
    old = ServiceMigrations("gamma", gamma_folder)
    await upgrade(url, [old])
    database = Database(url, "gamma")
    await database.check_schema(old)
    new = write_step(gamma_folder, 2)
    with pytest.raises(SchemaTooOld, match="at revision gamma_0001, this release needs gamma_0002"):
        await database.check_schema(new)
    await upgrade(url, [new])
    await database.check_schema(new)
    (gamma_folder / "versions" / "2.py").unlink()
    old_release = ServiceMigrations("gamma", gamma_folder)
    await database.check_schema(old_release)
    await upgrade(url, [old_release])
    assert (await current(url, [old_release]))["gamma"] == "gamma_0002"
    await database.dispose()


async def test_a_migration_that_fails_leaves_its_schema_as_it_was(
    fresh_database: FreshDatabase, gamma_folder: Path
) -> None:
    url = await fresh_database([])
    await upgrade(url, [ServiceMigrations("gamma", gamma_folder)])
    write_step(gamma_folder, 2)
    broken = write_step(gamma_folder, 3)
    script = gamma_folder / "versions" / "3.py"
    script.write_text(script.read_text().replace("step_3", "step_1"))
    with pytest.raises(Exception, match="already exists"):
        await upgrade(url, [broken])
    assert (await current(url, [broken]))["gamma"] == "gamma_0001"


async def test_an_administrator_without_superuser_rights_is_enough(postgres_admin_url: str, tmp_path: Path) -> None:
    """As on a hosted PostgreSQL: the owner of a database who may create roles."""
    name = f"tieout_host_{uuid4().hex[:12]}"
    service = ServiceMigrations(f"delta-{uuid4().hex[:8]}", tmp_path)
    (tmp_path / "versions").mkdir()
    write_step(tmp_path, 1)
    await upgrade(postgres_admin_url, [])  # other databases of the cluster have the shared role already
    await administer(postgres_admin_url, f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD 'p'")
    await administer(postgres_admin_url, f"GRANT tieout_service TO {name} WITH ADMIN OPTION")
    await administer(postgres_admin_url, f"CREATE DATABASE {name} OWNER {name}")
    try:
        url = make_url(postgres_admin_url).set(username=name, password="p", database=name)
        hosted = url.render_as_string(hide_password=False)
        for _ in range(2):
            await upgrade(hosted, [service])
        database = Database(hosted, service.service)
        await database.check_schema(service)
        async with database.transaction() as tx:
            assert await tx.scalar(text("SELECT current_user")) == service.role
            await tx.execute(text("INSERT INTO step_1 VALUES (1)"))
        await database.dispose()
    finally:
        await administer(postgres_admin_url, f"DROP DATABASE {name} WITH (FORCE)")
        await administer(postgres_admin_url, f"DROP ROLE {service.role}")
        await administer(postgres_admin_url, f"DROP ROLE {name}")


async def test_the_tables_in_code_are_the_tables_in_the_database(database: Database) -> None:
    def difference(connection: Connection) -> list[object]:
        known = set(METADATA.tables)
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": False,
                "include_name": lambda name, kind, _: kind != "table" or name in known,
            },
        )
        return list(compare_metadata(context, METADATA))

    async with database.transaction() as tx:
        assert await tx.run_sync(difference) == []
        assert (
            await tx.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'alpha'"))
            == len(METADATA.tables) + 3
        )
