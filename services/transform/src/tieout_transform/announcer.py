"""The housekeeping step: says again what nobody answered, and drops bodies that nobody needs."""

from prometheus_client import Gauge

from tieout_chassis.database import Database
from tieout_chassis.outbox import announce_again
from tieout_chassis.telemetry import REGISTRY
from tieout_transform.settings import TransformSettings
from tieout_transform.store import plannings

BATCH = 500
OPEN = Gauge("tieout_transform_open_records", "Records still to be planned.", ["state"], registry=REGISTRY)


class Announcer:
    """`step` looks once; losing the bus with everything on it costs no plan (design, truth and news 3)."""

    def __init__(self, database: Database, settings: TransformSettings) -> None:
        self._database = database
        self._settings = settings

    async def step(self) -> bool:
        """Announce what is due to be announced again, purge old bodies; whether there may be more."""
        async with self._database.transaction() as tx:
            late = await plannings.unanswered(tx, limit=BATCH)
            await announce_again(tx, late)
            await plannings.purge_refused(tx, older_than_days=self._settings.refused_body_days)
            await plannings.purge_previewed(tx, older_than_hours=self._settings.preview_hours)
            still_open = await plannings.count_open(tx)
        for state, count in still_open.items():
            OPEN.labels(state).set(count)
        return len(late) == BATCH
