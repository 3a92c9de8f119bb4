"""What is asked of the tax rules, and what they answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.arithmetic import ZERO
from tieout_simulators.qbo.assumptions import taxable_after_discount
from tieout_simulators.qbo.company import Company

TAXABLE, NOT_TAXABLE = "TAX", "NON"


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A sales line's net amount and its tax code."""

    amount: Decimal
    code: str


@dataclass(frozen=True, slots=True)
class TaxQuestion:
    """One form, before its tax is known."""

    company: Company
    lines: Sequence[TaxedLine]
    subtotal: Decimal
    discount: Decimal
    discount_first: bool
    """``ApplyTaxAfterDiscount``."""
    sent: JsonObject | None
    """TxnTaxDetail as sent."""
    global_tax: str
    day: date
    customer: JsonObject
    ship_to: JsonObject

    def base(self, amount: Decimal) -> Decimal:
        """What is taxed of an amount after the discount."""
        if not self.discount_first or not self.discount:
            return amount
        return taxable_after_discount(amount, self.subtotal, self.discount)

    def us_base(self) -> Decimal:
        """The summed base of the lines marked TAX."""
        return self.base(sum((line.amount for line in self.lines if line.code == TAXABLE), ZERO))


@dataclass(frozen=True, slots=True)
class TaxAnswer:
    """The tax, and the TxnTaxDetail that the answer shows (None: left out)."""

    total: Decimal
    detail: JsonObject | None


NO_TAX = TaxAnswer(ZERO, None)
