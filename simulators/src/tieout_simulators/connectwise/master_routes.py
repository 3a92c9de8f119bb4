"""Discovery, system info, and every list of master data."""

from starlette.responses import Response

from tieout_simulators.connectwise.entities import ENTITY_KINDS, SYSTEM_INFO, EntityKind
from tieout_simulators.connectwise.errors import record_missing
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.reading import API_PREFIX, Listing, id_in, record_answer
from tieout_simulators.connectwise.records import Collection, Record
from tieout_simulators.connectwise.site import Site
from tieout_simulators.frame.provider import ProviderCall, ProviderRoute, json_answer

COMPANY_INFO = "/login/companyinfo/{companyId}"


class MasterRoutes:
    """What is read and never written through the API here."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def discovery_routes(self) -> list[ProviderRoute]:
        """What a client asks first, without credentials."""
        return [ProviderRoute("GET", COMPANY_INFO, self._company_info)]

    def routes(self) -> list[ProviderRoute]:
        """System info and the lists of ``ENTITY_KINDS``."""
        listings = [Listing(kind.path, SourceOf(self._site, kind)) for kind in ENTITY_KINDS]
        return [
            ProviderRoute("GET", API_PREFIX + SYSTEM_INFO, self._system_info),
            *(route for listing in listings for route in listing.routes()),
        ]

    def _company_info(self, call: ProviderCall) -> Response:
        """What a client reads first, without credentials; null for an unknown company."""
        settings = self._site.settings
        if call.path_params["companyId"].lower() != settings.company_id.lower():
            return json_answer(None)
        return json_answer(
            {
                "CompanyName": settings.company_name or settings.company_id,
                "Codebase": settings.codebase,
                "VersionCode": f"v{settings.api_version}",
                "VersionNumber": settings.version,
                "CompanyID": settings.company_id,
                "IsCloud": str(self._info()["isCloud"]),
            }
        )

    def _system_info(self, call: ProviderCall) -> Response:
        return record_answer(Record(self._info(), self._site.clock.now()), call)

    def _info(self) -> JsonObject:
        defaults = {"version": self._site.settings.version, "isCloud": False, "serverTimeZone": "GMT Standard Time"}
        return {**defaults, **self._site.entities.system_info}


class SourceOf:
    """Finds the collection of a kind that a call means. The parent must be there."""

    def __init__(self, site: Site, kind: EntityKind) -> None:
        self._site = site
        self._kind = kind

    def __call__(self, call: ProviderCall) -> Collection:
        parent_path = self._kind.parent_path
        if parent_path is None:
            return self._site.entities.collection(self._kind)
        parent_id = id_in(call, "parentId")
        _, parents = self._site.entities.at(parent_path)
        if parent_id not in parents:
            raise record_missing(parents.singular, parent_id)
        return self._site.entities.collection(self._kind, parent_id)
