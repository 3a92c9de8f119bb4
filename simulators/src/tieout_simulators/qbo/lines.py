"""The lines of a sales form: checked, numbered, and followed by a subtotal that nobody sent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import HUNDRED, ZERO, cents, printed_amount, printed_number
from tieout_simulators.qbo.assumptions import GROUP_LINES_ARE_WRITTEN, line_without_item
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.references import named_reference, referred
from tieout_simulators.qbo.sales_lines import SalesLineReader
from tieout_simulators.qbo.tax import TaxedLine

MAX_LINES = 10_000
MAX_TAXED_LINES = 750
SALES, DESCRIPTION, DISCOUNT = "SalesItemLineDetail", "DescriptionOnly", "DiscountLineDetail"
SUBTOTAL, GROUP = "SubTotalLineDetail", "GroupLineDetail"
DETAIL_TYPES = (SALES, DESCRIPTION, DISCOUNT, SUBTOTAL, GROUP)


@dataclass(slots=True)
class FormLines:
    """The lines as they are stored, and what they add up to."""

    shapes: list[JsonObject] = field(default_factory=list)
    taxed: list[TaxedLine] = field(default_factory=list)
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO


@dataclass(slots=True)
class LineComposer:
    """Composes the lines of one form. ``known_ids`` are those of the form before it is changed."""

    company: Company
    customer: JsonObject
    global_tax: str
    known_ids: frozenset[str]

    def compose(self, sent: list[JsonObject]) -> FormLines:
        """Raises ``RefusedError`` for the first line that QuickBooks would not take."""
        if not sent:
            raise refusals.no_lines()
        if len(sent) > MAX_LINES:
            raise refusals.business(f"A transaction has at most {MAX_LINES:,} lines.")
        form, ids = FormLines(), self._ids()
        discounts: list[JsonObject] = []
        for line in sent:
            detail_type = line.get("DetailType")
            if detail_type is None:
                raise refusals.missing("Line.DetailType")
            if detail_type not in DETAIL_TYPES:
                raise refusals.invalid_enumeration("DetailType", detail_type)
            if detail_type == DISCOUNT:
                discounts.append(line)
            elif detail_type != SUBTOTAL:
                self._add(form, line, ids)
        form.shapes.append({"Amount": printed_amount(form.subtotal), "DetailType": SUBTOTAL, SUBTOTAL: {}})
        self._add_discounts(form, discounts)
        if sum(line.code not in ("NON", "") for line in form.taxed) > MAX_TAXED_LINES:
            raise refusals.business(f"A taxable transaction has at most {MAX_TAXED_LINES} lines.")
        return form

    def _add(self, form: FormLines, line: JsonObject, ids: Iterator[str]) -> None:
        shape, taxed = self._composed(line)
        known = line.get("Id") if self.company.loading or line.get("Id") in self.known_ids else None
        form.shapes.append({"Id": str(known or next(ids)), "LineNum": len(form.shapes) + 1, **shape})
        form.taxed.extend(taxed)
        form.subtotal += sum((each.amount for each in taxed), ZERO)

    def _composed(self, line: JsonObject) -> tuple[JsonObject, list[TaxedLine]]:
        if line["DetailType"] == GROUP:
            return self._group(line)
        detail = line.get(SALES) or {}
        if line["DetailType"] == SALES and detail.get("ItemRef") is not None:
            return SalesLineReader(self.company, self.customer, self.global_tax).read(line)
        return line_without_item(line), []

    def _group(self, line: JsonObject) -> tuple[JsonObject, list[TaxedLine]]:
        """Only a data file brings group lines in."""
        if not (self.company.loading or GROUP_LINES_ARE_WRITTEN or line.get("Id") in self.known_ids):
            raise refusals.unsupported_operation("GroupLineDetail on create")
        inner = [self._composed(each) for each in (line.get(GROUP) or {}).get("Line", [])]
        taxed = [each for _, several in inner for each in several]
        total = printed_amount(sum((each.amount for each in taxed), ZERO))
        detail = {**line.get(GROUP, {}), "Line": [shape for shape, _ in inner]}
        text = {"Description": line["Description"]} if "Description" in line else {}
        return {**text, "Amount": total, "DetailType": GROUP, GROUP: detail}, taxed

    def _add_discounts(self, form: FormLines, discounts: list[JsonObject]) -> None:
        if len(discounts) > 1:
            raise refusals.business("A transaction has at most one discount line.")
        for line in discounts:
            sent = line.get(DISCOUNT) or {}
            detail: JsonObject = {"PercentBased": bool(sent.get("PercentBased"))}
            if sent.get("PercentBased"):
                percent = Decimal(sent.get("DiscountPercent") or 0)
                form.discount = cents(form.subtotal * percent / HUNDRED)
                detail["DiscountPercent"] = printed_number(percent)
            else:
                form.discount = _amount(line)
            if sent.get("DiscountAccountRef") is not None:
                account = referred(self.company, "Account", sent["DiscountAccountRef"])
                detail["DiscountAccountRef"] = named_reference(account)
            form.shapes.append({"Amount": printed_amount(form.discount), "DetailType": DISCOUNT, DISCOUNT: detail})

    def _ids(self) -> Iterator[str]:
        used = max((int(known) for known in self.known_ids if known.isdecimal()), default=0)
        while True:
            used += 1
            yield str(used)


def _amount(line: JsonObject) -> Decimal:
    if line.get("Amount") is None:
        raise refusals.missing("Line.Amount")
    return cents(Decimal(line["Amount"]))
