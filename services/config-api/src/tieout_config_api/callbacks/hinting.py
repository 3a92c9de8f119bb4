"""From what a provider told to hints on the bus: one for each company that it is about."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid5

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.outbox import publish
from tieout_chassis.telemetry import REGISTRY
from tieout_config_api.callbacks.reading import Told
from tieout_config_api.store import callbacks
from tieout_config_api.store.callbacks import Door, Home
from tieout_contracts.events import MAX_CHANGED, ChangedResource, ChangeHinted

RECEIVED = Counter(
    "tieout_callbacks", "Callbacks of providers, by what became of them.", ["provider", "outcome"], registry=REGISTRY
)
"""hinted, nobody (verified, and about nobody here), unsigned, unreadable, waiting (for its key), unverified (its key
could not be had), busy, unknown (no such address)."""
_NAMES = UUID("6a0f6c7e-6d2c-4c1c-9a4f-5f0a1c7b3d52")


class Hinting:
    """Publishes through the outbox. The same body is the same event, so that a doubled callback is heard once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def hint(self, door: Door, told: Sequence[Told], body: bytes) -> bool:
        """Whether anybody here is concerned."""
        digest = hashlib.sha256(body).hexdigest()
        async with self._database.transaction() as tx:
            homes = await self._homes(tx, door, told)
            for home, changes in homes.items():
                event = ChangeHinted(
                    tenant_id=home.tenant_id,
                    company_id=home.company_id,
                    provider=door.provider,
                    connection_id=home.connection_id,
                    changed=tuple(_resource(each) for each in changes[:MAX_CHANGED]),
                    more=len(changes) > MAX_CHANGED,
                    hinted_at=self._clock.now(),
                )
                await publish(tx, event, event_id=uuid5(_NAMES, f"{door.connection_id}|{home.company_id}|{digest}"))
        RECEIVED.labels(door.provider, "hinted" if homes else "nobody").inc()
        return bool(homes)

    async def _homes(self, tx: AsyncConnection, door: Door, told: Sequence[Told]) -> dict[Home, list[Told]]:
        """ConnectWise's list is its connection's, so one of its companies hears for all."""
        found: defaultdict[Home, list[Told]] = defaultdict(list)
        if door.provider == "connectwise":
            if told and (home := await callbacks.company_of_connectwise(tx, door)):
                found[home] = list(told)
            return found
        organisations = {each.organisation for each in told}
        homes = await callbacks.companies_of_ledger(tx, door, organisations)
        for each in told:
            for home in homes.get(each.organisation, ()):
                found[home].append(each)
        return found


def _resource(told: Told) -> ChangedResource:
    return ChangedResource(resource=told.resource[:50], resource_id=told.resource_id)
