"""Composition: every service in one process, on an embedded PostgreSQL or a given one.

Nothing here decides anything about records: each service is built by its own `app.build` as it would be alone, and they
talk over the bus and over HTTP on loopback as they would on different machines.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from sqlalchemy.engine import make_url

from tieout_chassis.embedded_postgres import EmbeddedPostgres
from tieout_chassis.http_server import HttpServer
from tieout_chassis.migrations import upgrade
from tieout_chassis.service import Service
from tieout_chassis.telemetry import configure_logging, configure_tracing
from tieout_config_api import app as config_api
from tieout_config_api.connectwise.internal_hosts import LOOPBACK
from tieout_config_api.settings import ConfigApiSettings
from tieout_ingest import app as ingest
from tieout_ingest.settings import IngestSettings
from tieout_qbo_writer import app as qbo_writer
from tieout_qbo_writer.settings import QboWriterSettings
from tieout_standalone.folder import DataFolder
from tieout_standalone.services import MIGRATIONS
from tieout_transform import app as transform
from tieout_transform.settings import TransformSettings
from tieout_xero_writer import app as xero_writer
from tieout_xero_writer.settings import XeroWriterSettings

DATABASE = "tieout"
POOL_SIZE = 6
START_TIMEOUT_S = 30


class NotDurable(Exception):
    """The database would lose committed rows in a power cut; Tieout refuses to run on it."""


@dataclass
class Installation:
    """A running installation: its public address, and its end."""

    url: str
    stop: asyncio.Event
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def stopped(self) -> None:
        """Wait for SIGTERM, Ctrl-C or the end of a service."""
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, self.stop.set)
        ended = [*self.tasks, asyncio.create_task(self.stop.wait())]
        await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)


@asynccontextmanager
async def running(
    folder: DataFolder,
    *,
    public_port: int,
    database_url: str | None = None,
    kafka: str | None = None,
    only: str | None = None,
) -> AsyncIterator[Installation]:
    """Every service, or `only` one, started, and drained at the end; `public_port` 0 takes a free one."""
    async with AsyncExitStack() as stack:
        if database_url is None:
            database_url = await stack.enter_async_context(embedded(folder.postgres))
        await upgrade(database_url, MIGRATIONS)
        public, internal = public_port or free_port(), free_port()
        common: dict[str, Any] = {
            "database_url": database_url,
            "database_pool_size": POOL_SIZE,
            "bus": "kafka" if kafka else "postgres",
            "kafka_bootstrap_servers": kafka,
            "sealing_key_file": folder.sealing_key,
            "config_api_url": f"http://127.0.0.1:{internal}",
        }
        installation = Installation(f"http://127.0.0.1:{public}", asyncio.Event())
        try:
            own_ports: dict[str, str] = {}
            built = build_services(common, public, internal, folder, own_ports)
            services = [service for service in built if only in {None, service.name}]
            for service in services:
                installation.tasks.append(asyncio.create_task(service.run(installation.stop), name=service.name))
            await answering(services, installation)
            own_ports.update({service.name: url for service in services if (url := own_port(service))})
            yield installation
        finally:
            installation.stop.set()
            await asyncio.gather(*installation.tasks)


def own_port(service: Service) -> str | None:
    """Where a service answers those who run it; the system chose the port, so that no other process can have it."""
    return next((loop.url for loop in service.loops if isinstance(loop, HttpServer) and loop.name == "health"), None)


def build_services(
    common: dict[str, Any], public: int, internal: int, folder: DataFolder, own_ports: Mapping[str, str] | None = None
) -> list[Service]:
    """Each service as its own `app.build` makes it. `own_ports`: where they answer, known once they do."""
    ports: dict[str, Any] = {"public_port": public, "internal_port": internal}
    doors: dict[str, Any] = {"api_key_file": folder.api_key, "service_keys_dir": folder.service_keys}
    if "TIEOUT_PUBLIC_URL" not in os.environ:
        doors["public_url"] = f"http://127.0.0.1:{public}"
    if "TIEOUT_MAIL_FOLDER" not in os.environ:
        doors["mail_folder"] = folder.path / "mail"
    if "TIEOUT_INTERNAL_HOSTS" not in os.environ:
        doors["internal_hosts"] = LOOPBACK  # who runs a single node is who may name its simulators

    def own(service: str) -> dict[str, Any]:
        return {**common, "service_key_file": folder.service_key(service), "http_port": 0}

    return [
        config_api.build(ConfigApiSettings(**own("config-api"), **ports, **doors), service_urls=own_ports),
        ingest.build(IngestSettings(**own("ingest"))),
        transform.build(TransformSettings(**own("transform"))),
        xero_writer.build(XeroWriterSettings(**own("xero-writer"))),
        qbo_writer.build(QboWriterSettings(**own("qbo-writer"))),
    ]


async def up_until_stopped(
    folder: DataFolder, console: Console, *, public_port: int, database_url: str | None, kafka: str | None
) -> None:
    """`tieout up`: the first line of output is for machines, the rest for people."""
    observe(os.environ.get("TIEOUT_LOG_LEVEL", "info"))
    async with running(folder, public_port=public_port, database_url=database_url, kafka=kafka) as installation:
        print(json.dumps({"listening": installation.url}), flush=True)  # noqa: T201  (a script reads it)
        console.print(f"Tieout is up: {installation.url}/docs (key in {folder.api_key}). Stop with Ctrl-C.")
        await installation.stopped()
        console.print("draining ...")


async def answering(services: list[Service], installation: Installation) -> None:
    """Every port answers; what a service that ended says comes out here."""
    ports = [loop for service in services for loop in service.loops if isinstance(loop, HttpServer)]
    listening = asyncio.gather(*(port.listening.wait() for port in ports))
    try:
        first: list[asyncio.Future[Any]] = [listening, *installation.tasks]
        await asyncio.wait(first, timeout=START_TIMEOUT_S, return_when=FIRST_COMPLETED)
        for task in installation.tasks:
            if task.done():
                task.result()
        if not listening.done():
            raise TimeoutError(f"the ports did not answer within {START_TIMEOUT_S} s")
    finally:
        listening.cancel()


def observe(log_level: str) -> None:
    """Logs to standard error, traces to TIEOUT_OTLP_ENDPOINT where it is set; once a process."""
    configure_logging(log_level, "console" if sys.stderr.isatty() else "json")
    configure_tracing("standalone", os.environ.get("TIEOUT_OTLP_ENDPOINT"))


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[str]:
    """The embedded PostgreSQL's URL, its database made and its durability checked."""
    server = EmbeddedPostgres(folder)
    await asyncio.to_thread(server.start)
    try:
        await make_database(server.url)
        yield make_url(server.url).set(database=DATABASE).render_as_string(hide_password=False)
    finally:
        await asyncio.to_thread(server.stop)


async def make_database(admin_url: str) -> None:
    """`NotDurable` unless every commit reaches the disk."""
    plain = make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    admin = await asyncpg.connect(plain)
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            if await admin.fetchval(f"SHOW {setting}") != "on":
                raise NotDurable(f"PostgreSQL runs with {setting} off: a power cut would lose what was posted.")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await admin.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await admin.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
