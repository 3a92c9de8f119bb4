"""Agreements and their additions: the unrounded and prorated prices of what is billed every month."""

from tieout_providers.connectwise.dates import PrintedDate
from tieout_providers.connectwise.models.references import ConnectWiseModel, CurrencyReference, Reference
from tieout_providers.reading import Number


class Agreement(ConnectWiseModel):
    """An agreement, as far as its invoices depend on it."""

    id: int | None = None
    name: str | None = None
    type: Reference | None = None
    company: Reference | None = None
    parent_agreement: Reference | None = None
    bill_to_company: Reference | None = None
    bill_to_contact: Reference | None = None
    bill_to_site: Reference | None = None
    billing_terms: Reference | None = None
    tax_code: Reference | None = None
    taxable: bool | None = None
    currency: CurrencyReference | None = None
    start_date: PrintedDate = None
    end_date: PrintedDate = None
    bill_amount: Number = None
    prorate_flag: bool | None = None
    agreement_status: str | None = None


class Addition(ConnectWiseModel):
    """A product that an agreement bills. `prorate_price` is the price for a part of a period."""

    id: int | None = None
    agreement_id: int | None = None
    product: Reference | None = None
    description: str | None = None
    invoice_description: str | None = None
    quantity: Number = None
    less_included: Number = None
    billed_quantity: Number = None
    unit_price: Number = None
    unit_cost: Number = None
    ext_price: Number = None
    prorate_price: Number = None
    extended_prorate_price: Number = None
    prorate_current_period_flag: bool | None = None
    bill_customer: str | None = None
    effective_date: PrintedDate = None
    cancelled_date: PrintedDate = None
    taxable_flag: bool | None = None
    sequence_number: Number = None
    agreement_status: str | None = None
