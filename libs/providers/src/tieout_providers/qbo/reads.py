"""What QuickBooks Online answers, as tolerant read models: every field optional, enums as text."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_pascal

from tieout_providers.qbo.dates import DocumentDate, Instant
from tieout_providers.reading import READ_CONFIG, Many, Number


class QboModel(BaseModel):
    """PascalCase outside, snake_case inside."""

    model_config = ConfigDict(**READ_CONFIG, alias_generator=to_pascal)


class Ref(QboModel):
    """A reference: the other record's id, and sometimes its name. A bare text is an id (a home currency may be one)."""

    value: str | None = Field(default=None, alias="value")
    name: str | None = Field(default=None, alias="name")

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, given: Any) -> Any:
        return {"value": given} if isinstance(given, str) else given


class MetaData(QboModel):
    """When a record was made and last changed."""

    create_time: Instant = None
    last_updated_time: Instant = None


class Record(QboModel):
    """What all records have; `sync_token` rises with every change."""

    id: str | None = None
    sync_token: str | None = None
    meta_data: MetaData | None = None


class SalesItemDetail(QboModel):
    """A line's item. `item_account_ref` is the item's revenue account, where it is told."""

    item_ref: Ref | None = None
    item_account_ref: Ref | None = None
    qty: Number = None
    unit_price: Number = None
    tax_code_ref: Ref | None = None
    class_ref: Ref | None = None
    tax_inclusive_amt: Number = None


class Line(QboModel):
    """A line; subtotals come back as lines although nobody sent them."""

    id: str | None = None
    line_num: int | None = None
    description: str | None = None
    amount: Number = None
    detail_type: str | None = None
    sales_item_line_detail: SalesItemDetail | None = None


class TaxLineDetail(QboModel):
    """What one rate was applied to."""

    tax_rate_ref: Ref | None = None
    percent_based: bool | None = None
    tax_percent: Number = None
    net_amount_taxable: Number = None
    override_delta_amount: Number = None


class TaxLine(QboModel):
    """The tax of one rate."""

    amount: Number = None
    tax_line_detail: TaxLineDetail | None = None


class TxnTaxDetail(QboModel):
    """A document's tax."""

    txn_tax_code_ref: Ref | None = None
    total_tax: Number = None
    tax_line: Many[TaxLine] = ()


class LinkedTxn(QboModel):
    """Another transaction that this one is tied to, such as a payment."""

    txn_id: str | None = None
    txn_type: str | None = None


class Memo(QboModel):
    """A text in a `value`."""

    value: str | None = Field(default=None, alias="value")


class DeliveryInfo(QboModel):
    """That a document was sent."""

    delivery_type: str | None = None
    delivery_time: Instant = None


class Document(Record):
    """An invoice or a credit memo. A voided one has amounts of 0, the private note "Voided" and no status.

    `whole` is all of it as it was read: a full update empties what it does not send."""

    whole: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    doc_number: str | None = None
    txn_date: DocumentDate = None
    due_date: DocumentDate = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    exchange_rate: Number = None
    private_note: str | None = None
    customer_memo: Memo | None = None
    department_ref: Ref | None = None
    class_ref: Ref | None = None
    global_tax_calculation: str | None = None
    line: Many[Line] = ()
    txn_tax_detail: TxnTaxDetail | None = None
    linked_txn: Many[LinkedTxn] = ()
    total_amt: Number = None
    balance: Number = None
    remaining_credit: Number = None
    email_status: str | None = None
    delivery_info: DeliveryInfo | None = None
    status: str | None = Field(default=None, alias="status")

    @model_validator(mode="before")
    @classmethod
    def _keep_whole(cls, given: Any) -> Any:
        return {**given, "whole": given} if isinstance(given, Mapping) else given


class Email(QboModel):
    """An e-mail address."""

    address: str | None = None


class Phone(QboModel):
    """A telephone number."""

    free_form_number: str | None = None


class Address(QboModel):
    """A postal address."""

    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    line5: str | None = None
    city: str | None = None
    country: str | None = None
    country_sub_division_code: str | None = None
    postal_code: str | None = None


class Name(Record):
    """A customer, vendor or employee: their names are unique together. An inactive one's ends in " (deleted)"."""

    display_name: str | None = None
    active: bool | None = None


class Customer(Name):
    """A customer; a sub-customer has a parent."""

    fully_qualified_name: str | None = None
    company_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    primary_email_addr: Email | None = None
    primary_phone: Phone | None = None
    bill_addr: Address | None = None
    notes: str | None = None
    currency_ref: Ref | None = None
    parent_ref: Ref | None = None
    job: bool | None = None


class Vendor(Name):
    """A vendor."""


class Employee(Name):
    """An employee."""


class Named(Record):
    """A member of a list."""

    name: str | None = None
    active: bool | None = None


class Item(Named):
    """A product or service; `income_account_ref` is where its sales go."""

    fully_qualified_name: str | None = None
    sku: str | None = None
    description: str | None = None
    type: str | None = None
    income_account_ref: Ref | None = None
    track_qty_on_hand: bool | None = None
    taxable: bool | None = None
    sales_tax_code_ref: Ref | None = None


class Account(Named):
    """An account of the chart. `acct_num` is there only where the company numbers its accounts."""

    fully_qualified_name: str | None = None
    acct_num: str | None = None
    classification: str | None = None
    account_type: str | None = None
    account_sub_type: str | None = None
    currency_ref: Ref | None = None
    online_banking_enabled: bool | None = None


class TaxRateDetail(QboModel):
    """A rate's part in a tax code."""

    tax_rate_ref: Ref | None = None
    tax_type_applicable: str | None = None
    tax_order: int | None = None


class TaxRateList(QboModel):
    """The rates of a tax code, for sales or for purchases."""

    tax_rate_detail: Many[TaxRateDetail] = ()


class TaxCode(Named):
    """A tax code. In the United States TAX and NON stand on lines and the others on the document."""

    description: str | None = None
    taxable: bool | None = None
    tax_group: bool | None = None
    hidden: bool | None = None
    sales_tax_rate_list: TaxRateList | None = None
    purchase_tax_rate_list: TaxRateList | None = None


class EffectiveTaxRate(QboModel):
    """A rate for a time."""

    rate_value: Number = None
    effective_date: Instant = None
    end_date: Instant = None


class TaxRate(Named):
    """A tax rate in per cent."""

    description: str | None = None
    rate_value: Number = None
    effective_tax_rate: Many[EffectiveTaxRate] = ()
    special_tax_type: str | None = None
    display_type: str | None = None
    agency_ref: Ref | None = None


class Term(Named):
    """Payment terms."""

    type: str | None = None
    due_days: int | None = None
    day_of_month_due: int | None = None


class Tracked(Named):
    """A class or a department (which people see as a location)."""

    fully_qualified_name: str | None = None
    parent_ref: Ref | None = None


class CompanyCurrency(Named):
    """A currency that the company uses besides its own."""

    code: str | None = None


class ExchangeRate(QboModel):
    """A rate as of a day: units of the company's own currency for one of the source currency."""

    source_currency_code: str | None = None
    as_of_date: DocumentDate = None
    rate: Number = None


class NameValue(QboModel):
    """A setting that has no field of its own."""

    name: str | None = None
    value: str | None = None


class CompanyInfo(Record):
    """The company. `country` decides the tax regime and the character set."""

    company_name: str | None = None
    legal_name: str | None = None
    country: str | None = None
    supported_languages: str | None = None
    name_value: Many[NameValue] = ()

    def setting(self, name: str) -> str | None:
        """A setting by name, such as OfferingSku or SubscriptionStatus."""
        return next((each.value for each in self.name_value if each.name == name), None)


class AccountingPrefs(QboModel):
    """Account numbers, classes, departments, and up to when the books are closed."""

    use_account_numbers: bool | None = None
    track_departments: bool | None = None
    class_tracking_per_txn: bool | None = None
    class_tracking_per_txn_line: bool | None = None
    department_terminology: str | None = None
    book_close_date: DocumentDate = None


class SalesFormsPrefs(QboModel):
    """Whether documents keep the numbers that they are sent with."""

    custom_txn_numbers: bool | None = None
    auto_apply_credit: bool | None = None


class TaxPrefs(QboModel):
    """`partner_tax_enabled`: sales tax is automated."""

    using_sales_tax: bool | None = None
    partner_tax_enabled: bool | None = None
    tax_group_code_ref: Ref | None = None


class CurrencyPrefs(QboModel):
    """The company's own currency, and whether it uses others."""

    multi_currency_enabled: bool | None = None
    home_currency: Ref | None = None


class OtherPrefs(QboModel):
    """Preferences without a field of their own."""

    name_value: Many[NameValue] = ()


class Preferences(Record):
    """The company's preferences."""

    accounting_info_prefs: AccountingPrefs = AccountingPrefs()
    sales_forms_prefs: SalesFormsPrefs = SalesFormsPrefs()
    tax_prefs: TaxPrefs = TaxPrefs()
    currency_prefs: CurrencyPrefs = CurrencyPrefs()
    other_prefs: OtherPrefs = OtherPrefs()

    def setting(self, name: str) -> str | None:
        """A preference by name, such as WarnDuplicateBillNumber."""
        return next((each.value for each in self.other_prefs.name_value if each.name == name), None)
