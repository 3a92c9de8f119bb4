from decimal import Decimal

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, ProgrammingError, StatementError

from tieout_chassis.database import Database, DatabaseUnavailable, driver_url, is_database_trouble
from tieout_chassis.testing import administer
from tieout_chassis.wakes import wait_for, wake

pytestmark = pytest.mark.postgres


async def test_a_transaction_commits_at_its_end_and_rolls_back_on_an_exception(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("INSERT INTO note (text) VALUES ('kept')"))

    async def fail() -> None:
        async with database.transaction() as tx:
            await tx.execute(text("INSERT INTO note (text) VALUES ('lost')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.transaction() as tx:
        assert (await tx.scalars(text("SELECT text FROM note"))).all() == ["kept"]


async def test_a_service_works_under_its_own_role_in_its_own_schema(other_database: Database) -> None:
    async with other_database.transaction() as tx:
        row = (await tx.execute(text("SELECT current_user, current_schema(), current_setting('TimeZone')"))).one()
    assert tuple(row) == ("tieout_beta_two", "beta_two", "UTC")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM beta_two.note",
        "SELECT * FROM bus.message",
        "DELETE FROM bus.committed",
        "SELECT * FROM limits.slot",
        "ALTER TABLE note ADD COLUMN x int",
        "TRUNCATE note",
        "UPDATE alembic_version SET version_num = 'x'",
        "CREATE TABLE mine (n int)",
    ],
)
async def test_a_service_cannot_reach_what_is_not_its_own_I7(database: Database, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        async with database.transaction() as tx:
            await tx.execute(text(statement))


async def test_json_columns_bring_fractions_back_as_decimals_and_refuse_floats(database: Database) -> None:
    statement = text("INSERT INTO note (text, body) VALUES ('n', :body) RETURNING body").columns(body=JSONB)
    statement = statement.bindparams(bindparam("body", type_=JSONB))
    async with database.transaction() as tx:
        body = await tx.scalar(statement, {"body": {"total": Decimal("12.30"), "lines": [1, "two"]}})
        assert body == {"total": "12.30", "lines": [1, "two"]}
        assert await tx.scalar(text("SELECT '[1.50]'::jsonb AS x").columns(x=JSONB)) == [Decimal("1.50")]
    with pytest.raises(StatementError, match="a float has no place"):
        async with database.transaction() as tx:
            await tx.execute(statement, {"body": {"total": 12.3}})


async def test_a_wake_up_goes_out_after_the_commit_and_not_after_a_rollback(
    database: Database, other_database: Database
) -> None:
    event = other_database.wakes.subscribe("outbox:alpha")
    await other_database.wakes.listening()
    event.clear()

    async def fail() -> None:
        async with database.transaction() as tx:
            wake(tx, "outbox:alpha")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.transaction() as tx:
        await tx.execute(text("SELECT 1"))
    assert not await wait_for(event, 0.1)
    async with database.transaction() as tx:
        wake(tx, "outbox:alpha")
        wake(tx, "something else")
    assert await wait_for(event, 2)
    assert not event.is_set()


async def test_a_broken_listener_wakes_its_waiters_and_listens_again(database: Database, admin_url: str) -> None:
    event = database.wakes.subscribe("x")
    await database.wakes.listening()
    event.clear()
    killed = await administer(
        admin_url,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    )
    assert killed == 1
    assert await wait_for(event, 2)
    assert await wait_for(event, 5)
    async with database.transaction() as tx:
        wake(tx, "x")
    assert await wait_for(event, 2)


async def test_a_database_that_is_away_is_told_from_a_wrong_statement(database: Database, admin_url: str) -> None:
    with pytest.raises(DBAPIError) as wrong:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT 1 / 0"))
    assert not is_database_trouble(wrong.value)
    async with database.engine.connect() as connection:
        backend = await connection.scalar(text("SELECT pg_backend_pid()"))
        await administer(admin_url, f"SELECT pg_terminate_backend({backend})")
        with pytest.raises(DBAPIError) as away:
            await connection.execute(text("SELECT 1"))
    assert is_database_trouble(away.value)
    nowhere = Database("postgresql://x@/y?host=/nowhere", "alpha")
    with pytest.raises(DatabaseUnavailable) as nobody:
        await nowhere.transaction().__aenter__()
    assert is_database_trouble(nobody.value)


def test_any_postgresql_url_is_accepted_and_nothing_else() -> None:
    assert driver_url("postgres://u:p%40ss@h:1/d") == "postgresql+asyncpg://u:p%40ss@h:1/d"
    assert driver_url("postgresql+asyncpg://u@/d?host=/run") == "postgresql+asyncpg://u@/d?host=%2Frun"
    with pytest.raises(ValueError, match="only PostgreSQL"):
        driver_url("sqlite:///x")
