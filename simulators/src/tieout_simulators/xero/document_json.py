"""Documents in the API's shapes."""

from decimal import Decimal
from typing import Any

from tieout_simulators.xero.arithmetic import rounded
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.dates import day_string, moment_string, ms_day, ms_moment
from tieout_simulators.xero.documents import Document, Line
from tieout_simulators.xero.items import ItemBook
from tieout_simulators.xero.statuses import STANDING

_NONE: list[Any] = []


def document_json(
    books: Books, document: Document, unit_places: int, *, lines: bool = True, full_contact: bool = False
) -> dict[str, Any]:
    """An invoice or credit note; unit amounts come with 2 or 4 decimals, whatever is stored."""
    contact = books.contacts.by_id[document.contact_id]
    shape: dict[str, Any] = {
        "Type": document.type,
        document.kind.id_field: document.document_id,
        document.kind.number_field: document.number,
        "Reference": document.reference,
        "Payments": _NONE,
        **_balances(document),
        "CurrencyRate": document.currency_rate,
        "HasErrors": False,
        "HasAttachments": False,
        "Contact": contact.as_json() if full_contact else contact.brief(),
        "DateString": day_string(document.issued_on),
        "Date": ms_day(document.issued_on),
    }
    if document.due_date is not None:
        shape["DueDateString"], shape["DueDate"] = day_string(document.due_date), ms_day(document.due_date)
    shape |= {
        "Status": document.status,
        "LineAmountTypes": document.line_amount_types,
        "LineItems": [line_json(line, books.items, unit_places) for line in document.lines] if lines else _NONE,
        "SubTotal": document.sub_total,
        "TotalTax": document.total_tax,
        "Total": document.total,
        "UpdatedDateUTC": ms_moment(document.updated),
        "UpdatedDateUTCString": moment_string(document.updated),
        "CurrencyCode": document.currency,
    }
    _add_optional(shape, document)
    return shape


def line_json(line: Line, items: ItemBook, unit_places: int) -> dict[str, Any]:
    """One line."""
    shape: dict[str, Any] = {"LineItemID": line.line_id, "Description": line.description or ""}
    if line.item_code is not None and (item := items.by_code.get(line.item_code)) is not None:
        name = {"Name": item.shape["Name"]} if "Name" in item.shape else {}
        shape |= {"ItemCode": line.item_code, "Item": {"ItemID": item.item_id, "Code": item.code, **name}}
    if line.unit_amount is not None and line.quantity is not None:
        shape |= {"UnitAmount": rounded(line.unit_amount, unit_places), "Quantity": line.quantity}
    shape |= {"TaxAmount": line.tax_amount, "LineAmount": line.line_amount, "Tracking": line.tracking}
    optional = {
        "TaxType": line.tax_type,
        "AccountCode": line.account_code,
        "AccountID": line.account_id,
        "DiscountRate": line.discount_rate,
        "DiscountAmount": line.discount_amount,
    }
    shape.update((field, value) for field, value in optional.items() if value is not None)
    return shape


def summary_json(shape: dict[str, Any]) -> dict[str, Any]:
    """What ``summaryOnly=true`` leaves of a document."""
    left_out = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems", "HasErrors", "IsDiscounted")
    return {name: value for name, value in shape.items() if name not in left_out}


def _balances(document: Document) -> dict[str, Any]:
    if document.kind.label != "Invoice":
        return {"RemainingCredit": document.amount_due, "Allocations": _NONE}
    return {
        "CreditNotes": _NONE,
        "Prepayments": _NONE,
        "Overpayments": _NONE,
        "AmountDue": document.amount_due,
        "AmountPaid": document.amount_paid,
        "AmountCredited": document.amount_credited,
        "IsDiscounted": any(line.discount_rate or line.discount_amount for line in document.lines),
    }


def _add_optional(shape: dict[str, Any], document: Document) -> None:
    if document.status in STANDING:
        shape["SentToContact"] = document.sent_to_contact
    if document.url is not None:
        shape["Url"] = document.url
    if document.branding_theme_id is not None:
        shape["BrandingThemeID"] = document.branding_theme_id
    if document.fully_paid_on is not None:
        shape["FullyPaidOnDate"] = ms_day(document.fully_paid_on)
    discount = sum((_discount(line) for line in document.lines), Decimal("0.00"))
    if discount:
        shape["TotalDiscount"] = discount


def _discount(line: Line) -> Decimal:
    if not (line.discount_rate or line.discount_amount) or line.quantity is None or line.unit_amount is None:
        return Decimal("0.00")
    return rounded(line.quantity * line.unit_amount) - line.line_amount
