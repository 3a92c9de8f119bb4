"""Where ingest is put together: the only place that knows the concrete parts."""

from tieout_chassis.call_log import TELL_EVERY_S, CallLog
from tieout_chassis.clock import Clock, SystemClock
from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.leases import Leases
from tieout_chassis.loops import worker_loop
from tieout_chassis.sealing import Sealer
from tieout_chassis.service import Service
from tieout_ingest.announcing import Announcing
from tieout_ingest.applying import Applying
from tieout_ingest.batching import Batching
from tieout_ingest.budget import SiteGates
from tieout_ingest.capturing import Capturing
from tieout_ingest.config import Config
from tieout_ingest.finding import Finding
from tieout_ingest.handlers import KIND, Handlers
from tieout_ingest.migrations import MIGRATIONS
from tieout_ingest.news import News
from tieout_ingest.settings import IngestSettings
from tieout_ingest.sites import Sites
from tieout_ingest.slices import Slices, Work
from tieout_ingest.store.tables import METADATA
from tieout_providers.http import open_http

CONNECTIONS_EVERY_S = 15.0
CONNECTIONS_OF_TENANT = "SELECT connection_id FROM connection WHERE tenant_id = :tenant"
OF_TENANT = {
    "heard": f"connection_id IN ({CONNECTIONS_OF_TENANT})",
    "lease": f"kind = '{KIND}' AND name IN ({CONNECTIONS_OF_TENANT})",
    "lease_wake": f"kind = '{KIND}' AND name IN ({CONNECTIONS_OF_TENANT})",
}
"""What hangs on a tenant without naming it in a column of its own."""


def build(settings: IngestSettings) -> Service:
    """The service, ready to run."""
    frame = Frame(settings, MIGRATIONS)
    return assemble(frame, settings, frame.config)


def assemble(frame: Frame, settings: IngestSettings, config: Config) -> Service:
    """The service on a frame, with whoever knows the settings."""
    clock, http = SystemClock(), open_http()
    frame.closing(http.aclose)
    gates = SiteGates(
        frame.budgets,
        calls_a_minute=settings.connectwise_calls_a_minute,
        calls_at_once=settings.connectwise_calls_at_once,
        timeout_s=settings.provider_timeout_s,
    )
    call_log = CallLog(clock, config.log_calls)
    sites = Sites(frame.database, frame.leases, config, gates, http, clock, settings, call_log)
    slices = work_of(frame.database, frame.leases, sites, frame.sealer, clock, settings, holder=frame.holder)
    handlers = Handlers(config, frame.leases)
    at_work = [
        worker_loop(f"connections {number}", slices.step, idle_wait_s=settings.poll_wait_s, wake=slices.woken)
        for number in range(1, settings.connections_at_once + 1)
    ]
    frame.forgets(METADATA, hanging=OF_TENANT)
    announcing = worker_loop("connections known", sites.announce, idle_wait_s=CONNECTIONS_EVERY_S)
    telling = worker_loop("call log", call_log.step, idle_wait_s=TELL_EVERY_S)
    return frame.service([frame.subscriber(handlers.mapping()), announcing, telling, *at_work])


def work_of(
    database: Database,
    leases: Leases,
    sites: Sites,
    sealer: Sealer,
    clock: Clock,
    settings: IngestSettings,
    *,
    holder: str,
) -> Slices:
    """The work on connections, ready to be stepped."""
    news = News(clock, announce_after_s=settings.announce_after_s, announce_limit=settings.announce_limit)
    work = Work(
        applying=Applying(news, linger_s=settings.batch_linger_s),
        batching=Batching(
            news,
            clock,
            group=settings.export_group,
            linger_s=settings.batch_linger_s,
            at_once=settings.batch_concurrency,
            retry_s=settings.batch_retry_s,
        ),
        finding=Finding(news, poll_interval_s=settings.poll_interval_s),
        capturing=Capturing(
            news,
            sealer,
            clock,
            group=settings.export_group,
            retry_s=settings.export_retry_s,
            max_bytes=settings.max_record_bytes,
        ),
        announcing=Announcing(
            clock, announce_after_s=settings.announce_after_s, body_retention_days=settings.body_retention_days
        ),
    )
    return Slices(database, leases, sites, work, news, settings, holder=holder)
