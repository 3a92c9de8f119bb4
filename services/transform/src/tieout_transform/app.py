"""Transform, put together: the only place that knows concrete parts."""

from tieout_chassis.clock import SystemClock
from tieout_chassis.frame import Frame
from tieout_chassis.service import Service, worker_loop
from tieout_transform.announcer import Announcer
from tieout_transform.config import Config
from tieout_transform.handlers import handlers
from tieout_transform.migrations import MIGRATIONS
from tieout_transform.planner import Planner
from tieout_transform.previewer import Previewer
from tieout_transform.settings import TransformSettings
from tieout_transform.store import plannings, previews
from tieout_transform.store.tables import METADATA


def build(settings: TransformSettings) -> Service:
    """The service, ready to run."""
    frame = Frame(settings, MIGRATIONS)
    return assemble(frame, settings, frame.config)


def assemble(frame: Frame, settings: TransformSettings, config: Config) -> Service:
    """The service on a given source of settings."""
    frame.forgets(METADATA)
    planner = Planner(frame.database, config, frame.sealer, SystemClock(), settings)
    previewer = Previewer(frame.database, config, frame.sealer, SystemClock(), settings)
    announcer = Announcer(frame.database, settings)
    return frame.service(
        [
            frame.subscriber(handlers(frame.sealer)),
            worker_loop(
                "planner",
                planner.step,
                idle_wait_s=settings.plan_idle_s,
                wake=lambda: frame.database.wakes.subscribe(plannings.CHANNEL),
            ),
            worker_loop(
                "previewer",
                previewer.step,
                idle_wait_s=settings.plan_idle_s,
                wake=lambda: frame.database.wakes.subscribe(previews.CHANNEL),
            ),
            worker_loop("announcer", announcer.step, idle_wait_s=settings.announcer_idle_s),
        ]
    )
