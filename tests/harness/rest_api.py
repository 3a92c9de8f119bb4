"""config-api alone, with a little of everything in it: for tests that ask it all sorts of things."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer, create_sealing_key
from tieout_chassis.testing import a_fresh_database
from tieout_config_api.app import build
from tieout_config_api.handlers import handlers
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.settings import ConfigApiSettings
from tieout_contracts.examples import events
from tieout_standalone.compose import free_port

TENANT, COMPANY = "harbourline", "harbourline-au"
KEY = "a-super-admins-key"
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class RestApi:
    url: str
    key: str = KEY


@asynccontextmanager
async def rest_api(admin_url: str, folder: Path) -> AsyncIterator[RestApi]:
    """Listening, with one tenant, its connections and company, and whatever the published examples of events tell."""
    (folder / "api.key").write_text(KEY)
    (folder / "ingest.key").write_text("ingest-key")
    create_sealing_key(folder / "sealing.key")
    async with a_fresh_database(admin_url, [MIGRATIONS]) as database_url:
        settings = ConfigApiSettings(
            database_url=database_url,
            sealing_key_file=folder / "sealing.key",
            api_key_file=folder / "api.key",
            service_keys_dir=folder,
            public_port=free_port(),
            internal_port=free_port(),
            rate_limit_per_s=0,
        )
        service, stop = build(settings), asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        try:
            for loop in service.loops:
                if hasattr(loop, "listening"):
                    await asyncio.wait_for(loop.listening.wait(), 30)
            api = RestApi(f"http://127.0.0.1:{settings.public_port}")
            await _furnish(api, database_url, Sealer.from_file(settings.sealing_key_file))
            yield api
        finally:
            stop.set()
            await running


@contextmanager
def serving_rest_api(admin_url: str, folder: Path) -> Iterator[RestApi]:
    """The same from a thread of its own, for whoever asks without a loop."""
    told: queue.Queue[RestApi | BaseException] = queue.Queue()
    loop = asyncio.new_event_loop()
    ending = asyncio.Event()

    async def serve() -> None:
        try:
            async with rest_api(admin_url, folder) as api:
                told.put(api)
                await ending.wait()
        except BaseException as error:
            told.put(error)
            raise

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="rest api")
    thread.start()
    try:
        api = told.get(timeout=START_TIMEOUT_S)
        if isinstance(api, BaseException):
            raise api
        yield api
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join()
        loop.close()


async def _furnish(api: RestApi, database_url: str, sealer: Sealer) -> None:
    company: dict[str, Any] = {
        "name": "Harbourline IT",
        "connectwise_connection": "connectwise",
        "ledger_connection": "xero",
        "organisation_id": "org",
        "adjustment": {"account": "860"},
    }
    headers = {"Authorization": f"Bearer {api.key}"}
    async with httpx.AsyncClient(base_url=f"{api.url}/v1", headers=headers, timeout=30) as http:
        body = {"tenant_id": TENANT, "name": "Harbourline"}
        (await http.post("/tenants", json=body)).raise_for_status()
        place = f"/tenants/{TENANT}"
        body = {"company_id": COMPANY, "settings": company}
        (await http.post(f"{place}/companies", json=body)).raise_for_status()
    database = Database(database_url, "config-api", sealer=sealer)
    known = handlers(sealer)
    try:
        async with database.transaction() as tx:
            for event in events():
                if (handler := known.get(type(event))) is not None:
                    await handler(tx, event, MessageContext(uuid4(), event.TOPIC, event.key, event.tenant_id))
    finally:
        await database.dispose()
