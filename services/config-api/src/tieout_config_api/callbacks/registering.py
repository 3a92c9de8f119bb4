"""Keeps the callbacks registered in ConnectWise, connection by connection: what is missing is added, what ConnectWise
switched off after failures is switched on again. Callbacks of others are left alone."""

from datetime import timedelta
from uuid import uuid4

import structlog

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.callbacks.doors import address_of, new_door
from tieout_config_api.callbacks.reading import HINTED_TYPES
from tieout_config_api.callbacks.sites import Sites
from tieout_config_api.store import Row, callbacks
from tieout_config_api.vault import Vault
from tieout_contracts.problems import Problem, problem
from tieout_providers.connectwise import ConnectWise
from tieout_providers.errors import ProviderError

LEASE_S = 120.0
"""Longer than a check may take: a list and one call for each type."""
AGAIN_AFTER_FAILURE_S = 600.0
_log = structlog.get_logger(__name__)


class Registering:
    """`step` checks the door whose check is due longest. Copies share the doors by lease; the clock decides."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, sites: Sites, *, base_url: str, every_s: float
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._sites = sites
        self._base_url = base_url
        self._every_s = every_s

    async def step(self) -> bool:
        """Whether there was one; connections that have no door yet are given one first."""
        holder, now = uuid4(), self._clock.now()
        async with self._database.transaction() as tx:
            for connection in await callbacks.without_door(tx):
                await callbacks.add(tx, await new_door(self._vault, tx, connection, "connectwise", now))
            row = await callbacks.claim(tx, holder, now, LEASE_S)
        if row is None:
            return False
        found = await self._check(row)
        now = self._clock.now()
        next_s = self._every_s if found is None else min(AGAIN_AFTER_FAILURE_S, self._every_s)
        values = {
            "checked_at": now,
            "next_check_at": now + timedelta(seconds=next_s),
            "problem": None if found is None else found.model_dump(mode="json"),
        }
        async with self._database.transaction() as tx:
            await callbacks.checked(tx, row["connection_id"], holder, values)
        return True

    async def _check(self, row: Row) -> Problem | None:
        """What stands in the way, if anything."""
        try:
            site = await self._sites.of(row["connection_id"])
            if site is not None:
                await self._register(site, row)
        except ProviderError as error:
            _log.warning("callbacks not registered", connection=row["connection_id"], error=error.sentence)
            return problem("access.callbacks_not_registered", connection=row["connection_id"], reason=error.sentence)
        return None

    async def _register(self, site: ConnectWise, row: Row) -> None:
        address = address_of(self._base_url, row, self._vault)
        ours = {each.type: each for each in await site.callbacks() if each.url == address and each.type}
        for known in ours.values():
            if known.id is None:
                continue
            if not row["enabled"] or known.type not in HINTED_TYPES:
                await site.remove_callback(known.id)
            elif known.inactive_flag:
                await site.reactivate_callback(known.id)
        if row["enabled"]:
            for missing in sorted(HINTED_TYPES - ours.keys()):
                await site.add_callback(address, missing)
