"""What Xero answers, as tolerant read models: every field optional, enums as text, unknown fields ignored."""

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from tieout_providers.reading import READ_CONFIG, Many, Number
from tieout_providers.xero.dates import DocumentDate, Instant


class XeroModel(BaseModel):
    """PascalCase outside, snake_case inside."""

    model_config = ConfigDict(**READ_CONFIG, alias_generator=to_pascal)


class Tracking(XeroModel):
    """A line's option in one tracking category."""

    tracking_category_id: str | None = Field(default=None, alias="TrackingCategoryID")
    tracking_option_id: str | None = Field(default=None, alias="TrackingOptionID")
    name: str | None = None
    option: str | None = None


class Line(XeroModel):
    """A line as Xero keeps it; `unit_amount` has four places only where the call asked for `unitdp=4`."""

    line_item_id: str | None = Field(default=None, alias="LineItemID")
    description: str | None = None
    quantity: Number = None
    unit_amount: Number = None
    line_amount: Number = None
    item_code: str | None = None
    account_code: str | None = None
    account_id: str | None = Field(default=None, alias="AccountID")
    tax_type: str | None = None
    tax_amount: Number = None
    discount_rate: Number = None
    discount_amount: Number = None
    tracking: Many[Tracking] = ()


class ContactName(XeroModel):
    """A document's contact."""

    contact_id: str | None = Field(default=None, alias="ContactID")
    contact_number: str | None = None
    name: str | None = None


class Document(XeroModel):
    """An invoice or a credit note; `type` tells which. `total` may differ from the lines by up to 0.10 unexplained."""

    id: str | None = Field(default=None, validation_alias=AliasChoices("InvoiceID", "CreditNoteID"))
    number: str | None = Field(default=None, validation_alias=AliasChoices("InvoiceNumber", "CreditNoteNumber"))
    type: str | None = None
    status: str | None = None
    contact: ContactName | None = None
    date: DocumentDate = None
    due_date: DocumentDate = None
    reference: str | None = None
    url: str | None = None
    currency_code: str | None = None
    currency_rate: Number = None
    line_amount_types: str | None = None
    line_items: Many[Line] = ()
    sub_total: Number = None
    total_tax: Number = None
    total: Number = None
    total_discount: Number = None
    rounding_amount: Number = None
    amount_due: Number = None
    amount_paid: Number = None
    amount_credited: Number = None
    remaining_credit: Number = None
    fully_paid_on_date: DocumentDate = None
    sent_to_contact: bool | None = None
    has_attachments: bool | None = None
    updated: Instant = Field(default=None, alias="UpdatedDateUTC")


class Address(XeroModel):
    """A contact's address."""

    address_type: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    address_line4: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    attention_to: str | None = None


class Phone(XeroModel):
    """A contact's telephone number; people write it in one part or in three."""

    phone_type: str | None = None
    phone_number: str | None = None
    phone_area_code: str | None = None
    phone_country_code: str | None = None


class ContactPerson(XeroModel):
    """A further person of a contact; five at most."""

    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    include_in_emails: bool | None = None


class Contact(XeroModel):
    """A contact. One that was merged points to the contact that took its place."""

    contact_id: str | None = Field(default=None, alias="ContactID")
    contact_number: str | None = None
    account_number: str | None = None
    contact_status: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    tax_number: str | None = None
    company_number: str | None = None
    default_currency: str | None = None
    addresses: Many[Address] = ()
    phones: Many[Phone] = ()
    contact_persons: Many[ContactPerson] = ()
    is_customer: bool | None = None
    is_supplier: bool | None = None
    merged_to_contact_id: str | None = Field(default=None, alias="MergedToContactID")
    updated: Instant = Field(default=None, alias="UpdatedDateUTC")


class ItemPrice(XeroModel):
    """An item's price and coding on one side."""

    unit_price: Number = None
    account_code: str | None = None
    tax_type: str | None = None


class Item(XeroModel):
    """An item. Stock of a tracked one is Xero's business."""

    item_id: str | None = Field(default=None, alias="ItemID")
    code: str | None = None
    name: str | None = None
    description: str | None = None
    is_sold: bool | None = None
    is_purchased: bool | None = None
    is_tracked_as_inventory: bool | None = None
    sales_details: ItemPrice | None = None
    purchase_details: ItemPrice | None = None
    updated: Instant = Field(default=None, alias="UpdatedDateUTC")


class Account(XeroModel):
    """An account of the chart. `system_account` marks those that Xero needs, such as ROUNDING."""

    account_id: str | None = Field(default=None, alias="AccountID")
    code: str | None = None
    name: str | None = None
    type: str | None = None
    account_class: str | None = Field(default=None, alias="Class")
    status: str | None = None
    tax_type: str | None = None
    system_account: str | None = None
    currency_code: str | None = None
    enable_payments_to_account: bool | None = None
    updated: Instant = Field(default=None, alias="UpdatedDateUTC")


class TaxComponent(XeroModel):
    """A part of a tax rate, in percent."""

    name: str | None = None
    rate: Number = None
    is_compound: bool | None = None
    is_non_recoverable: bool | None = None


class TaxRate(XeroModel):
    """A tax rate; rates are percent. The flags tell to which classes of accounts it may apply."""

    name: str | None = None
    tax_type: str | None = None
    status: str | None = None
    report_tax_type: str | None = None
    effective_rate: Number = None
    display_tax_rate: Number = None
    tax_components: Many[TaxComponent] = ()
    can_apply_to_assets: bool | None = None
    can_apply_to_equity: bool | None = None
    can_apply_to_expenses: bool | None = None
    can_apply_to_liabilities: bool | None = None
    can_apply_to_revenue: bool | None = None


class TrackingOption(XeroModel):
    """An option of a tracking category."""

    tracking_option_id: str | None = Field(default=None, alias="TrackingOptionID")
    name: str | None = None
    status: str | None = None


class TrackingCategory(XeroModel):
    """A tracking category; an organisation has at most two active ones."""

    tracking_category_id: str | None = Field(default=None, alias="TrackingCategoryID")
    name: str | None = None
    status: str | None = None
    options: Many[TrackingOption] = ()


class Currency(XeroModel):
    """A currency that the organisation subscribes to."""

    code: str | None = None
    description: str | None = None


class Organisation(XeroModel):
    """The organisation. Documents dated on or before a lock date are refused."""

    organisation_id: str | None = Field(default=None, alias="OrganisationID")
    name: str | None = None
    base_currency: str | None = None
    country_code: str | None = None
    timezone: str | None = None
    period_lock_date: DocumentDate = None
    end_of_year_lock_date: DocumentDate = None
    default_sales_tax: str | None = None
    sales_tax_basis: str | None = None
    plan: str | None = Field(default=None, alias="Class")
    short_code: str | None = None
    is_demo_company: bool | None = None
    organisation_status: str | None = None


class Action(XeroModel):
    """Something that the organisation's plan may allow, such as CreateApprovedInvoice."""

    name: str | None = None
    status: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.status == "ALLOWED"


class Connection(BaseModel):
    """An organisation that a consent covers; `tenant_id` is the id that every call names."""

    model_config = ConfigDict(**READ_CONFIG)

    id: str | None = None
    tenant_id: str | None = Field(default=None, alias="tenantId")
    tenant_type: str | None = Field(default=None, alias="tenantType")
    tenant_name: str | None = Field(default=None, alias="tenantName")
    auth_event_id: str | None = Field(default=None, alias="authEventId")
    created: Instant = Field(default=None, alias="createdDateUtc")
    updated: Instant = Field(default=None, alias="updatedDateUtc")
