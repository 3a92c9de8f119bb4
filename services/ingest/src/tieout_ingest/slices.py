"""One slice of work on one connection: claimed by lease, least recently served first, fenced to its last write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.database import Database, DatabaseUnavailable
from tieout_chassis.handling import NotNow
from tieout_chassis.leases import Lease, LeaseLost, Leases
from tieout_contracts.problems import Problem, problem
from tieout_ingest.announcing import Announcing
from tieout_ingest.applying import Applying
from tieout_ingest.batching import Batching
from tieout_ingest.capturing import Capturing
from tieout_ingest.finding import Finding
from tieout_ingest.handlers import KIND
from tieout_ingest.held import Held
from tieout_ingest.news import News
from tieout_ingest.settings import IngestSettings
from tieout_ingest.sites import NotServed, Sites
from tieout_ingest.store import agenda, connections, runs
from tieout_ingest.store.connections import Pause
from tieout_providers.errors import Forbidden, NotFound, ProviderError, Throttled, Unauthorised, Unsendable

THROTTLED_S = 30.0
"""How long to wait where ConnectWise throttles and does not say for how long."""
WORTH_TELLING_S = 60.0
UNSERVED_S = 60.0
SOON_S = 5.0
"""What is due sooner than this is not left to the loops' polling."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """The units of a slice, in the order in which they are given their turn."""

    applying: Applying
    batching: Batching
    finding: Finding
    capturing: Capturing
    announcing: Announcing


class Slices:
    """`step` serves one connection; any number of copies may call it at once."""

    def __init__(
        self,
        database: Database,
        leases: Leases,
        sites: Sites,
        work: Work,
        news: News,
        settings: IngestSettings,
        *,
        holder: str,
    ) -> None:
        self._database = database
        self._leases = leases
        self._sites = sites
        self._work = work
        self._news = news
        self._settings = settings
        self._holder = holder
        self._woken: list[asyncio.Event] = []

    def woken(self) -> asyncio.Event:
        """An event that is set when a connection may have become due; one for each loop that steps."""
        event = self._database.wakes.subscribe(self._leases.channel(KIND))
        self._woken.append(event)
        return event

    async def step(self) -> bool:
        """Serve the connection that was served least recently; whether there was one."""
        lease = await self._leases.claim_one(KIND, holder=self._holder, lease_s=self._settings.lease_s)
        if lease is None:
            return False
        try:
            async with kept(self._leases, lease, self._settings.lease_s):
                await self._serve(lease)
        except LeaseLost:
            _log.warning("another copy took the connection over", connection=lease.name)
        except DatabaseUnavailable:
            raise
        except NotNow as away:  # its tenant's key is on the way, say: what is stored says where to go on
            _log.info("connection waits", connection=lease.name, reason=str(away))
            await self._let_go(lease, parked_s=away.after_s)
        except Exception:  # whatever is wrong with this connection's data must not stop the others
            _log.exception("slice failed", connection=lease.name)
            await self._let_go(lease, parked_s=UNSERVED_S)
        return True

    async def _serve(self, lease: Lease) -> None:
        """Work for a slice, then let go until there is something to do; a failure parks the connection."""
        try:
            held = await self._sites.hold(lease)
            await self._work_on(held)
        except NotServed as reason:
            _log.info("connection not served", connection=lease.name, reason=str(reason))
            await self._let_go(lease, idle_s=UNSERVED_S)
            return
        except ProviderError as error:
            await self._pause(held, error)
            return
        async with held.transaction() as tx:
            due_in_s = await agenda.due_in_s(tx, held.connection_id)
            idle_s = UNSERVED_S if due_in_s is None else due_in_s
            await self._leases.release_in(tx, lease, idle_s=idle_s)
        if 0 < idle_s < SOON_S:
            asyncio.get_running_loop().call_later(idle_s, self._wake)

    async def _let_go(self, lease: Lease, *, parked_s: float | None = None, idle_s: float | None = None) -> None:
        """Rest after a slice that came to nothing; a look that it had begun is made again."""
        async with self._database.transaction() as tx:
            await connections.list_now(tx, lease.name)
            await self._leases.release_in(tx, lease, parked_s, idle_s=idle_s)

    def _wake(self) -> None:
        for event in self._woken:
            event.set()

    async def _work_on(self, held: Held) -> None:
        until, busy = monotonic() + self._settings.slice_s, True
        while busy and monotonic() < until:
            busy = await self._work.applying.apply(held)
            busy |= await self._work.batching.batch_group(held)
            if await self._list_due(held):
                asked = await self._work.finding.begin(held)
                held = await self._sites.hold(held.lease, anew=True)
                await self._work.finding.look(held, asked)
                busy = True
            busy |= await self._work.capturing.capture_group(held)
            await self._finish_runs(held)
            busy |= await self._work.announcing.announce(held)

    async def _list_due(self, held: Held) -> bool:
        """By the schedule, or because a run asks for it. Also notes that ConnectWise can be worked with again."""
        async with held.transaction() as tx:
            connection = await connections.one(tx, held.connection_id)
            asked = any(run.state == "requested" for run in await runs.unfinished(tx, held.connection_id))
        return connection is None or connection.list_due or asked

    async def _finish_runs(self, held: Held) -> None:
        async with held.transaction() as tx:
            await connections.resumed(tx, held.connection_id)
            for run in await runs.complete(tx, held.connection_id):
                await self._news.run_listed(tx, run)

    async def _pause(self, held: Held, error: ProviderError) -> None:
        """Rest, and tell the runs that wait why; other connections are not affected."""
        async with held.transaction() as tx:
            connection = await connections.one(tx, held.connection_id)
            failures = connection.failures if connection else 0
            pause, wait_s = self._how_long(error, failures)
            await connections.paused(tx, held.connection_id, pause)
            await connections.list_now(tx, held.connection_id)
            _log.warning(
                "connection paused", connection=held.connection_id, pause=pause, wait_s=wait_s, code=error.code
            )
            if pause == "refused" or wait_s >= WORTH_TELLING_S or (pause == "unreachable" and failures):
                told = _problem(held, pause, wait_s, error)
                await self._begin_runs(tx, held)
                for run in await runs.unfinished(tx, held.connection_id):
                    if run.told != pause:
                        await self._news.run_listed(tx, run, final=False, problems=[*run.problems, told])
                        await runs.told(tx, run.run_id, pause)
            await self._leases.release_in(tx, held.lease, wait_s)
        if pause == "throttled":
            await self._sites.park(held, wait_s)

    async def _begin_runs(self, tx: AsyncConnection, held: Held) -> None:
        """See that every company of the connection has a run that can tell of the pause, and end when it is over."""
        waiting = {run.company_id for run in await runs.unfinished(tx, held.connection_id)}
        for company_id in sorted(held.routes.companies.keys() - waiting):
            await runs.keep(tx, held.connection_id, runs.by_itself(held.tenant_id, company_id, self._news.now()))

    def _how_long(self, error: ProviderError, failures: int) -> tuple[Pause, float]:
        if isinstance(error, Throttled):
            return "throttled", THROTTLED_S if error.retry_after_s is None else error.retry_after_s
        if isinstance(error, Unauthorised | Forbidden | NotFound | Unsendable):
            return "refused", self._settings.refused_pause_s
        doubled = self._settings.unreachable_pause_s * 2 ** min(failures, 16)
        return "unreachable", min(doubled, self._settings.refused_pause_s)


@asynccontextmanager
async def kept(leases: Leases, lease: Lease, lease_s: float) -> AsyncIterator[None]:
    """Renew a lease while a slice is at work; a lease that is lost is found out at the next fence."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(lease_s / 3)
            with suppress(DatabaseUnavailable):  # it may be back in time
                await leases.renew(lease, lease_s)

    renewing = asyncio.create_task(renew(), name=f"lease of {lease.name}")
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


def _problem(held: Held, pause: Pause, wait_s: float, error: ProviderError) -> Problem:
    reason = error.sentence
    match pause:
        case "refused":
            return problem("access.connectwise_refused", connection=held.connection_id, reason=reason)
        case "throttled":
            return problem("access.connectwise_throttled", seconds=round(wait_s))
        case "unreachable":
            return problem("access.connectwise_unreachable", site=held.connectwise.site.user_url, reason=reason)
