"""One sales line with an item: its amount, its tax code and its references."""

from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import (
    cents,
    line_amount,
    printed_amount,
    printed_number,
    seven_places,
)
from tieout_simulators.qbo.assumptions import AMOUNT_TOLERANCE, default_line_tax, tax_code_missing, taxed_amount
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.references import named_reference, referred, tracked
from tieout_simulators.qbo.tax import TaxedLine

_DETAIL = "SalesItemLineDetail"


@dataclass(slots=True)
class SalesLineReader:
    """Reads the sales lines of one form."""

    company: Company
    customer: JsonObject
    global_tax: str

    def read(self, line: JsonObject) -> tuple[JsonObject, list[TaxedLine]]:
        """The line as it is stored, and what of it is taxed. Raises ``RefusedError``."""
        sent = line[_DETAIL]
        item = referred(self.company, "Item", sent["ItemRef"])
        amount = _checked_amount(line, sent, item)
        code = self._tax_code(sent, item)
        text = {"Description": line["Description"]} if "Description" in line else {}
        shape = {**text, "Amount": printed_amount(amount), "DetailType": _DETAIL, _DETAIL: self._detail(sent, item)}
        if code:
            shape[_DETAIL]["TaxCodeRef"] = {"value": code}
        return shape, [TaxedLine(taxed_amount(amount), code)]

    def _detail(self, sent: JsonObject, item: JsonObject) -> JsonObject:
        detail: JsonObject = {"ItemRef": named_reference(item)}
        if (tracking := tracked(self.company, "Class", sent.get("ClassRef"), "ClassTrackingPerTxnLine")) is not None:
            detail["ClassRef"] = tracking
        for name in ("UnitPrice", "Qty"):
            if sent.get(name) is not None:
                detail[name] = printed_number(seven_places(Decimal(sent[name])))
        if sent.get("ServiceDate"):
            detail["ServiceDate"] = sent["ServiceDate"]
        if self.global_tax == "TaxInclusive" and sent.get("TaxInclusiveAmt") is not None:
            detail["TaxInclusiveAmt"] = printed_amount(Decimal(sent["TaxInclusiveAmt"]))
        return detail

    def _tax_code(self, sent: JsonObject, item: JsonObject) -> str:
        """The line's tax code; empty where tax does not apply."""
        code = (sent.get("TaxCodeRef") or {}).get("value")
        if self.company.is_us:
            if code not in (None, "TAX", "NON"):
                raise refusals.line_tax_code()
            return str(code or default_line_tax(item, self.customer))
        if self.global_tax == "NotApplicable" or not self.company.uses_sales_tax:
            return ""
        code = code or (item.get("SalesTaxCodeRef") or {}).get("value")
        if code is None:
            raise tax_code_missing()
        return str(referred(self.company, "TaxCode", {"value": code})["Id"])


def _checked_amount(line: JsonObject, sent: JsonObject, item: JsonObject) -> Decimal:
    if line.get("Amount") is None:
        raise refusals.missing("Line.Amount")
    amount = cents(Decimal(line["Amount"]))
    quantity, unit_price = sent.get("Qty"), sent.get("UnitPrice")
    if item.get("Type") == "Inventory" and quantity is None:
        raise refusals.quantity_needed()
    if quantity is not None and unit_price is not None:
        expected = line_amount(Decimal(quantity), Decimal(unit_price))
        if abs(amount - expected) > AMOUNT_TOLERANCE:
            raise refusals.amount_mismatch(Decimal(line["Amount"]))
    return amount
