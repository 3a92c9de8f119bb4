"""The master data and documents that are served as they were loaded."""

import re
from dataclasses import dataclass

from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import Collection


@dataclass(frozen=True, slots=True)
class EntityKind:
    """One endpoint's records; ``path`` has ``{parentId}`` in it where they belong to a parent record."""

    path: str
    model: str
    singular: str
    callback_type: str | None = None

    @property
    def data_key(self) -> str:
        """The key of the data file, which writes ``{id}`` for the parent."""
        return self.path.replace("{parentId}", "{id}")

    @property
    def parent_path(self) -> str | None:
        """The endpoint of the parents, or None."""
        return self.path.partition("/{parentId}")[0] if "{parentId}" in self.path else None


INVOICES = "/finance/invoices"
COMPANIES = "/company/companies"

ENTITY_KINDS = (
    EntityKind(COMPANIES, "Company", "Company", "company"),
    EntityKind("/company/companies/{parentId}/sites", "CompanySite", "Site"),
    EntityKind("/company/contacts", "Contact", "Contact", "contact"),
    EntityKind(INVOICES, "Invoice", "Invoice", "invoice"),
    EntityKind("/finance/billingTerms", "BillingTerm", "BillingTerm"),
    EntityKind("/finance/billingStatuses", "BillingStatus", "BillingStatus"),
    EntityKind("/finance/taxCodes", "TaxCode", "TaxCode"),
    EntityKind("/finance/taxCodes/{parentId}/taxCodeLevels", "TaxCodeLevel", "TaxCodeLevel"),
    EntityKind("/finance/currencies", "Finance.Currency", "Currency"),
    EntityKind("/finance/agreements", "Agreement", "Agreement", "agreement"),
    EntityKind("/finance/agreements/{parentId}/additions", "Addition", "Addition"),
    EntityKind("/procurement/products", "ProductItem", "Product"),
    EntityKind("/procurement/catalog", "CatalogItem", "CatalogItem", "productcatalog"),
    EntityKind("/expense/paymentTypes", "PaymentType", "PaymentType"),
    EntityKind("/system/locations", "Location", "Location"),
    EntityKind("/system/members", "Member", "Member"),
    EntityKind("/expense/types", "ExpenseType", "ExpenseType"),
)
SYSTEM_INFO = "/system/info"
KIND_BY_DATA_KEY = {kind.data_key: kind for kind in ENTITY_KINDS}


class Entities:
    """All collections by kind, those of children by parent too."""

    def __init__(self) -> None:
        self.system_info: JsonObject = {}
        self._whole = {kind: _new(kind) for kind in ENTITY_KINDS if kind.parent_path is None}
        self._of_parent: dict[EntityKind, dict[int, Collection]] = {
            kind: {} for kind in ENTITY_KINDS if kind.parent_path is not None
        }

    def collection(self, kind: EntityKind, parent_id: int | None = None) -> Collection:
        """The records of a kind (of one parent); an empty collection where nothing was loaded."""
        if parent_id is None:
            return self._whole[kind]
        return self._of_parent[kind].setdefault(parent_id, _new(kind))

    def at(self, path: str) -> tuple[EntityKind, Collection]:
        """The collection behind a concrete path such as ``/company/companies/19/sites``. Raises ``ValueError``."""
        for kind in ENTITY_KINDS:
            pattern = re.escape(kind.path).replace(re.escape("{parentId}"), "([0-9]+)")
            if match := re.fullmatch(pattern, path):
                parent_id = int(match[1]) if match.groups() else None
                return kind, self.collection(kind, parent_id)
        raise ValueError(f"there are no records at {path!r}")

    def dumped(self) -> JsonObject:
        """The ``entities`` section of a data file."""
        section: JsonObject = {SYSTEM_INFO: self.system_info} if self.system_info else {}
        section |= {kind.data_key: records.dumped() for kind, records in self._whole.items()}
        for kind, parents in self._of_parent.items():
            section[kind.data_key] = {str(each): records.dumped() for each, records in parents.items() if len(records)}
        return section


def _new(kind: EntityKind) -> Collection:
    return Collection(kind.model, kind.singular)


def kind_at(path: str) -> EntityKind:
    """The kind served at a path template."""
    return next(kind for kind in ENTITY_KINDS if kind.path == path)
