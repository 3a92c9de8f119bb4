import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.http_server import HttpServer
from tieout_chassis.loops import Loop, worker_loop
from tieout_chassis.migrations import SchemaTooOld, ServiceMigrations
from tieout_chassis.outbox import publish, publish_all
from tieout_chassis.service import Service
from tieout_chassis.settings import ServiceSettings
from tieout_chassis.testing import FreshDatabase, administer
from tieout_chassis.wakes import wait_for
from tieout_contracts.events import RecordStaged

pytestmark = pytest.mark.postgres


@pytest.fixture
def settings(admin_url: str, sealing_key_file: Path) -> ServiceSettings:
    return ServiceSettings(
        database_url=admin_url, sealing_key_file=sealing_key_file, drain_timeout_s=2, http_port=0, poll_wait_s=0.1
    )


class Scripted(Loop):
    """Runs what the test says."""

    def __init__(self, name: str, body: Callable[[asyncio.Event], object]) -> None:
        super().__init__(name)
        self._body = body

    async def run(self, stop: asyncio.Event) -> None:
        await self._body(stop)  # type: ignore[misc]


async def test_an_event_travels_from_one_service_to_the_handler_of_another(
    settings: ServiceSettings, alpha: ServiceMigrations, beta: ServiceMigrations, staged: Callable[..., RecordStaged]
) -> None:
    heard = asyncio.Event()

    async def on_staged(tx: object, event: RecordStaged, context: object) -> None:
        assert (event, getattr(context, "tenant_id", None)) == (staged(7, "A"), "acme")
        heard.set()

    sending, hearing = Frame(settings, alpha), Frame(settings, beta)
    services = [sending.service([]), hearing.service([hearing.subscriber({RecordStaged: on_staged})])]
    stop = asyncio.Event()
    running = [asyncio.create_task(service.run(stop)) for service in services]
    async with sending.database.transaction() as tx:
        await publish(tx, staged(7, "A"))
    assert await wait_for(heard, 10)
    stop.set()
    await asyncio.gather(*running)


async def test_a_database_that_throws_everybody_out_again_and_again_loses_and_doubles_nothing_I9(
    settings: ServiceSettings,
    admin_url: str,
    alpha: ServiceMigrations,
    beta: ServiceMigrations,
    staged: Callable[..., RecordStaged],
    database: Database,
    other_database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tieout_chassis.service.RESTART_FIRST_S", 0.05)
    monkeypatch.setattr("tieout_chassis.service.RESTART_MAX_S", 0.2)

    async def on_staged(tx: AsyncConnection, event: RecordStaged, context: object) -> None:
        await tx.execute(text("INSERT INTO note (text) VALUES (:text)"), {"text": event.number})

    sending, hearing = Frame(settings, alpha), Frame(settings, beta)
    services = [sending.service([]), hearing.service([hearing.subscriber({RecordStaged: on_staged})])]
    stop = asyncio.Event()
    running = [asyncio.create_task(service.run(stop)) for service in services]
    for n in range(10):
        async with database.transaction() as tx:
            await publish_all(tx, [staged(record, f"{n}:{record}") for record in range(10)])
        await database.dispose()
        await administer(
            admin_url,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        await asyncio.sleep(0.05)
    notes: list[str] = []
    async with asyncio.timeout(30):
        while len(notes) < 100:
            await asyncio.sleep(0.05)
            async with other_database.transaction() as tx:
                notes = list(await tx.scalars(text("SELECT text FROM note")))
    assert sorted(notes) == sorted(f"{n}:{record}" for n in range(10) for record in range(10))
    stop.set()
    await asyncio.gather(*running)


async def test_a_step_in_hand_is_finished_and_what_it_published_still_reaches_the_bus_when_draining_I9(
    settings: ServiceSettings, alpha: ServiceMigrations, staged: Callable[..., RecordStaged]
) -> None:
    frame = Frame(settings, alpha)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def step() -> bool:
        begun.set()
        await go_on.wait()
        async with frame.database.transaction() as tx:
            await publish(tx, staged())
        return True

    stop = asyncio.Event()
    running = asyncio.create_task(frame.service([worker_loop("slow", step, idle_wait_s=1)]).run(stop))
    await wait_for(begun, 5)
    stop.set()
    go_on.set()
    await running
    database = Database(settings.database_url, "alpha")
    async with database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL")) == 1
        assert await tx.scalar(text("SELECT count(*) FROM lease WHERE holder IS NOT NULL")) == 0
    await database.dispose()


async def test_a_loop_that_does_not_stop_in_time_is_cancelled(settings: ServiceSettings, database: Database) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def stubborn(stop: asyncio.Event) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    quick = settings.model_copy(update={"drain_timeout_s": 0.05})
    stop = asyncio.Event()
    running = asyncio.create_task(Service("s", quick, database, [Scripted("stubborn", stubborn)]).run(stop))
    await wait_for(begun, 5)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert cancelled.is_set()


async def test_a_loop_that_fails_is_started_again_and_shown_meanwhile(
    settings: ServiceSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tieout_chassis.service.RESTART_FIRST_S", 0.01)
    runs: list[int] = []
    again = asyncio.Event()

    async def failing(stop: asyncio.Event) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError("no luck")
        again.set()
        await stop.wait()

    service = Service("s", settings, database, [Scripted("shaky", failing)])
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    await wait_for(again, 5)
    assert await service.not_ready() == ["shaky: RuntimeError: no luck"]
    assert await service.not_live() == []
    monkeypatch.setattr("tieout_chassis.service.STEADY_AFTER_S", 0)
    assert await service.not_ready() == []
    stop.set()
    await running


async def test_a_loop_that_gets_nowhere_makes_the_process_not_live(
    settings: ServiceSettings, database: Database
) -> None:
    async def hanging(stop: asyncio.Event) -> None:
        await stop.wait()

    loop = Scripted("hanging", hanging)
    loop.max_silence_s = -1
    assert (await Service("s", settings, database, [loop]).not_live())[0].startswith("hanging got nowhere for")


async def test_a_service_refuses_to_run_on_an_older_schema(
    fresh_database: FreshDatabase, alpha: ServiceMigrations, settings: ServiceSettings
) -> None:
    empty = settings.model_copy(update={"database_url": await fresh_database([])})
    with pytest.raises(SchemaTooOld, match="tieout db upgrade"):
        await Frame(empty, alpha).service([]).run(asyncio.Event())


@pytest.mark.http
async def test_health_metrics_and_dead_letters_are_served(
    settings: ServiceSettings, alpha: ServiceMigrations, tmp_path: Path
) -> None:
    key = tmp_path / "service.key"
    key.write_text("k" * 32 + "\n")
    frame = Frame(settings.model_copy(update={"service_key_file": key}), alpha)
    service = frame.service([])
    stop = asyncio.Event()
    running = asyncio.create_task(service.run(stop))
    server = next(loop for loop in service.loops if isinstance(loop, HttpServer))
    await asyncio.wait_for(server.listening.wait(), 10)
    async with httpx.AsyncClient(base_url=server.url) as http:
        assert (await http.get("/livez")).json() == {"ok": True, "problems": []}
        assert (await http.get("/readyz")).json() == {"ok": True, "problems": []}
        assert "tieout_outbox_published" in (await http.get("/metrics")).text
        assert (await http.get("/internal/dead-letters")).status_code == 401
        http.headers["Authorization"] = f"Bearer {'k' * 32}"
        assert (await http.get("/internal/dead-letters")).json() == {"dead_letters": []}
        assert (await http.post("/internal/dead-letters/1/redrive")).status_code == 404
        assert (await http.post("/internal/dead-letters/1/discard")).status_code == 404
        assert (await http.post("/internal/brakes/release")).status_code == 204
    stop.set()
    await running


MAIN = """
from pathlib import Path
from tieout_chassis.frame import Frame
from tieout_chassis.migrations import ServiceMigrations
from tieout_chassis.service import Service, main
from tieout_chassis.settings import ServiceSettings

def build(settings: ServiceSettings) -> Service:
    return Frame(settings, ServiceMigrations("alpha", Path({folder!r}))).service([])

main(build)
"""


def run_main(tmp_path: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    script = tmp_path / "main.py"
    script.write_text(MAIN.format(folder=str(Path(__file__).parent / "alpha_migrations")))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TIEOUT_")}
    return subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, text=True, env=clean | environment)


def test_a_process_drains_on_sigterm_and_ends_with_status_0(settings: ServiceSettings, tmp_path: Path) -> None:
    environment = {
        "TIEOUT_DATABASE_URL": settings.database_url,
        "TIEOUT_SEALING_KEY_FILE": str(settings.sealing_key_file),
    }
    with run_main(tmp_path, environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "service started" in line:
                process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_wrong_settings_end_with_status_2_and_a_line_each(tmp_path: Path) -> None:
    environment = {"TIEOUT_DATABASE_URL": "geheim", "TIEOUT_BUS": "carrier pigeon", "TIEOUT_MAX_POLL": "0"}
    with run_main(tmp_path, environment) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "TIEOUT_MAX_POLL: Input should be greater than or equal to 1" in errors
    assert "TIEOUT_BUS: Input should be 'postgres' or 'kafka'" in errors
    assert "geheim" not in errors


async def test_an_older_schema_ends_with_status_3(
    fresh_database: FreshDatabase, settings: ServiceSettings, tmp_path: Path
) -> None:
    environment = {
        "TIEOUT_DATABASE_URL": await fresh_database([]),
        "TIEOUT_SEALING_KEY_FILE": str(settings.sealing_key_file),
    }
    with run_main(tmp_path, environment) as process:
        _, errors = await asyncio.to_thread(process.communicate, timeout=20)
    assert process.returncode == 3
    assert "tieout db upgrade" in errors
