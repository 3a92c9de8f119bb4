"""Where ingest is put together: the only place that knows the concrete parts."""

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.leases import Leases
from tieout_chassis.sealing import Sealer
from tieout_ingest.announcing import Announcing
from tieout_ingest.applying import Applying
from tieout_ingest.batching import Batching
from tieout_ingest.capturing import Capturing
from tieout_ingest.finding import Finding
from tieout_ingest.news import News
from tieout_ingest.settings import IngestSettings
from tieout_ingest.sites import Sites
from tieout_ingest.slices import Slices, Work


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
