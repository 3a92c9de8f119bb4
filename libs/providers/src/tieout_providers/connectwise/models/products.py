"""Products as billed and products as catalogued: where the unrounded prices are."""

from pydantic import Field

from tieout_providers.connectwise.models.references import ConnectWiseModel, InvoiceReference, Reference
from tieout_providers.reading import Number


class ProductItem(ConnectWiseModel):
    """A product on an invoice, order or agreement. `price` has more decimals than the GL export tells."""

    id: int | None = None
    catalog_item: Reference | None = None
    description: str | None = None
    customer_description: str | None = None
    sequence_number: Number = None
    quantity: Number = None
    quantity_cancelled: Number = None
    price: Number = None
    cost: Number = None
    ext_price: Number = None
    ext_cost: Number = None
    discount: Number = None
    agreement_amount: Number = None
    price_method: str | None = None
    billable_option: str | None = None
    unit_of_measure: Reference | None = None
    agreement: Reference | None = None
    invoice: InvoiceReference | None = None
    company: Reference | None = None
    location_id: int | None = None
    taxable_flag: bool | None = None
    tax_code: Reference | None = None
    cancelled_flag: bool | None = None
    product_class: str | None = None
    list_price: Number = None
    integration_xref: str | None = Field(default=None, alias="integrationXRef")


class CatalogItem(ConnectWiseModel):
    """A product of the catalogue. `identifier` may be longer than a ledger's item code."""

    id: int | None = None
    identifier: str | None = None
    description: str | None = None
    customer_description: str | None = None
    inactive_flag: bool | None = None
    product_class: str | None = None
    type: Reference | None = None
    category: Reference | None = None
    subcategory: Reference | None = None
    unit_of_measure: Reference | None = None
    price: Number = None
    cost: Number = None
    taxable_flag: bool | None = None
    integration_xref: str | None = Field(default=None, alias="integrationXRef")
