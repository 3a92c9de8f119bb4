"""What remains of a deleted tenant leaves every table of a service, some rows at a time.

Its key was destroyed before, so nothing sealed opens any more; this takes away the rest. Which tenants were deleted is
a state that config-api tells with the keys, not an event: a service that was away for a month forgets them, too.

What was at work when the tenant was deleted may still write a row or two after the last one was taken out: it is looked
again, after waits that double up to an hour.
"""

from collections.abc import Callable, Collection, Mapping
from time import monotonic

import sqlalchemy as sa
import structlog

from tieout_chassis.database import Database
from tieout_chassis.tables import dead_letter, outbox, set_aside
from tieout_contracts.envelope import TENANT

ROWS_AT_ONCE = 1_000
LOOK_AGAIN_S = 5.0
LOOKS = 11
_log = structlog.get_logger(__name__)


class Forgetting:
    """Tables with a `tenant_id`, children first; before them those that `hanging` gives a condition with `:tenant`, by
    name, the chassis' among them; and the events of the tenant that are stored. `kept`: tables that stay, for a reason
    that their service tells."""

    def __init__(
        self,
        database: Database,
        deleted: Callable[[], Collection[str]],
        metadata: sa.MetaData,
        *,
        hanging: Mapping[str, str] | None = None,
        kept: Collection[str] = (),
        rows_at_once: int = ROWS_AT_ONCE,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._database = database
        self._deleted = deleted
        self._rows_at_once = rows_at_once
        self._now = now
        self._looks: dict[str, int] = {}
        self._look_at: dict[str, float] = {}
        conditions = hanging or {}
        self._tables = list(conditions.items())
        own = [each for each in reversed(metadata.sorted_tables) if "tenant_id" in each.c and each.name not in kept]
        self._tables += [(each.name, "tenant_id = :tenant") for each in own if each.name not in conditions]
        of_tenant = f"headers ->> '{TENANT}' = :tenant"
        self._tables += [(each.name, of_tenant) for each in (outbox, dead_letter, set_aside)]

    async def step(self) -> bool:
        """One slice of one tenant; whether there may be more."""
        for tenant_id in sorted(self._deleted()):
            if self._look_at.get(tenant_id, 0.0) > self._now():
                continue
            if await self._slice(tenant_id):
                return True
            self._looked(tenant_id)
        return False

    def _looked(self, tenant_id: str) -> None:
        looks = self._looks[tenant_id] = self._looks.get(tenant_id, 0) + 1
        wait_s = LOOK_AGAIN_S * 2 ** (looks - 1) if looks < LOOKS else float("inf")
        self._look_at[tenant_id] = self._now() + wait_s
        if looks == 1:
            _log.info("nothing of a deleted tenant is left", tenant_id=tenant_id, service=self._database.service)

    async def _slice(self, tenant_id: str) -> bool:
        for table, condition in self._tables:
            some = f"ARRAY (SELECT ctid FROM {table} WHERE {condition} LIMIT {self._rows_at_once})"  # noqa: S608
            gone = sa.text(f"DELETE FROM {table} WHERE ctid = ANY ({some})")  # noqa: S608  (our own names)
            async with self._database.transaction() as tx:
                if (await tx.execute(gone, {"tenant": tenant_id})).rowcount:
                    return True
        return False
