"""config-api on a database of its own, for all tests of a module; and a small company to ask it about."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tieout_chassis.sealing import create_sealing_key
from tieout_chassis.testing import a_fresh_database
from tieout_config_api.app import build
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.settings import ConfigApiSettings

KEY = {"Authorization": "Bearer api-key"}
SETTINGS: dict[str, Any] = {
    "name": "Harbourline IT",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "org",
    "connectwise_locations": [11],
    "adjustment": {"account": "860"},
}


REPLACING = {"If-Match": "*"}
"""For a PUT on top of whatever is there."""


async def seen(http: httpx.AsyncClient, place: str) -> dict[str, str]:
    """For a PUT on top of what is there, or of something new."""
    answer = await http.get(place)
    return {"If-Match": answer.headers["ETag"]} if answer.is_success else {}


@dataclass(frozen=True)
class Api:
    """`http` asks as the installation's key; `url` is the public port's."""

    url: str
    http: httpx.AsyncClient
    database_url: str

    async def rows(self, query: str, *arguments: Any) -> list[Any]:
        """What lies in config-api's tables."""
        plain = self.database_url.replace("postgresql+asyncpg", "postgresql")
        connection = await asyncpg.connect(plain, server_settings={"search_path": "config_api"})
        try:
            return list(await connection.fetch(query, *arguments))
        finally:
            await connection.close()

    async def tenant(self, tenant_id: str) -> None:
        answer = await self.http.post("/v1/tenants", json={"tenant_id": tenant_id, "name": tenant_id.title()})
        answer.raise_for_status()

    async def company(self, tenant_id: str, company_id: str, **settings: Any) -> None:
        body = {"company_id": company_id, "settings": SETTINGS | settings}
        (await self.http.post(f"/v1/tenants/{tenant_id}/companies", json=body)).raise_for_status()


@asynccontextmanager
async def started(admin_url: str, folder: Path, **settings: Any) -> AsyncIterator[Api]:
    """The service, listening; stopped and its database dropped at the end."""
    for name in ("api", "ingest"):
        (folder / f"{name}.key").write_text(f"{name}-key")
    create_sealing_key(folder / "sealing.key")
    port = free_port()
    async with a_fresh_database(admin_url, [MIGRATIONS]) as database_url:
        given = {"callback_url": f"http://127.0.0.1:{port}", "internal_hosts": ("127.0.0.1",)} | settings
        service = build(
            ConfigApiSettings(
                database_url=database_url,
                sealing_key_file=folder / "sealing.key",
                api_key_file=folder / "api.key",
                service_keys_dir=folder,
                public_port=port,
                internal_port=free_port(),
                **given,
            )
        )
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        try:
            for loop in service.loops:
                if hasattr(loop, "listening"):
                    await asyncio.wait_for(loop.listening.wait(), 30)
            url = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=url, headers=KEY, timeout=30) as http:
                yield Api(url, http, database_url)
        finally:
            stop.set()
            await running


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
