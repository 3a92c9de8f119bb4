"""Documents that a former tool left in Xero, in Xero's shape and under Xero's arithmetic (tax by line)."""

from dataclasses import replace
from decimal import Decimal

from tieout_simulators.month.arithmetic import extend, tax_on, trimmed
from tieout_simulators.month.documents import Document, Issued
from tieout_simulators.month.lines import Line
from tieout_simulators.month.shapes import JsonObject, present
from tieout_simulators.month.xero_ids import xero_id

LEDGER_PRICE = Decimal("0.0001")
NUMBER_OF_FORMER_TOOL = "Posted by the former integration"


def ledger_tax(document: Document) -> Decimal:
    """The tax of a document as Xero makes it: each line rounded to cents, then summed."""
    percent = document.tax_code.percent
    return sum((tax_on(line.extended, percent) for line in document.lines if line.taxable), Decimal("0.00"))


def xero_invoice(issued: Issued, contact_id: str) -> JsonObject:
    """The invoice as the former tool posted it: same number, contact, date, total and tax."""
    document = issued.document
    return present(
        InvoiceID=xero_id("invoice", issued.number),
        Type="ACCREC",
        InvoiceNumber=issued.number,
        Reference=document.purchase_order or NUMBER_OF_FORMER_TOOL,
        Contact={"ContactID": contact_id, "Name": document.bill_to.name},
        Date=document.dated.isoformat(),
        DueDate=document.due.isoformat(),
        Status="AUTHORISED",
        LineAmountTypes="Exclusive",
        CurrencyCode="AUD",
        LineItems=[_line_item(line, document) for line in document.lines],
    )


def without_last_line(issued: Issued) -> Issued:
    """The same invoice with one line less, so with another total."""
    document = issued.document
    return replace(issued, document=replace(document, lines=document.lines[:-1]))


def _line_item(line: Line, document: Document) -> JsonObject:
    quantity, price = _quantity_and_price(line)
    return {
        "Description": line.text,
        "Quantity": quantity,
        "UnitAmount": price,
        "AccountCode": line.account,
        "TaxType": "OUTPUT" if line.taxable else "EXEMPTOUTPUT",
        "Tracking": [
            {"Name": "Location", "Option": document.location.name},
            {"Name": "Practice", "Option": line.department},
        ],
    }


def _quantity_and_price(line: Line) -> tuple[Decimal, Decimal]:
    """The line's own figures where four decimals carry them, else one unit of the whole amount."""
    exact = line.price == line.price.quantize(LEDGER_PRICE)
    if exact and extend(line.quantity, line.price) == line.extended:
        return trimmed(line.quantity), line.price
    return Decimal(1), line.extended
