"""Invoices and credit memos, and the rows of those that wait to be posted."""

from pydantic import Field

from tieout_providers.connectwise.dates import PrintedDate
from tieout_providers.connectwise.models.references import (
    ConnectWiseModel,
    CurrencyReference,
    Reference,
    StatusReference,
)
from tieout_providers.reading import Number


class UnpostedInvoice(ConnectWiseModel):
    """A row of the unposted list. `billing_log_id` is the invoice's id; `id` is a key of the row and nothing else.

    An invoice may have several rows: take it once per `billing_log_id`.
    """

    id: int | None = None
    billing_log_id: int | None = None
    location_id: int | None = None
    location: Reference | None = None
    department_id: int | None = None
    department: Reference | None = None
    company: Reference | None = None
    account_number: str | None = None
    bill_to_company: Reference | None = None
    bill_to_site: Reference | None = None
    ship_to_company: Reference | None = None
    ship_to_site: Reference | None = None
    invoice_number: str | None = None
    invoice_date: PrintedDate = None
    invoice_type: str | None = None
    description: str | None = None
    billing_terms: Reference | None = None
    due_days: str | None = None
    due_date: PrintedDate = None
    currency: CurrencyReference | None = None
    sub_total: Number = None
    total: Number = None
    has_time: bool | None = None
    has_expenses: bool | None = None
    has_products: bool | None = None
    invoice_taxable_flag: bool | None = None
    tax_code: Reference | None = None
    avalara_tax_flag: bool | None = None
    item_taxable_flag: bool | None = None
    sales_tax_amount: Number = None
    state_tax_amount: Number = None
    state_tax_xref: str | None = None
    county_tax_amount: Number = None
    county_tax_xref: str | None = None
    city_tax_amount: Number = None
    city_tax_xref: str | None = None
    country_tax_amount: Number = None
    country_tax_xref: str | None = None
    composite_tax_amount: Number = None
    composite_tax_xref: str | None = None
    level_six_tax_amount: Number = None
    level_six_tax_xref: str | None = None
    created_by: str | None = None
    date_closed: str | None = None


class Invoice(ConnectWiseModel):
    """An invoice or credit memo (`type` CreditMemo). `gl_batch` is set once it was batched, by whomever."""

    id: int | None = None
    invoice_number: str | None = None
    type: str | None = None
    status: StatusReference | None = None
    company: Reference | None = None
    bill_to_company: Reference | None = None
    ship_to_company: Reference | None = None
    account_number: str | None = None
    apply_to_type: str | None = None
    apply_to_id: int | None = None
    attention: str | None = None
    billing_site: Reference | None = None
    billing_site_address_line1: str | None = None
    billing_site_address_line2: str | None = None
    billing_site_city: str | None = None
    billing_site_state: str | None = None
    billing_site_zip: str | None = None
    billing_site_country: str | None = None
    shipping_site: Reference | None = None
    shipping_site_address_line1: str | None = None
    shipping_site_address_line2: str | None = None
    shipping_site_city: str | None = None
    shipping_site_state: str | None = None
    shipping_site_zip: str | None = None
    shipping_site_country: str | None = None
    billing_terms: Reference | None = None
    reference: str | None = None
    customer_po: str | None = Field(default=None, alias="customerPO")
    date: PrintedDate = None
    due_date: PrintedDate = None
    location_id: int | None = None
    location: Reference | None = None
    department_id: int | None = None
    department: Reference | None = None
    territory: Reference | None = None
    top_comment: str | None = None
    bottom_comment: str | None = None
    taxable_flag: bool | None = None
    tax_code: Reference | None = None
    currency: CurrencyReference | None = None
    service_total: Number = None
    expense_total: Number = None
    product_total: Number = None
    previous_progress_applied: Number = None
    service_adjustment_amount: Number = None
    agreement_amount: Number = None
    downpayment_applied: Number = None
    remaining_downpayment: Number = None
    downpayment_previously_taxed_flag: bool | None = None
    subtotal: Number = None
    sales_tax: Number = None
    total: Number = None
    payments: Number = None
    credits: Number = None
    balance: Number = None
    closed_by: str | None = None
    special_invoice_flag: bool | None = None
    ticket: Reference | None = None
    project: Reference | None = None
    phase: Reference | None = None
    sales_order: Reference | None = None
    agreement: Reference | None = None
    gl_batch: Reference | None = None
    unbatched_batch: Reference | None = None
