"""Which company a record belongs to: the one that claims its billing location.

ConnectWise's owner levels are the nodes of its corporate structure, and a record bears one: its billing location. So
a location's id is the owner level's id, and nothing else routes: not the department, not the customer's territory.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tieout_contracts.problems import Problem, problem
from tieout_contracts.settings import SettingsSnapshot


@dataclass(frozen=True, slots=True)
class Unrouted:
    """No company may have the record; `why` says so."""

    why: Problem


class Routes:
    """The companies of one connection by location.

    No record can reach two ledgers: a location that two companies claim is nobody's. An empty list of locations
    claims them all, so beside another company of the same connection it claims twice.
    """

    def __init__(self, snapshots: Iterable[SettingsSnapshot]) -> None:
        self._companies = {snapshot.company_id: snapshot for snapshot in snapshots}

    @property
    def companies(self) -> Mapping[str, SettingsSnapshot]:
        """The companies of this connection."""
        return self._companies

    def claimants(self, location_id: int) -> tuple[SettingsSnapshot, ...]:
        """Every company that claims the location, by id."""
        found = (one for one in self._companies.values() if _claims(one, location_id))
        return tuple(sorted(found, key=lambda snapshot: snapshot.company_id))

    def company_of(
        self, number: str, location_id: int, location_name: str | None = None
    ) -> SettingsSnapshot | Unrouted:
        """The one company that claims the location. Decides every record's route."""
        location = f"{location_name} ({location_id})" if location_name else str(location_id)
        match self.claimants(location_id):
            case (only,):
                return only
            case ():
                return Unrouted(problem("capture.unrouted", number=number, location=location))
            case several:
                names = ", ".join(one.company_id for one in several)
                claimed = problem("capture.location_claimed_twice", number=number, location=location, companies=names)
                return Unrouted(claimed)

    def first(self) -> SettingsSnapshot | None:
        """The company under which an unrouted record is shown: the first one by id."""
        return self._companies[min(self._companies)] if self._companies else None


def _claims(snapshot: SettingsSnapshot, location_id: int) -> bool:
    settings = snapshot.settings
    locations = settings.connectwise_locations
    return settings.takes_records and (not locations or location_id in locations)
