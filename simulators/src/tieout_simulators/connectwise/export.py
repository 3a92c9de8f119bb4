"""The GL export: what of the unposted invoices a request asks for, and the payload made of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tieout_simulators.connectwise.assumptions import DETAIL_LEVELS, narrowing_ids, transaction_at_level
from tieout_simulators.connectwise.batches import MAX_IDENTIFIER_CHARACTERS
from tieout_simulators.connectwise.coherence import contradictions
from tieout_simulators.connectwise.errors import FieldError, invalid_field, invalid_object
from tieout_simulators.connectwise.models import is_integer
from tieout_simulators.connectwise.records import Record, date_of
from tieout_simulators.connectwise.site import Site

RESOURCE = "exportAccountingBatchRequest"
_FLAGS = ("exportInvoicesFlag", "exportExpensesFlag", "exportPaymentsFlag", "exportProductsFlag")
_ID_LISTS = ("includedInvoiceIds", "excludedInvoiceIds")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A checked ExportAccountingBatchRequest, as far as it concerns invoices."""

    thru: date
    detail_level: str
    with_invoices: bool
    location_id: int | None
    included: frozenset[int] | None
    excluded: frozenset[int]

    def wants(self, invoice: Record, transaction: Record) -> bool:
        """Whether this unposted invoice is part of the export."""
        if invoice.id in self.excluded or (self.included is not None and invoice.id not in self.included):
            return False
        if self.location_id is not None and invoice.fields.get("locationId") != self.location_id:
            return False
        printed = date_of(transaction.fields.get("documentDate"))
        return printed is None or printed <= self.thru


def export_request(body: Any, today: date) -> ExportRequest:
    """Check a request body. Raises ``RefusedError`` (400) with every field that is wrong."""
    if not isinstance(body, dict):
        raise invalid_object(RESOURCE, [invalid_field("body", "The body must be a JSON object.")])
    errors = _wrong_fields(body)
    thru = today if body.get("thruDate") is None else date_of(body["thruDate"])
    if thru is None:
        errors.append(invalid_field("thruDate", f"{body['thruDate']!r} is not a date-time."))
    if errors or thru is None:
        raise invalid_object(RESOURCE, errors)
    return ExportRequest(
        thru=thru,
        detail_level=body.get("summarizeInvoices") or "Default",
        with_invoices=body.get("exportInvoicesFlag") is True,
        location_id=body.get("locationId") or None,
        included=narrowing_ids(body.get("includedInvoiceIds")),
        excluded=frozenset(body.get("excludedInvoiceIds") or ()),
    )


def exported(site: Site, request: ExportRequest) -> list[Record]:
    """The transactions that a request takes; those without GL entries and those not unposted never come."""
    if not request.with_invoices:
        return []
    unposted = site.unposted.invoice_ids()
    wanted = unposted if request.included is None else sorted(request.included.intersection(unposted))
    transactions = []
    for invoice_id in wanted:
        invoice, transaction = site.invoices.get(invoice_id), site.exportable(invoice_id)
        if invoice is not None and transaction is not None and request.wants(invoice, transaction):
            transactions.append(transaction_at_level(transaction, request.detail_level))
    return transactions


def payload(site: Site, transactions: Sequence[Record]) -> bytes:
    """A GLExport as JSON, put together from what each record wrote once.

    Raises ``AssertionError`` when a transaction does not add up: then the simulator itself is wrong.
    """
    for transaction in transactions:
        wrong = [] if transaction.id in site.incoherent_on_purpose else list(contradictions(transaction.fields))
        assert not wrong, wrong
    parts = {
        "exportSettings": b"{}",
        "vendors": b"[]",
        "customers": _list_of(_customers(site, transactions)),
        "transactions": _list_of(transactions),
        "expenses": b"[]",
        "expenseBills": b"[]",
        "purchaseTransactions": b"[]",
        "adjustmentTransactions": b"[]",
        "inventoryTransfers": b"[]",
    }
    return b"{" + b",".join(b'"%b":%b' % (name.encode(), value) for name, value in parts.items()) + b"}"


def _customers(site: Site, transactions: Sequence[Record]) -> list[Record]:
    company_ids = {transaction.fields.get("company", {}).get("id") for transaction in transactions}
    return [customer for company_id in sorted(company_ids - {None}) for customer in site.customers.get(company_id, ())]


def _list_of(records: Iterable[Record]) -> bytes:
    return b"[" + b",".join(record.encoded() for record in records) + b"]"


def _wrong_fields(body: dict[str, Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    if not any(body.get(flag) is True for flag in _FLAGS):
        message = "Batch export must include invoices, expenses, or products."
        errors.append(invalid_field("exportInvoicesFlag", message))
    if len(str(body.get("batchIdentifier") or "")) > MAX_IDENTIFIER_CHARACTERS:
        errors.append(invalid_field("batchIdentifier", f"Max length: {MAX_IDENTIFIER_CHARACTERS}"))
    if (body.get("summarizeInvoices") or "Default") not in DETAIL_LEVELS:
        errors.append(invalid_field("summarizeInvoices", f"must be one of {', '.join(DETAIL_LEVELS)}"))
    if body.get("locationId") is not None and not is_integer(body["locationId"]):
        errors.append(invalid_field("locationId", "must be a whole number"))
    for name in _ID_LISTS:
        ids = body.get(name) or []
        if not isinstance(ids, list) or not all(is_integer(each) for each in ids):
            errors.append(invalid_field(name, "must be a list of whole numbers"))
    return errors
