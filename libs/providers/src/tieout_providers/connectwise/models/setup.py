"""Set-up tables and the facts about a site."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal

from tieout_providers.connectwise.dates import PrintedDate
from tieout_providers.connectwise.models.references import ConnectWiseModel, CurrencyReference, Reference
from tieout_providers.reading import READ_CONFIG, Many, Number

LEVELS = ("One", "Two", "Three", "Four", "Five", "Six")


class CompanyInfo(ConnectWiseModel):
    """The answer of discovery: which code base a login company lives on."""

    model_config = ConfigDict(**READ_CONFIG, alias_generator=to_pascal)

    company_name: str | None = None
    codebase: str | None = None
    version_code: str | None = None
    version_number: str | None = None
    company_id: str | None = Field(default=None, alias="CompanyID")
    is_cloud: bool | None = None


class LicenseBit(ConnectWiseModel):
    """A licensed part of the product."""

    name: str | None = None
    active_flag: bool | None = None


class SystemInfo(ConnectWiseModel):
    """The server's version, zone and licences."""

    version: str | None = None
    is_cloud: bool | None = None
    server_time_zone: str | None = None
    cloud_region: str | None = None
    license_bits: Many[LicenseBit] = ()

    def licensed(self, name: str) -> bool | None:
        """Whether a part such as GLInterface is licensed; None if the server does not say."""
        return next((bit.active_flag for bit in self.license_bits if bit.name == name), None)


class BillingTerm(ConnectWiseModel):
    """When an invoice is due. `terms_xref` is what an integration should do with it."""

    id: int | None = None
    name: str | None = None
    due_days: int | None = None
    terms_xref: str | None = None
    default_flag: bool | None = None


class BillingStatus(ConnectWiseModel):
    """A status of invoices; `closed_flag` makes them ready to be posted."""

    id: int | None = None
    name: str | None = None
    closed_flag: bool | None = None
    inactive_flag: bool | None = None
    sent_flag: bool | None = None
    default_flag: bool | None = None


class PaymentType(ConnectWiseModel):
    """What an expense was paid with. `company_flag`: by the company, not by its member."""

    id: int | None = None
    name: str | None = None
    company_flag: bool | None = None


class Currency(ConnectWiseModel):
    """A currency that the site knows."""

    id: int | None = None
    currency_identifier: str | None = None
    name: str | None = None
    symbol: str | None = None
    currency_code: Reference | CurrencyReference | str | None = None
    number_of_decimals: int | None = None


class TaxLevel(ConnectWiseModel):
    """One of the six fixed levels of a tax code. `rate` is percent or an amount, as `rate_type` says."""

    level: int
    rate: Number = None
    rate_type: str | None = None
    taxable_max: Number = None
    caption: str | None = None
    tax_code_xref: str | None = None
    agency_xref: str | None = None
    services_flag: bool | None = None
    expenses_flag: bool | None = None
    products_flag: bool | None = None


class TaxCode(ConnectWiseModel):
    """A tax code with those of its levels that say anything."""

    id: int | None = None
    identifier: str | None = None
    description: str | None = None
    invoice_caption: str | None = None
    country: Reference | None = None
    effective_date: PrintedDate = None
    cancel_date: PrintedDate = None
    default_flag: bool | None = None
    levels: Many[TaxLevel] = ()

    @model_validator(mode="before")
    @classmethod
    def _gather_levels(cls, row: Any) -> Any:
        if not isinstance(row, dict) or "levels" in row:
            return row
        levels = [_level(row, number, word) for number, word in enumerate(LEVELS, start=1)]
        return {**row, "levels": [level for level in levels if _says_anything(level)]}


class Location(ConnectWiseModel):
    """A location (owner level), by which invoices are assigned to a company of the ledger."""

    id: int | None = None
    name: str | None = None
    structure_level: Reference | None = None


class Member(ConnectWiseModel):
    """Who works at the MSP. Only what tells one from another is read: nothing of a person else."""

    id: int | None = None
    identifier: str | None = None
    inactive_flag: bool | None = None


class ExpenseType(ConnectWiseModel):
    """What an expense was for."""

    id: int | None = None
    name: str | None = None
    inactive_flag: bool | None = None


class AccountingPackageSetup(ConnectWiseModel):
    """How the site exports. Sales tax must be included, or there are no tax lines to tie out."""

    id: int | None = None
    accounting_package: Reference | None = None
    invoice_format: str | None = None
    include_invoices_flag: bool | None = None
    include_sales_tax_flag: bool | None = None
    enable_tax_groups_flag: bool | None = None
    zero_dollar_tax_amounts_flag: bool | None = None
    include_items_flag: bool | None = None
    include_cogs_entries_flag: bool | None = None


class Callback(ConnectWiseModel):
    """A registered callback."""

    id: int | None = None
    description: str | None = None
    url: str | None = None
    object_id: int | None = None
    type: str | None = None
    level: str | None = None
    payload_version: str | None = None
    inactive_flag: bool | None = None


class CallbackKey(ConnectWiseModel):
    """What signs callbacks. Its field is not written like all others."""

    signing_key: Annotated[str, Field(alias="signing_key", min_length=1, max_length=1000, repr=False)]


def _level(row: dict[str, Any], number: int, word: str) -> dict[str, Any]:
    prefix = f"level{word}"
    fields = {name[len(prefix) :]: value for name, value in row.items() if name.startswith(prefix)}
    return {"level": number} | {name[:1].lower() + name[1:]: value for name, value in fields.items()}


def _says_anything(level: dict[str, Any]) -> bool:
    rate = level.get("rate")
    has_rate = isinstance(rate, (int, Decimal)) and rate != 0
    return has_rate or bool(level.get("taxCodeXref")) or bool(level.get("caption"))
