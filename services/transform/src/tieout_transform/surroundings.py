"""What the rules need beside the record, and what a record waits for where that is missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.config_client import ConfigUnavailable
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import SettingsSnapshot
from tieout_transform.config import Config
from tieout_transform.store import companies
from tieout_transform.store.companies import CompanyKey
from tieout_transform.store.references import OrganisationKey, References


class Waits(Exception):
    """The record cannot be planned now; says in words what it waits for."""


class WaitsForSettings(Waits):
    """The settings that are known here are not the newest; reading them anew may help at once."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Settings and reference data as they stand when a batch is planned."""

    snapshots: Mapping[str, SettingsSnapshot]
    unavailable: str | None
    """Why there are no snapshots, where config-api gave none."""
    heard_versions: Mapping[CompanyKey, int]
    references: Mapping[OrganisationKey, LedgerReference]

    def settings_of(self, tenant_id: str, company_id: str) -> SettingsSnapshot:
        """The company's newest settings. `Waits` where there are none, or none as new as was heard of."""
        if self.unavailable is not None:
            raise Waits(self.unavailable)
        snapshot = self.snapshots.get(company_id)
        if snapshot is None or snapshot.tenant_id != tenant_id:
            raise WaitsForSettings(f"company {company_id} has no settings yet")
        heard = self.heard_versions.get((tenant_id, company_id), 0)
        if snapshot.version < heard:
            raise WaitsForSettings(f"settings version {heard} was announced but cannot be read yet")
        return snapshot

    def reference_of(self, snapshot: SettingsSnapshot) -> LedgerReference:
        """The reference data of the company's organisation; `Waits` where its ledger was not read yet."""
        organisation_id = snapshot.settings.organisation_id
        reference = self.references.get((snapshot.tenant_id, organisation_id))
        if reference is None:
            raise Waits(f"the ledger organisation {organisation_id} has not been read yet")
        return reference


class Outlook:
    """Reads the surroundings: settings from config-api, before a transaction; the rest in it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._references = References()

    async def settings(self) -> tuple[Mapping[str, SettingsSnapshot], str | None]:
        """The newest snapshots; or none, and why."""
        try:
            return await self._config.snapshots(), None
        except ConfigUnavailable as error:
            return {}, str(error)

    async def around(
        self,
        tx: AsyncConnection,
        keys: Collection[CompanyKey],
        snapshots: Mapping[str, SettingsSnapshot],
        unavailable: str | None,
        *,
        organisations: Collection[OrganisationKey] = (),
    ) -> Surroundings:
        """What is needed to plan for these companies, and of these organisations besides."""
        wanted = {
            (snapshot.tenant_id, snapshot.settings.organisation_id)
            for _, company_id in keys
            if (snapshot := snapshots.get(company_id)) is not None
        }
        return Surroundings(
            snapshots=snapshots,
            unavailable=unavailable,
            heard_versions=await companies.heard_versions(tx, keys),
            references=await self._references.newest(tx, wanted | set(organisations)),
        )
