"""Both ledgers' simulators in this process, the people at their consent pages, and copies of config-api beside them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from fastapi import FastAPI, Request
from sqlalchemy import text

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.access.callers import INSTALLATION, Caller, Standing
from tieout_config_api.app import public_app
from tieout_config_api.consents.connecting import Connecting
from tieout_config_api.consents.disconnecting import Disconnecting
from tieout_config_api.consents.ledger_apps import Addresses, App, QboApps, XeroApps
from tieout_config_api.consents.upkeep import ConsentUpkeep
from tieout_config_api.people.letters import Letter, opened
from tieout_config_api.public.connecting import Consents
from tieout_config_api.public.door import Rooms
from tieout_config_api.public.identity import bearer
from tieout_config_api.store import Row, accounts
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.tokens.renewing import Patience
from tieout_config_api.tokens.sources import QboSource, XeroSource
from tieout_config_api.vault import Vault
from tieout_simulators.frame.connections import ConnectionDroppedError
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.qbo.cli import build_gateway as qbo_gateway
from tieout_simulators.xero.cli import build_gateway as xero_gateway

CLIENT_ID, CLIENT_SECRET = "tieout-app", "marked-app-secret"
REDIRECT = "http://localhost:8700/v1/connect/callback"
NORTH, SOUTH, WEST = (f"00000000-0000-4000-8000-00000000000{digit}" for digit in (1, 2, 3))
REALM, OTHER_REALM = "4620816365", "4620816366"
XERO, QBO = "https://xero.example", "https://qbo.example"
TENANT = "/tenants/harbourline"
APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "redirect_uris": [REDIRECT]}


OWN = {"harbourline": Standing(role="account_admin")}
CALLERS = {
    "api-key": INSTALLATION,
    "ada": Caller(name="Ada", standings=OWN, person_id=uuid4()),
    "eve": Caller(name="Ada", standings=OWN, person_id=uuid4()),
}
"""Eve calls herself Ada."""


async def identify(request: Request) -> Caller | None:
    return CALLERS.get(bearer(request) or "")


class Ledgers(httpx.AsyncBaseTransport):
    """Xero and QuickBooks Online, one clock for both and for config-api. `answered` runs when an answer came back."""

    def __init__(self) -> None:
        self.xero, self.qbo = xero_gateway(), qbo_gateway()
        self.clock = self.xero.clock
        self.answered: Callable[[httpx.Request], None] | None = None
        self._asgi = {host: httpx.ASGITransport(app=app) for host, app in (("xero", self.xero), ("qbo", self.qbo))}
        names = {NORTH: "Harbourline North", SOUTH: "Harbourline South", WEST: "Harbourline West"}
        organisations = [{"tenantId": each, "Organisation": {"Name": name}} for each, name in names.items()]
        self.xero.simulator.load({"format": "tieout-xero/1", "app": APP, "organisations": organisations})
        companies = [{"realmId": each, "CompanyInfo": {"CompanyName": f"H {each}"}} for each in (REALM, OTHER_REALM)]
        app = {**APP, "refresh_rotates_after_s": 0}
        self.qbo.simulator.load({"format": "tieout-qbo/1", "app": app, "companies": companies})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = await self._asgi[request.url.host.partition(".")[0]].handle_async_request(request)
        except ConnectionDroppedError:
            raise httpx.ReadError("dropped") from None
        if self.answered is not None:
            self.answered(request)
        return answer

    def advance(self, seconds: float) -> None:
        for gateway in (self.xero, self.qbo):
            gateway.clock.advance(seconds)

    def event(self, ledger: str, kind: str, **fields: Any) -> Any:
        return self._gateway(ledger).simulator.mutate({"kind": kind, **fields})

    def fail(self, ledger: str, route: str, **then: Any) -> None:
        self._gateway(ledger).faults.add([{"route": route, "then": then}])

    def asked(self, ledger: str, route: str) -> int:
        return int(self._gateway(ledger).calls.summary()["by_route"].get(route, 0))

    def _gateway(self, ledger: str) -> Gateway:
        return self.xero if ledger == "xero" else self.qbo


class Copy:
    """One copy of config-api: its public door, and its tokens."""

    def __init__(self, database: Database, key_file: Path, ledgers: Ledgers, http: httpx.AsyncClient) -> None:
        sealer, vault = Sealer.from_file(key_file), Vault.from_file(key_file)
        clock = ledgers.clock
        own = App(CLIENT_ID, CLIENT_SECRET)
        xero = Addresses(f"{XERO}/identity/connect/authorize", XERO, XERO, XERO)
        qbo = Addresses(f"{QBO}/connect/oauth2", QBO, QBO, QBO)
        apps = {"xero": XeroApps(xero, own, http), "qbo": QboApps(qbo, own, http)}
        sources = {"xero": XeroSource(http), "qbo": QboSource(http)}
        self.database, self.vault = database, vault
        self.tokens = AccessTokens(database, vault, clock, sources, margin_s=120, patience=Patience())
        self.upkeep = ConsentUpkeep(database, clock, self.tokens, idle_days=7)
        connecting = Connecting(database, vault, clock, self.tokens, apps, REDIRECT)
        disconnecting = Disconnecting(database, vault, clock, self.tokens, apps)
        self.app: FastAPI = public_app(Rooms(database, sealer, clock, http, 200, vault=vault), "api-key")
        self.app.state.consents = Consents(connecting, disconnecting)
        self.app.state.identify = identify
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url="http://config.example/v1",
            headers={"Authorization": "Bearer api-key"},
        )
        self.browser = httpx.AsyncClient(transport=ledgers)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{TENANT}{path}", json=body)

    async def get(self, path: str) -> Any:
        answer = await self.http.get(f"{TENANT}{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def start(self, kind: str = "xero", **body: Any) -> dict[str, Any]:
        answer = await self.post("/connect-attempts", kind=kind, **body)
        assert answer.status_code == 201, answer.text
        started: dict[str, Any] = answer.json()
        return started

    async def consents(self, url: str) -> str:
        """The person follows the address; where the provider sends her browser back to."""
        back = await self.browser.get(url)
        assert back.status_code == 302, back.text
        return back.headers["location"]

    async def comes_back(self, location: str) -> httpx.Response:
        """Her browser, which has no key."""
        parts = urlsplit(location)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app)) as browser:
            return await browser.get(f"http://config.example{parts.path}?{parts.query}")

    async def connect(self, kind: str = "xero", **body: Any) -> tuple[dict[str, Any], httpx.Response]:
        """The whole way: the attempt as it then stands, and the page that the browser ends on."""
        started = await self.start(kind, **body)
        page = await self.comes_back(await self.consents(started["url"]))
        return await self.get(f"/connect-attempts/{started['attempt_id']}"), page

    async def row(self, connection_id: str) -> Row:
        async with self.database.transaction() as tx:
            found = await accounts.connection_by_id(tx, connection_id)
        assert found is not None
        return found

    async def token(self, connection_id: str) -> str:
        return (await self.tokens.current(await self.row(connection_id)))[0]

    async def shown(self, connection_id: str) -> dict[str, Any]:
        return next(each for each in await self.get("/connections") if each["connection_id"] == connection_id)

    async def run(self, statement: str) -> list[Any]:
        async with self.database.transaction() as tx:
            answer = await tx.execute(text(statement))
            return list(answer.scalars()) if answer.returns_rows else []

    async def letters(self) -> list[Letter]:
        """What waits to be mailed."""
        async with self.database.transaction() as tx:
            rows = (await tx.execute(text("SELECT * FROM mail"))).mappings().all()
        return [opened(self.vault, row) for row in rows]

    async def close(self) -> None:
        await self.tokens.close()
        await self.browser.aclose()
        await self.http.aclose()


class Installation:
    """Any number of copies on one database."""

    def __init__(self, url: str, key_file: Path, ledgers: Ledgers) -> None:
        self.url, self.key_file, self.ledgers = url, key_file, ledgers

    @asynccontextmanager
    async def copies(self, count: int = 1) -> AsyncIterator[list[Copy]]:
        async with AsyncExitStack() as stack:
            made = []
            for _ in range(count):
                database = Database(self.url, "config-api", pool_size=4)
                stack.push_async_callback(database.dispose)
                http = await stack.enter_async_context(httpx.AsyncClient(transport=self.ledgers))
                made.append(Copy(database, self.key_file, self.ledgers, http))
                stack.push_async_callback(made[-1].close)
            for tenant_id in ("harbourline", "other"):
                await made[0].http.post("/tenants", json={"tenant_id": tenant_id, "name": tenant_id})
            yield made
