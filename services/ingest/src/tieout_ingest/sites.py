"""The connections that ingest serves: their companies, their clients, their share of the call budget."""

from dataclasses import dataclass
from typing import Protocol

import httpx
import structlog

from tieout_chassis.call_log import CallLog
from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.leases import Lease, Leases
from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.problems import problem
from tieout_contracts.settings import SettingsSnapshot
from tieout_ingest.backfill import Filling, Lookups
from tieout_ingest.config import Config
from tieout_ingest.handlers import KIND
from tieout_ingest.held import Held
from tieout_ingest.routing import Routes
from tieout_ingest.settings import IngestSettings
from tieout_ingest.store import connections, runs
from tieout_providers.call import Gate
from tieout_providers.connectwise.client import ConnectWise
from tieout_providers.connectwise.site import Site

_log = structlog.get_logger(__name__)


class NotServed(Exception):
    """Nothing can be done for a connection now: no company names it, or its owner cannot be asked."""


class Gates(Protocol):
    """Where each site's calls are counted (I-5)."""

    async def of(self, site: str) -> Gate: ...

    async def park(self, site: str, wait_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class _Client:
    """A client and what it remembers, for as long as the access stays the same."""

    access: ConnectWiseAccess
    connectwise: ConnectWise
    filling: Filling


class Sites:
    """Makes and keeps one client for each connection."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        config: Config,
        gates: Gates,
        http: httpx.AsyncClient,
        clock: Clock,
        settings: IngestSettings,
        call_log: CallLog,
    ) -> None:
        self._database = database
        self._leases = leases
        self._config = config
        self._gates = gates
        self._http = http
        self._clock = clock
        self._settings = settings
        self._call_log = call_log
        self._clients: dict[str, _Client] = {}

    async def hold(self, lease: Lease, *, anew: bool = False) -> Held:
        """What is needed to work on the connection of a lease. Raises `NotServed`.

        `anew` asks for the settings of this moment: whether a company is armed decides what its list comes to.
        """
        if anew:
            self._config.refresh()
        try:
            companies = await self._companies_of(lease.name)
            access = await self._config.connectwise(lease.name) if companies else None
        except Exception as error:  # whatever keeps the settings' owner from answering, it is asked again later
            raise NotServed(f"its settings cannot be read: {type(error).__name__}: {error}") from error
        if access is None:
            raise NotServed("no company names it")
        own = [company for company in companies if company.tenant_id == access.tenant_id]
        for company in companies:
            if company.tenant_id != access.tenant_id:
                told = problem("access.connectwise_not_yours", connection=lease.name)
                _log.error(told.sentence, company=company.company_id, code=told.code)
        if not own:
            raise NotServed("no company of its tenant names it")
        try:
            client = await self._client(access)
        except ValueError as error:
            raise NotServed(f"its address or its keys cannot be used: {error}") from error
        return Held(
            connection_id=lease.name,
            tenant_id=access.tenant_id,
            routes=Routes(own),
            connectwise=client.connectwise,
            filling=client.filling,
            database=self._database,
            leases=self._leases,
            lease=lease,
            lease_s=self._settings.lease_s,
        )

    async def park(self, held: Held, wait_s: float) -> None:
        """Nobody calls this site for so long."""
        await self._gates.park(held.connectwise.site.api_url, wait_s)

    async def announce(self) -> bool:
        """See that every connection that a company names has its lease, and every run its connection."""
        try:
            snapshots = await self._config.snapshots()
        except Exception as error:  # the next round asks again
            _log.warning("settings cannot be read", error=f"{type(error).__name__}: {error}")
            return False
        tenant_of = {each.settings.connectwise_connection: each.tenant_id for each in snapshots.values()}
        async with self._database.transaction() as tx:
            for connection_id, tenant_id in sorted(tenant_of.items()):
                if await connections.ensure(tx, connection_id, tenant_id):
                    await self._leases.announce(tx, KIND, connection_id)
            for company_id in sorted(await runs.homeless(tx) & snapshots.keys()):
                connection_id = snapshots[company_id].settings.connectwise_connection
                await runs.bring_home(tx, company_id, connection_id)
                await self._leases.announce(tx, KIND, connection_id)
        return False

    async def _companies_of(self, connection_id: str) -> list[SettingsSnapshot]:
        snapshots = await self._config.snapshots()
        return [each for each in snapshots.values() if each.settings.connectwise_connection == connection_id]

    async def _client(self, access: ConnectWiseAccess) -> _Client:
        kept = self._clients.get(access.connection_id)
        if kept is not None and kept.access == access:
            return kept
        site = Site.parse(access.site)
        connectwise = ConnectWise(
            access.site,
            access.login_company,
            public_key=access.public_key.get_secret_value(),
            private_key=access.private_key.get_secret_value(),
            client_id=access.client_id,
            version=access.version,
            codebase=access.codebase,
            http=self._http,
            gate=await self._gates.of(site.api_url),
            timeout_s=self._settings.provider_timeout_s,
            witness=self._call_log.witness_of(access),
        )
        lookups = Lookups(
            connectwise, self._clock, ttl_s=self._settings.backfill_ttl_s, max_rows=self._settings.backfill_max_rows
        )
        self._clients[access.connection_id] = _Client(access, connectwise, Filling(connectwise, lookups))
        return self._clients[access.connection_id]
