"""A company's settings: an immutable, numbered snapshot. Each posting records the version that planned it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tieout_contracts.base import Contract
from tieout_contracts.documents import TargetStatus
from tieout_contracts.money import Amount

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""Tenants, companies and connections are named by short lower-case identifiers."""
OlderRecords = Literal["list", "batch_without_posting", "post"]


class Arming(Contract):
    """A new company captures and previews only; a person arms it with a go-live date."""

    armed: bool = False
    go_live: date | None = None
    older_records: OlderRecords = "list"


class AccountRule(Contract):
    """A ConnectWise account number posts to a ledger account; without a rule the number itself is used."""

    connectwise_account: str
    ledger_account: str


class TaxRule(Contract):
    """A ConnectWise tax code posts with a ledger tax code, on lines that it taxes."""

    connectwise_tax_code: str
    ledger_tax_code: str


class TaxSettings(Contract):
    mode: Literal["by_tax_flag", "by_tax_group"] = "by_tax_group"
    taxed: str | None = None
    """by_tax_flag: the ledger tax code of every taxed line."""
    rules: tuple[TaxRule, ...] = ()
    untaxed: str | None = None
    """The ledger tax code of a line that ConnectWise does not tax; which zero that is, only the company can say."""
    out_of_scope: str | None = None
    """The ledger tax code of rounding and adjustment lines."""


class AdjustmentSettings(Contract):
    item_code: str | None = None
    account: str
    limit: Amount = Field(default="0.50", validate_default=True)
    """The most that one adjustment line may carry, in the document's currency."""
    line_rule: Literal["rounding_line", "single_unit"] = "rounding_line"


class NonProductDefaults(Contract):
    """Items for lines without a product where none is mapped; absent means disabled (F218-F222)."""

    service: str | None = None
    expense: str | None = None
    agreement: str | None = None
    deferred_revenue: str | None = None


class CompanySettings(Contract):
    """What a bookkeeper decides for one company; `connectwise_locations` empty means every location."""

    name: str
    connectwise_connection: Identifier
    ledger_connection: Identifier
    ledger: Literal["xero", "qbo"] = "xero"
    organisation_id: str
    connectwise_locations: tuple[int, ...] = ()
    arming: Arming = Arming()
    accounts: tuple[AccountRule, ...] = ()
    tax: TaxSettings = TaxSettings()
    adjustment: AdjustmentSettings
    tracking_categories: tuple[str, ...] = ()
    """Names of the ledger's categories for the class segments, in order."""
    missing_tracking: Literal["warn", "refuse"] = "warn"
    non_product: NonProductDefaults = NonProductDefaults()
    missing_contact: Literal["warn", "refuse"] = "warn"
    invoice_status: TargetStatus = "approved"
    batch_when: Literal["posted", "approved"] = "posted"
    mismatched_draft: Literal["discard", "keep"] = "discard"
    unit_of_measure_in_text: bool = False
    warn_on_untaxed_line: bool = True
    batch_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,12}$")] = "TIE"


class SettingsSnapshot(Contract):
    tenant_id: Identifier
    company_id: Identifier
    version: int
    settings: CompanySettings
