"""What remains of a deleted tenant leaves every table of a service, some rows at a time.

Its key was destroyed before, so nothing sealed opens any more; this takes away the rest. Which tenants were deleted is
a state that config-api tells with the keys, not an event: a service that was away for a month forgets them, too.
"""

from collections.abc import Callable, Collection, Mapping

import sqlalchemy as sa
import structlog

from tieout_chassis.database import Database
from tieout_chassis.tables import dead_letter, outbox, set_aside
from tieout_contracts.envelope import TENANT

ROWS_AT_ONCE = 1_000
_log = structlog.get_logger(__name__)


class Forgetting:
    """Tables with a `tenant_id`, children first, and those that `hanging` gives a condition with `:tenant`; and the
    events of the tenant that are stored. `kept`: tables that stay, for a reason that their service tells."""

    def __init__(
        self,
        database: Database,
        deleted: Callable[[], Collection[str]],
        metadata: sa.MetaData,
        *,
        hanging: Mapping[str, str] | None = None,
        kept: Collection[str] = (),
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        self._database = database
        self._deleted = deleted
        self._rows_at_once = rows_at_once
        self._done: set[str] = set()
        conditions = hanging or {}
        self._tables = [
            (table, conditions[table.name]) for table in metadata.tables.values() if table.name in conditions
        ]
        own = [each for each in reversed(metadata.sorted_tables) if "tenant_id" in each.c and each.name not in kept]
        self._tables += [(each, "tenant_id = :tenant") for each in own if each.name not in conditions]
        of_tenant = f"headers ->> '{TENANT}' = :tenant"
        self._tables += [(each, of_tenant) for each in (outbox, dead_letter, set_aside)]

    async def step(self) -> bool:
        """One slice of one tenant; whether there may be more."""
        for tenant_id in sorted(set(self._deleted()) - self._done):
            if await self._slice(tenant_id):
                return True
            self._done.add(tenant_id)
            _log.info("nothing of a deleted tenant is left", tenant_id=tenant_id, service=self._database.service)
        return False

    async def _slice(self, tenant_id: str) -> bool:
        for table, condition in self._tables:
            some = f"ARRAY (SELECT ctid FROM {table.name} WHERE {condition} LIMIT {self._rows_at_once})"  # noqa: S608
            gone = sa.text(f"DELETE FROM {table.name} WHERE ctid = ANY ({some})")  # noqa: S608  (our own names)
            async with self._database.transaction() as tx:
                if (await tx.execute(gone, {"tenant": tenant_id})).rowcount:
                    return True
        return False
