"""The sales rates of a tax code on a day, and what they come to together (pure)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tieout_contracts.reference import TaxComponent
from tieout_providers.qbo import reads

ON_AMOUNT_PLUS_TAX, ON_TAX = "TaxOnAmountPlusTax", "TaxOnTax"
_HUNDRED = Decimal(100)


def rates_of(code: reads.TaxCode, rates: Sequence[reads.TaxRate], on: date) -> tuple[TaxComponent, ...]:
    """Each rate of the code with its percentage, in the order in which they apply."""
    by_id = {each.id: each for each in rates}
    details = code.sales_tax_rate_list.tax_rate_detail if code.sales_tax_rate_list else ()
    components = []
    for detail in sorted(details, key=lambda each: each.tax_order or 0):
        rate = by_id.get(detail.tax_rate_ref.value if detail.tax_rate_ref else None)
        percent = None if rate is None else percent_on(rate, on)
        if rate is not None and percent is not None:
            compound = detail.tax_type_applicable in (ON_AMOUNT_PLUS_TAX, ON_TAX)
            components.append(TaxComponent(name=rate.name or "", rate=percent, compound=compound))
    return tuple(components)


def percent_on(rate: reads.TaxRate, on: date) -> Decimal | None:
    """A rate's percentage on a day; None where it has none then."""
    for each in rate.effective_tax_rate:
        begins = each.effective_date.date() if each.effective_date else None
        ends = each.end_date.date() if each.end_date else None
        if (begins is None or begins <= on) and (ends is None or on <= ends):
            return each.rate_value
    return rate.rate_value


def effective_rate(components: Sequence[TaxComponent]) -> Decimal:
    """What they come to together; a compound one applies to the taxes before it as well."""
    total = Decimal(0)
    for each in components:
        total += each.rate * (1 + total / _HUNDRED) if each.compound else each.rate
    return total
