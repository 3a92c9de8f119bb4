"""The unposted list, derived from the invoices and their GL transactions and kept current one invoice at a time."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from tieout_simulators.connectwise.assumptions import unposted_row_ids, unposted_row_updated
from tieout_simulators.connectwise.coherence import tax_of_levels
from tieout_simulators.connectwise.general_ledger import ar_entry_ids
from tieout_simulators.connectwise.models import JsonObject, without_nulls
from tieout_simulators.connectwise.records import Collection, Record, printed

LEVEL_PREFIXES = ("state", "county", "city", "country", "composite", "levelSix")
"""The six fixed tax levels of an unposted row, in the order of their numbers."""


class UnpostedInvoices:
    """One row per closed invoice that is in no batch (more where the data file asks for copies)."""

    def __init__(self) -> None:
        self.rows = Collection("UnpostedInvoice", "UnpostedInvoice")
        self._row_ids: dict[int, list[int]] = {}

    def __contains__(self, invoice_id: int) -> bool:
        return invoice_id in self._row_ids

    def invoice_ids(self) -> list[int]:
        """The listed invoices, by id."""
        return sorted(self._row_ids)

    def take_off(self, invoice_id: int) -> None:
        """Remove an invoice's rows, if it has any."""
        for row_id in self._row_ids.pop(invoice_id, ()):
            self.rows.remove(row_id)

    def list_again(self, invoice: Record, transaction: Record | None, copies: int, closed_at: datetime) -> None:
        """(Re)write an invoice's rows from its present state."""
        self.take_off(invoice.id)
        fields = row_fields(invoice.fields, None if transaction is None else transaction.fields)
        fields["dateClosed"] = printed(closed_at)
        ar_ids = [] if transaction is None else ar_entry_ids(transaction.fields)
        self._row_ids[invoice.id] = unposted_row_ids(invoice.id, ar_ids, copies)
        for row_id in self._row_ids[invoice.id]:
            self.rows.put(Record({"id": row_id, **fields}, unposted_row_updated(invoice)))


def taxable_levels(transaction: JsonObject) -> list[JsonObject]:
    """UnpostedInvoiceTaxableLevel: the general form of the fixed levels; a level's id is its number."""
    return [
        without_nulls(
            {
                "id": level["taxLevel"],
                "taxLevel": level["taxLevel"],
                "taxCodeXref": level.get("taxCodeXref"),
                "taxAmount": level.get("taxAmount", 0),
            }
        )
        for level in levels_of(transaction)
    ]


def levels_of(transaction: JsonObject) -> list[JsonObject]:
    """The tax levels by number; a transaction without ``taxLevels`` says them in its header."""
    if levels := transaction.get("taxLevels"):
        return sorted(levels, key=lambda level: int(level.get("taxLevel", 0)))
    header = enumerate((transaction.get(f"{prefix}Tax") for prefix in LEVEL_PREFIXES[:3]), start=1)
    return [
        {
            "taxLevel": number,
            "taxAmount": amount,
            "taxCodeXref": transaction.get(f"{LEVEL_PREFIXES[number - 1]}TaxXref"),
        }
        for number, amount in header
        if amount
    ]


def row_fields(invoice: JsonObject, transaction: JsonObject | None) -> JsonObject:
    """An UnpostedInvoice without its id and its ``dateClosed``. Nulls are left out."""
    gl = transaction or {}
    lines: list[JsonObject] = gl.get("detail", [])
    tax = invoice.get("salesTax", Decimal(0)) if transaction is None else tax_of_levels(gl)
    due_days = gl.get("dueDays")
    return without_nulls(  # type: ignore[no-any-return]
        {
            "billingLogId": invoice["id"],
            **{name: invoice.get(name) for name in ("locationId", "location", "departmentId", "department")},
            "company": invoice.get("company"),
            "accountNumber": invoice.get("accountNumber", gl.get("companyAccountNumber")),
            "billToCompany": invoice.get("billToCompany", invoice.get("company")),
            "billToSite": invoice.get("billingSite"),
            "shipToCompany": invoice.get("shipToCompany", invoice.get("company")),
            "shipToSite": invoice.get("shippingSite"),
            "invoiceNumber": invoice.get("invoiceNumber"),
            "invoiceDate": invoice.get("date"),
            "invoiceType": invoice.get("type"),
            "description": gl.get("description", "Accounts Receivable"),
            "billingTerms": invoice.get("billingTerms"),
            "dueDays": None if due_days is None else str(due_days),
            **{name: invoice.get(name) for name in ("dueDate", "currency", "taxCode", "total")},
            "subTotal": invoice.get("subtotal"),
            "hasTime": _has(invoice, "serviceTotal"),
            "hasExpenses": _has(invoice, "expenseTotal"),
            "hasProducts": _has(invoice, "productTotal"),
            "invoiceTaxableFlag": invoice.get("taxableFlag"),
            "avalaraTaxFlag": gl.get("useAvalaraFlag", False),
            "itemTaxableFlag": any(line.get("itemTaxableFlag", line.get("taxableFlag", False)) for line in lines),
            "salesTaxAmount": tax,
            **_fixed_levels(gl, tax),
            "createdBy": invoice.get("_info", {}).get("enteredBy", invoice.get("closedBy")),
        }
    )


def _has(invoice: JsonObject, total: str) -> bool:
    return bool(invoice.get(total))


def _fixed_levels(transaction: JsonObject, tax: Any) -> JsonObject:
    """All six levels. Their flags are false even where there is tax, as a real row showed."""
    levels = {level.get("taxLevel"): level for level in levels_of(transaction)}
    if not levels and tax:
        levels = {1: {"taxAmount": tax}}
    fields: JsonObject = {}
    for number, prefix in enumerate(LEVEL_PREFIXES, start=1):
        level = levels.get(number, {})
        fields[f"{prefix}TaxFlag"] = False
        fields[f"{prefix}TaxXref"] = level.get("taxCodeXref")
        fields[f"{prefix}TaxAmount"] = level.get("taxAmount", Decimal(0))
    return fields
