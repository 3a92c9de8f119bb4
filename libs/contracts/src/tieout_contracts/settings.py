"""A company's settings: an immutable, numbered snapshot. Each posting records the version that planned it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from tieout_contracts.base import Contract
from tieout_contracts.documents import ContactPolicies, TargetStatus
from tieout_contracts.expense_settings import ExpenseSettings
from tieout_contracts.families import Family
from tieout_contracts.money import Amount
from tieout_contracts.pay_links import PayLinkTemplate
from tieout_contracts.records import RecordKind

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""Tenants, companies and connections are named by short lower-case identifiers."""
OlderRecords = Literal["list", "batch_without_posting", "post"]
SyncWhen = Literal["automatic", "on_request"]


class KindArming(Contract):
    """How one kind of record goes live, where it does so otherwise than the rest; None: as the rest."""

    kind: RecordKind
    go_live: date | None = None
    older_records: OlderRecords | None = None


def _each_once(kinds: tuple[KindArming, ...]) -> tuple[KindArming, ...]:
    if len({each.kind for each in kinds}) < len(kinds):
        raise ValueError("name each kind of record once")
    return kinds


KindsArmed = Annotated[tuple[KindArming, ...], AfterValidator(_each_once)]


class Arming(Contract):
    """A new company captures and previews only; a person arms it with a go-live date.

    `older_records`: what becomes of unposted records from before that date. list: shown and left alone.
    batch_without_posting: closed in ConnectWise, with nothing made in the ledger. post: as all others.
    """

    armed: bool = False
    go_live: date | None = None
    older_records: OlderRecords = "list"
    kinds: KindsArmed = ()

    def of(self, kind: RecordKind) -> "Arming":
        """What holds for records of one kind."""
        own = next((each for each in self.kinds if each.kind == kind), None)
        if own is None:
            return self
        older = own.older_records or self.older_records
        return Arming(armed=self.armed, go_live=own.go_live or self.go_live, older_records=older)


class LineConditions(Contract):
    """Which lines a rule is for: those that meet every condition that is set.

    Of several rules that fit, the most specific wins (K3), an account's and a tracking category's each for itself. The
    conditions stand here from the narrowest to the widest: a rule with a narrower one is more specific, whatever else
    it names.
    """

    item_code: str | None = None
    subcategory: str | None = None
    """ConnectWise's product subcategory, by name."""
    gl_class: str | None = None
    """The class segments of the GL entry, or their beginning: `Sydney` fits `Sydney:Managed`, which is narrower."""
    gl_type: str | None = None
    connectwise_location: int | None = None
    connectwise_account: str | None = None


class AccountRule(LineConditions):
    """Lines post to a ledger account; without a rule ConnectWise's own account number is used."""

    ledger_account: str


class TrackingRule(LineConditions):
    """Lines bear an option of one tracking category; without a rule the class segment names it (K1).

    The option `[Lookup]` stands for the document's sales representative (K4).
    """

    category: str
    option: str


class SalesRepresentativeRule(Contract):
    """The tracking option of a sales representative, named as the GL export names him, by id or by name (K4)."""

    sales_representative: str
    option: str


ZeroReason = Literal["reverse_charge", "export", "zero_rated", "exempt", "out_of_scope"]
"""Why a line bears no tax. All make 0.00, and each stands elsewhere on a return."""


class TaxRule(Contract):
    """A ConnectWise tax code posts with a ledger tax code, on lines that it taxes."""

    connectwise_tax_code: str
    ledger_tax_code: str
    reason: ZeroReason | None = None
    """Why the code makes no tax, where it makes none; said in the explanation."""


class ZeroRule(Contract):
    """The ledger tax code of lines that ConnectWise does not tax, and why they bear none.

    A rule fits where all its conditions hold. The most specific wins; its conditions stand here from the narrowest to
    the widest.
    """

    reason: ZeroReason
    ledger_tax_code: str
    item_code: str | None = None
    gl_type: str | None = None
    connectwise_tax_code: str | None = None
    """The tax code of the line, else of the document: a customer abroad has another one than one at home."""
    customer_taxable: bool | None = None
    """Whether the document is taxed at all: a taxed customer's exempt product is not an exempt customer."""


class LevelRule(Contract):
    """Lines taxed at exactly these ConnectWise tax levels, by their codes, post with one ledger tax code."""

    connectwise_levels: tuple[str, ...]
    ledger_tax_code: str


TaxModeOfCompany = Literal["by_tax_flag", "by_tax_group", "by_tax_level", "gl_entries"]


class TaxSettings(Contract):
    """How ConnectWise's tax becomes the ledger's (K8 to K11). Codes are mapped, never created and never guessed."""

    mode: TaxModeOfCompany = "by_tax_group"
    """by_tax_flag: one code for every taxed line. by_tax_group: by the line's or document's tax code. by_tax_level: by
    the levels that tax the line. gl_entries: tax is posted as lines of its own, from ConnectWise's sales tax entries,
    and the ledger computes none: not where tax must reach a return."""
    taxed: str | None = None
    """by_tax_flag: the ledger tax code of every taxed line."""
    rules: tuple[TaxRule, ...] = ()
    levels: tuple[LevelRule, ...] = ()
    """by_tax_level: the ledger tax code of each combination of levels that occurs."""
    levels_as_lines: tuple[str, ...] = ()
    """by_tax_level: codes of levels whose tax the ledger cannot compute (a flat amount, a capped base, tax on tax).
    Their tax is posted as lines, the other levels' by rate."""
    lines_account: str | None = None
    """The ledger account of tax lines; none means the account of the sales tax entry itself. Never a system account."""
    lines_tax_code: str | None = None
    """The ledger tax code of 0 % of tax lines and, with gl_entries, of every line; none means `out_of_scope`."""
    untaxed: str | None = None
    """The ledger tax code of a line that ConnectWise does not tax and no rule in `zeros` fits; none means refused."""
    zeros: tuple[ZeroRule, ...] = ()
    out_of_scope: str | None = None
    """The ledger tax code of rounding and adjustment lines."""
    automated: Literal["refuse", "tax_lines", "ledger_tax", "override"] = "refuse"
    """What becomes of documents where the ledger finds the sales tax itself (Automated Sales Tax) and would replace
    ConnectWise's. ledger_tax: the ledger's own tax stands, and a document on which it is not ConnectWise's to the cent
    is taken back and refused. override: ConnectWise's tax is sent in its stead; nothing is posted so before one
    approved document proved that the ledger keeps it. Tax lines keep that tax to the cent and leave the ledger's own
    sales tax report without it: choose them only when whoever files the return has agreed."""
    cents: Literal["on_tax", "on_adjustment"] = "on_tax"
    """Where the cents go by which ConnectWise and the ledger round tax differently: onto the tax itself, or onto the
    adjustment line, for a ledger that does not keep the tax that it is sent."""
    avalara: Literal["refuse", "tax_lines"] = "refuse"
    """What becomes of documents whose tax Avalara computed. Tax lines keep that tax to the cent; choose them only where
    the ledger does not file through Avalara itself, or the tax would be filed twice."""


class AdjustmentSettings(Contract):
    item_code: str | None = None
    account: str
    limit: Amount = Field(default=Decimal("0.50"))
    """The most that one adjustment line may carry, in the document's currency."""
    line_rule: Literal["rounding_line", "single_unit"] = "rounding_line"


class NonProductDefaults(Contract):
    """Items for lines without a product where none is mapped (F218-F222).

    Each has a tick of its own, so that it can be switched off and keeps its code; one without a code is off.
    """

    service: str | None = None
    expense: str | None = None
    agreement: str | None = None
    deferred_revenue: str | None = None
    service_enabled: bool = True
    expense_enabled: bool = True
    agreement_enabled: bool = True
    deferred_revenue_enabled: bool = True


ClassSegment = Literal["tracking", "non_product_id", "ignored"]


class DefaultSync(Contract):
    """Which families a Sync All takes (F129). A run of one family takes it all the same."""

    invoices: bool = True
    procurement: bool = True
    expenses: bool = True
    payments: bool = True

    def takes(self, family: Family) -> bool:
        return bool(getattr(self, family))


class CompanySettings(Contract):
    """What a bookkeeper decides for one company.

    `connectwise_locations` are billing locations, which ConnectWise also calls owner levels: any number of them post
    to one company, and each to one only. Empty means every location.
    """

    name: str
    connectwise_connection: Identifier
    ledger_connection: Identifier
    ledger: Literal["xero", "qbo"] = "xero"
    organisation_id: str
    connectwise_locations: tuple[int, ...] = ()
    takes_records: bool = True
    """False: no location is this company's any more; what it holds already is finished. So its last location can be
    given to another company."""
    sync: SyncWhen = "automatic"
    """automatic: what is unposted is taken by itself, and by any run. on_request: only by a run that names the company
    (F113)."""
    default_sync: DefaultSync = DefaultSync()
    arming: Arming = Arming()
    accounts: tuple[AccountRule, ...] = ()
    tax: TaxSettings = TaxSettings()
    adjustment: AdjustmentSettings
    tracking_categories: tuple[str, ...] = ()
    """Names of the ledger's categories for the class segments, in order."""
    tracking_rules: tuple[TrackingRule, ...] = ()
    class_segments: tuple[ClassSegment, ...] = ("tracking", "tracking", "non_product_id")
    """What each segment of type Class holds, as the accounting package in ConnectWise is set up (K1)."""
    sales_representatives: tuple[SalesRepresentativeRule, ...] = ()
    missing_tracking: Literal["warn", "refuse"] = "warn"
    non_product: NonProductDefaults = NonProductDefaults()
    missing_contact: Literal["warn", "refuse"] = "warn"
    contact_fields: ContactPolicies = ContactPolicies()
    contact_account_number: Literal["account_number", "identifier", "off"] = "account_number"
    """What a contact's account number holds: ConnectWise's account number, its company identifier (F63), or nothing of
    ours."""
    invoice_status: TargetStatus = "approved"
    batch_when: Literal["posted", "approved"] = "posted"
    mismatched_draft: Literal["discard", "keep"] = "discard"
    invoice_detail: Literal["standard", "summary", "detailed"] = "standard"
    """What ConnectWise makes lines of where an invoice bills time (K12): one for each GL mapping, one for each ticket,
    or one for each time entry with its notes. Holds for records that are captured from then on."""
    unit_of_measure_in_text: bool = False
    post_items: bool = True
    """Whether lines name items, which are created when missing; some ledgers are kept without any."""
    long_item_codes: Literal["shorten", "refuse"] = "shorten"
    """What becomes of a product code that is longer than the ledger takes (K20)."""
    terms_past_month_end: Literal["clamp", "overflow"] = "clamp"
    """The day of terms like `M+1:D30` in a shorter month: its last day, or so many days into the next one (K14)."""
    warn_on_untaxed_line: bool = True
    pay_link: PayLinkTemplate | None = None
    """Where customers pay: what invoices bear, with `{number}`, `{total}` and `{currency}` filled in (F246)."""
    expenses: ExpenseSettings = ExpenseSettings()
    """What is kept for expenses; nothing is posted by it yet."""
    batch_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,12}$")] = "TIE"

    @field_validator("pay_link")
    @classmethod
    def _ledger_takes_it(cls, template: str | None, known: ValidationInfo) -> str | None:
        if template and known.data.get("ledger") == "xero" and "xero" in template.casefold():
            raise ValueError("Xero takes no address with the word xero in it")
        return template


class SettingsSnapshot(Contract):
    tenant_id: Identifier
    company_id: Identifier
    version: int
    settings: CompanySettings


class SettingsVersions(Contract):
    """Which settings hold for each company, by company id: what a service compares with those that it has."""

    versions: dict[str, str]


class SettingsSnapshots(Contract):
    snapshots: tuple[SettingsSnapshot, ...]
    versions: dict[str, str] = Field(default_factory=dict)
    """Those of these snapshots: they may have changed since versions were asked for."""
