"""The engine, put together: what a writer's `app` builds its handlers and loops from."""

from collections.abc import Iterable, Mapping

from tieout_chassis.budgets import Budgets
from tieout_chassis.handling import Handler
from tieout_contracts.events import (
    Event,
    LinksDecided,
    PostingPlanned,
    PreviewFinished,
    RecordCommanded,
    RecordPreviewed,
    RecordStaged,
)
from tieout_contracts.settings import SettingsSnapshot
from tieout_posting.announcing import announce_unanswered
from tieout_posting.companies import know_companies
from tieout_posting.cutover import links
from tieout_posting.cutover.comparisons import Comparisons
from tieout_posting.desk import Desk
from tieout_posting.intents import Intents
from tieout_posting.organisations import LEASE_KIND
from tieout_posting.retention import sweep
from tieout_posting.slices import Slices
from tieout_posting.toll import Tolls


class Engine:
    """One ledger's engine in one process."""

    def __init__(self, desk: Desk, budgets: Budgets) -> None:
        self.desk = desk
        self.intents = Intents(desk.ledger, desk.sealer, desk.options)
        self._comparisons = Comparisons(desk.sealer)
        self._slices = Slices(desk, Tolls(desk, budgets))

    @property
    def channel(self) -> str:
        """What wakes `serve`."""
        return self.desk.leases.channel(LEASE_KIND)

    def handlers(self) -> Mapping[type[Event], Handler]:
        """The bus side; a writer adds its own handler for changed settings."""
        return {
            PostingPlanned: self.intents.plan,
            RecordCommanded: self.intents.command,
            RecordStaged: self.intents.staged,
            RecordPreviewed: self._comparisons.previewed,
            PreviewFinished: self._comparisons.finished,
            LinksDecided: links.decided,
        }

    async def serve(self) -> bool:
        """One slice of one organisation; False when none is due. Any number may run side by side."""
        return await self._slices.step()

    async def take_in(self, snapshots: Iterable[SettingsSnapshot]) -> int:
        """The companies' settings; how many were new."""
        async with self.desk.database.transaction() as tx:
            return await know_companies(tx, self.desk.leases, self.desk.ledger, self.desk.options, snapshots)

    async def announce(self) -> bool:
        """One round of announcing again what was not answered."""
        return await announce_unanswered(self.desk)

    async def sweep(self) -> bool:
        """One round of retention."""
        return await sweep(self.desk)
