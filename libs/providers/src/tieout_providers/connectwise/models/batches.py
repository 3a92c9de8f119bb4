"""Accounting batches: ConnectWise's mark that a record was posted."""

from dataclasses import dataclass

from tieout_providers.connectwise.models.references import ConnectWiseModel, InvoiceReference, Reference
from tieout_providers.reading import Number


class AccountingBatch(ConnectWiseModel):
    """A batch. `batch_identifier` is the name that people see."""

    id: int | None = None
    batch_identifier: str | None = None
    export_invoices_flag: bool | None = None
    export_expenses_flag: bool | None = None
    export_products_flag: bool | None = None
    closed_flag: bool | None = None


class BatchEntry(ConnectWiseModel):
    """One GL entry in a batch."""

    id: int | None = None
    account_type: str | None = None
    name: str | None = None
    account_number: str | None = None
    debit: Number = None
    credit: Number = None
    cost: Number = None
    item: str | None = None
    sales_code: str | None = None
    invoice: InvoiceReference | None = None
    purchase_order: Reference | None = None


@dataclass(frozen=True, slots=True)
class BatchCreated:
    """A batch was made. Its id is known only if the server told where it is; otherwise find it by its identifier."""

    batch_id: int | None
