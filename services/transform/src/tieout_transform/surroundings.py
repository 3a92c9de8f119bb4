"""What the rules need beside the record, and what a record waits for where that is missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import SettingsSnapshot
from tieout_transform.store.companies import CompanyKey
from tieout_transform.store.plannings import Planning
from tieout_transform.store.references import OrganisationKey


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

    def settings_of(self, row: Planning) -> SettingsSnapshot:
        """The company's newest settings. `Waits` where there are none, or none as new as was heard of."""
        if self.unavailable is not None:
            raise Waits(self.unavailable)
        snapshot = self.snapshots.get(row.company_id)
        if snapshot is None or snapshot.tenant_id != row.tenant_id:
            raise WaitsForSettings(f"company {row.company_id} has no settings yet")
        heard = self.heard_versions.get((row.tenant_id, row.company_id), 0)
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
