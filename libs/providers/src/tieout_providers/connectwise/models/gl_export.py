"""The GL export: what ConnectWise hands to an accounting package for each document, entry by entry.

Signs and units are ConnectWise's own: a sale's header total is positive and its details negative; `tax_group_rate`
and a detail's `tax_rate` are fractions, `tax_rate_percent` and a customer's rates are percent.
"""

from dataclasses import dataclass
from typing import Any

from tieout_providers.connectwise.dates import PrintedDate
from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.connectwise.models.references import ConnectWiseModel, CurrencyReference, Reference
from tieout_providers.errors import Unreadable
from tieout_providers.reading import Many, Number, Rows, read_rows


class GLTaxLevel(ConnectWiseModel):
    """One tax level of a document (amounts, xref), a line (flag) or a customer (rate in percent)."""

    tax_level: int | None = None
    tax_amount: Number = None
    taxable_amount: Number = None
    tax_code_xref: str | None = None
    taxable_flag: bool | None = None
    tax_rate: Number = None
    agency_xref: str | None = None


class GLDetail(ConnectWiseModel):
    """One GL entry of a document: a line, or a sales tax line (`gl_type_id` ST). `id` is its GL entry rec id."""

    id: int | None = None
    document_date: PrintedDate = None
    document_type: str | None = None
    account_number: str | None = None
    gl_class: str | None = None
    gl_type_id: str | None = None
    gl_item_id: str | None = None
    invoice_summary_option: str | None = None
    cost: Number = None
    sales_code: str | None = None
    memo: str | None = None
    description: str | None = None
    quantity: Number = None
    total: Number = None
    currency: CurrencyReference | None = None
    time_entry: Reference | None = None
    cost_account_number: str | None = None
    inventory_account_number: str | None = None
    product_account_number: str | None = None
    tax_code: Reference | None = None
    tax_code_xref: str | None = None
    tax_agency_xref: str | None = None
    tax_note: str | None = None
    tax_rate: Number = None
    tax_rate_percent: Number = None
    taxable_flag: bool | None = None
    taxable2_flag: bool | None = None
    taxable3_flag: bool | None = None
    taxable4_flag: bool | None = None
    taxable5_flag: bool | None = None
    item: Reference | None = None
    product: Reference | None = None
    item_taxable_flag: bool | None = None
    item_price: Number = None
    item_cost: Number = None
    item_description: str | None = None
    sales_description: str | None = None
    unit_of_measure: Reference | None = None
    sub_category: Reference | None = None
    serialized_flag: bool | None = None
    serial_numbers: str | None = None
    drop_shipped_flag: bool | None = None
    item_type_xref: str | None = None
    uom_schedule_xref: str | None = None
    location_xref: str | None = None
    tax_levels: Many[GLTaxLevel] = ()


class GLTransaction(ConnectWiseModel):
    """One invoice or credit memo of the export. `id` is the invoice's id, `document_number` its number."""

    id: int | None = None
    gl_class: str | None = None
    gl_type_id: str | None = None
    document_date: PrintedDate = None
    document_number: str | None = None
    document_type: str | None = None
    memo: str | None = None
    description: str | None = None
    attention: str | None = None
    sales_territory: str | None = None
    company: Reference | None = None
    company_type: Reference | None = None
    company_account_number: str | None = None
    site: Reference | None = None
    billing_terms: Reference | None = None
    billing_terms_xref: str | None = None
    due_days: int | None = None
    due_date: PrintedDate = None
    email_delivery_flag: bool | None = None
    print_delivery_flag: bool | None = None
    agreement_pre_payment_flag: bool | None = None
    account_number: str | None = None
    billing_type: str | None = None
    gl_entry_ids: str | None = None
    purchase_order: Reference | None = None
    project: Reference | None = None
    currency: CurrencyReference | None = None
    total: Number = None
    sales_rep_id: str | None = None
    sales_rep_name: str | None = None
    taxable: bool | None = None
    taxable_total: Number = None
    tax_code: Reference | None = None
    tax_group_rate: Number = None
    piggy_back_flag: bool | None = None
    tax_account_number: str | None = None
    sales_tax: Number = None
    state_tax: Number = None
    county_tax: Number = None
    city_tax: Number = None
    taxable_amount1: Number = None
    taxable_amount2: Number = None
    taxable_amount3: Number = None
    taxable_amount4: Number = None
    taxable_amount5: Number = None
    tax_agency_xref: str | None = None
    state_tax_xref: str | None = None
    county_tax_xref: str | None = None
    tax_id: str | None = None
    tax_dp_applied_flag: bool | None = None
    use_avalara_flag: bool | None = None
    send_avalara_tax_flag: bool | None = None
    ship_to_company: Reference | None = None
    ship_to_company_account_number: str | None = None
    ship_to_tax_id: str | None = None
    ship_site: Reference | None = None
    ship_contact: str | None = None
    detail: Many[GLDetail] = ()
    tax_levels: Many[GLTaxLevel] = ()

    def gl_entry_rec_ids(self) -> tuple[int, ...]:
        """Every GL entry of this document, each once: what a batch must list so that nothing of it stays unposted.

        They are the ids in `gl_entry_ids` and the id of each detail. Raises Unreadable if one is missing or no number.
        """
        header = [part.strip() for part in (self.gl_entry_ids or "").split(",") if part.strip()]
        details = [detail.id for detail in self.detail]
        if not header or None in details or not all(part.isascii() and part.isdigit() for part in header):
            reason = f"the GL entries of {self.document_number} are not all named"
            raise Unreadable(CONNECTWISE, reason, kind="gl_entry_ids_bad")
        return tuple(dict.fromkeys([int(part) for part in header] + [found for found in details if found is not None]))


class GLCustomer(ConnectWiseModel):
    """A bill-to company as the export refers to it: references and tax xrefs, no address."""

    company: Reference | None = None
    company_type: Reference | None = None
    contact: Reference | None = None
    site: Reference | None = None
    account_number: str | None = None
    billing_terms: Reference | None = None
    billing_terms_xref: str | None = None
    due_days: int | None = None
    taxable: bool | None = None
    tax_code: Reference | None = None
    currency: CurrencyReference | None = None
    state_tax_xref: str | None = None
    state_tax_rate: Number = None
    tax_group_rate: Number = None
    tax_agency_xref: str | None = None
    tax_levels: Many[GLTaxLevel] = ()


@dataclass(frozen=True, slots=True)
class GLExport:
    """The invoice part of an export. A document that cannot be read is in `transactions.unreadable` with its id."""

    transactions: Rows[GLTransaction]
    customers: Rows[GLCustomer]

    @classmethod
    def read(cls, payload: Any) -> "GLExport":
        """From a decoded answer. Raises ValueError if it is no export at all."""
        if not isinstance(payload, dict):
            raise ValueError("not a GL export")
        parts = (payload.get("transactions"), payload.get("customers"))
        transactions, customers = ([] if part is None else part for part in parts)
        if not isinstance(transactions, list) or not isinstance(customers, list):
            raise ValueError("not a GL export")
        return cls(read_rows(GLTransaction, transactions), read_rows(GLCustomer, customers))
