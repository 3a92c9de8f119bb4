"""The lines of a document: reading what was sent, filling in what was left out, and Xero's checks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.arithmetic import (
    QUANTITY_PLACES,
    ZERO,
    less_discount,
    line_tax,
    product,
    quotient,
    rounded,
)
from tieout_simulators.xero.chart import NO_TAX_TYPE, Account, Chart
from tieout_simulators.xero.documents import Document, Line
from tieout_simulators.xero.fields import Element
from tieout_simulators.xero.ids import IdSource
from tieout_simulators.xero.items import MAX_CODE, Item, ItemBook
from tieout_simulators.xero.tracking import read_tracking

MAX_DESCRIPTION = 4000
MAX_LINE_AMOUNT = Decimal("9999999999.99")
MAX_QUANTITY_CHARACTERS = 13
_DISCOUNT_PLACES = 2


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads the lines of one document."""

    chart: Chart
    items: ItemBook
    ids: IdSource
    document: Document
    unit_places: int
    problems: list[str]

    def read(self, element: Any) -> Line:
        """A line as Xero would store it; what is wrong goes to ``problems``."""
        if not isinstance(element, dict):
            self.problems.append(messages.not_convertible("LineItem", element))
            return Line("")
        sent = {name: value for name, value in element.items() if value is not None}
        line = Line(self._line_id(sent))
        line.description = fields.text(sent, "Description", self.problems)
        item = self._item(line, sent)
        self._read_amounts(line, sent, item)
        account = self._account(line, sent, item)
        self._read_tax(line, sent, item, account)
        line.tracking = read_tracking(self.chart, sent.get("Tracking"), self.problems)
        return line

    def _line_id(self, sent: Element) -> str:
        """Keep the id of a line that the document has; any other gets a new one."""
        line_id = sent.get("LineItemID")
        known = line_id is not None and any(line.line_id == line_id for line in self.document.lines)
        return str(line_id) if known else self.ids.next()

    def _item(self, line: Line, sent: Element) -> Item | None:
        line.item_code = fields.text(sent, "ItemCode", self.problems, MAX_CODE) or None
        if line.item_code is None:
            return None
        item = self.items.by_code.get(line.item_code)
        if item is None:
            self.problems.append(messages.item_unknown(line.item_code))
        elif line.description is None:
            line.description = item.shape.get("Description" if self.document.is_sale else "PurchaseDescription")
        return item

    def _from_item(self, item: Item | None, name: str) -> Any:
        if item is None:
            return None
        return item.shape["SalesDetails" if self.document.is_sale else "PurchaseDetails"].get(name)

    def _read_amounts(self, line: Line, sent: Element, item: Item | None) -> None:
        quantity = fields.number(sent, "Quantity", self.problems, QUANTITY_PLACES)
        unit_amount = fields.number(sent, "UnitAmount", self.problems)
        given = fields.number(sent, "LineAmount", self.problems)
        if quantity is not None and len(f"{abs(quantity):f}") > MAX_QUANTITY_CHARACTERS:
            self.problems.append(messages.QUANTITY_TOO_LONG)
        if unit_amount is None and given is None:
            unit_amount = self._from_item(item, "UnitPrice")
        if unit_amount is not None:
            unit_amount = rounded(unit_amount, self.unit_places)
        if unit_amount is None and quantity is None and given is None:
            return
        line.quantity, line.unit_amount = self._completed(quantity, unit_amount, given)
        gross = product(line.quantity, line.unit_amount)
        self._read_discount(line, sent, gross)
        expected = rounded(less_discount(gross, line.discount_rate, line.discount_amount))
        overdetermined = quantity is not None and (unit_amount is not None or not quantity)
        line.line_amount = self._line_amount(given, expected, overdetermined)

    def _completed(
        self, quantity: Decimal | None, unit_amount: Decimal | None, given: Decimal | None
    ) -> tuple[Decimal, Decimal]:
        """Fill in the missing one of quantity and unit amount from the line amount, the quantity being 1 if need be."""
        if quantity is None:
            quantity = quotient(given, unit_amount, QUANTITY_PLACES) if given and unit_amount else Decimal(1)
        if unit_amount is None:
            unit_amount = quotient(given, quantity, self.unit_places) if given and quantity else ZERO
        return rounded(quantity, QUANTITY_PLACES), rounded(unit_amount, self.unit_places)

    def _line_amount(self, given: Decimal | None, expected: Decimal, overdetermined: bool) -> Decimal:
        """Unconfirmed: a line amount without a unit amount stands even where the price computed from it does not
        give it back."""
        if given is not None and (given != expected if overdetermined else given != rounded(given)):
            self.problems.append(messages.line_total_mismatch(given, expected))
        amount = expected if given is None else rounded(given)
        if abs(amount) > MAX_LINE_AMOUNT:
            self.problems.append(messages.LINE_AMOUNT_TOO_LARGE)
        return amount

    def _read_discount(self, line: Line, sent: Element, gross: Decimal) -> None:
        rate = fields.number(sent, "DiscountRate", self.problems)
        amount = fields.number(sent, "DiscountAmount", self.problems)
        if (rate and not 0 <= rate <= 100) or (not rate and amount is not None and not 0 <= amount <= gross):
            # A DiscountAmount of 0 on a negative line is refused too (Xero-OpenAPI #429).
            self.problems.append(messages.discount_invalid(rate or rounded(amount or ZERO)))
            return
        if (rate or amount) and self.document.type != "ACCREC":
            self.problems.append(messages.DISCOUNT_NOT_SUPPORTED)
            return
        line.discount_rate = rounded(rate, _DISCOUNT_PLACES) if rate else None
        line.discount_amount = rounded(amount) if amount and not rate else None

    def _account(self, line: Line, sent: Element, item: Item | None) -> Account | None:
        account_id = fields.text(sent, "AccountID", self.problems)
        code = fields.text(sent, "AccountCode", self.problems)
        by_id = self.chart.accounts.get(account_id or "")
        if code is None:
            code = by_id.code if by_id else account_id or self._from_item(item, "AccountCode")
        if not code:
            return None
        line.account_code = code
        account = self.chart.accounts_by_code.get(code) or by_id
        line.account_id = account.account_id if account else None
        return account

    def _read_tax(self, line: Line, sent: Element, item: Item | None, account: Account | None) -> None:
        tax_type = fields.text(sent, "TaxType", self.problems) or self._from_item(item, "TaxType")
        if not tax_type and line.has_amounts:
            tax_type = account.shape.get("TaxType", NO_TAX_TYPE) if account else NO_TAX_TYPE
        line.tax_type = tax_type
        line.tax_amount = computed_tax(self.chart, line, self.document.line_amount_types)
        given = fields.number(sent, "TaxAmount", self.problems)
        if given is not None and self.document.line_amount_types != "NoTax":
            self._override_tax(line, rounded(given))

    def _override_tax(self, line: Line, given: Decimal) -> None:
        """Unconfirmed: any tax of the line's own sign that is not larger than the line is taken."""
        opposite = given * line.line_amount < 0
        if opposite or abs(given) > abs(line.line_amount):
            self.problems.append(messages.TAX_ABOVE_LINE)
        else:
            line.tax_amount = given


def computed_tax(chart: Chart, line: Line, line_amount_types: str) -> Decimal:
    """The tax that the line's rate makes; 0 while the rate is unknown."""
    rate = chart.tax_rates.get(line.tax_type or NO_TAX_TYPE)
    return line_tax(line.line_amount, rate.rate, line_amount_types) if rate else ZERO


def line_problems(chart: Chart, line: Line, complete: bool) -> list[str]:
    """What the reference data of now says against a line; ``complete`` asks for all that an approved line needs."""
    problems: list[str] = []
    description = line.description or ""
    if complete and not description.strip():
        problems.append(messages.DESCRIPTION_MISSING)
    if len(description) > MAX_DESCRIPTION:
        problems.append(messages.DESCRIPTION_TOO_LONG)
    account = chart.accounts_by_code.get(line.account_code) if line.account_code else None
    if line.account_code is None:
        if complete and line.has_amounts:
            problems.append(messages.ACCOUNT_MISSING)
    elif account is None or not account.takes_document_lines:
        problems.append(messages.account_unknown(line.account_code))
    elif not account.is_active:
        problems.append(messages.account_archived(line.account_code))
    rate = chart.tax_rates.get(line.tax_type) if line.tax_type else None
    if line.tax_type is not None and (rate is None or not rate.is_active):
        problems.append(messages.tax_type_unknown(line.tax_type))
    elif rate is not None and account is not None and not rate.can_apply_to(account):
        problems.append(messages.tax_type_mismatch(rate.tax_type, account.code))
    return problems
