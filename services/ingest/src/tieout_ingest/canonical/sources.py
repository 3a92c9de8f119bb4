"""What a canonical record is made from, beside its GL transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tieout_contracts.money import Amount
from tieout_contracts.records import RecordKind, RecordRef
from tieout_providers.connectwise.models import (
    Addition,
    CatalogItem,
    Company,
    Contact,
    Invoice,
    ProductItem,
    Site,
    TaxCode,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One record of the unposted list, its rows put together.

    `seen` is a hash of what the list says of it: another one means that the record was opened and closed again.
    """

    record_id: int
    kind: RecordKind
    number: str
    invoice_type: str
    location_id: int
    seen: str
    location_name: str | None = None
    document_date: date | None = None
    total: Decimal | None = None
    currency: str | None = None
    closed_at: datetime | None = None
    bill_to_id: int | None = None

    @property
    def ref(self) -> RecordRef:
        return RecordRef(kind=self.kind, record_id=self.record_id)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that back-filling could not read. `source` is the table, `reason` says what would mend it."""

    source: str
    reason: str

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


AppliedKind = Literal["down_payment", "progress"]


class BilledLine(BaseModel):
    """What one line of a down payment or a progress invoice was billed with, without its text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    amount: Amount
    account: str | None
    gl_class: str | None
    item_code: str | None
    non_product_id: str | None
    tax_code: str | None
    taxable_levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What billed before what another document takes off again: its number, or several, and all of its lines."""

    number: str
    lines: tuple[BilledLine, ...]
    record_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Backfill:
    """What other tables of ConnectWise say about one record. All of it may be missing."""

    invoice: Invoice | None = None
    bill_to: Company | None = None
    ship_to: Company | None = None
    billing_contact: Contact | None = None
    """The document's own, where the export names one, else the company's."""
    company_contact: Contact | None = None
    """The company's billing contact, whoever the document names."""
    primary_contact: Contact | None = None
    billing_site: Site | None = None
    products: Mapping[int, ProductItem] = field(default_factory=dict)
    catalogue: Mapping[int, CatalogItem] = field(default_factory=dict)
    additions: tuple[Addition, ...] = ()
    tax_code: TaxCode | None = None
    """The document's tax code with its levels: which are flat amounts or have a ceiling."""
    earlier: Mapping[AppliedKind, Earlier] = field(default_factory=dict)
    """The documents that billed before what this one takes off."""
    gaps: tuple[Gap, ...] = ()

    def gap_of(self, *sources: str) -> Gap | None:
        """The first gap in one of these tables."""
        return next((gap for gap in self.gaps if gap.source in sources), None)
