"""Outside the US: every line has its tax code, and each rate is rounded on its summed base (or line by line)."""

from collections import defaultdict
from decimal import Decimal

from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import ZERO, cents
from tieout_simulators.qbo.references import referred
from tieout_simulators.qbo.tax.question import NO_TAX, TaxAnswer, TaxQuestion
from tieout_simulators.qbo.tax.rates import Rate, RateTax, sales_rates, tax_lines, taxes_on

NOT_APPLICABLE = "NotApplicable"


def tax_of(question: TaxQuestion) -> TaxAnswer:
    """The tax of the lines' codes. Raises ``RefusedError``: 6170, 2500, 610, 6000."""
    if question.global_tax == NOT_APPLICABLE:
        if question.sent is not None:
            raise refusals.tax_detail_not_applicable()
        return NO_TAX
    taxes = _taxes(question)
    total, detail = tax_lines(taxes, question.sent)
    return TaxAnswer(total, detail)


def _taxes(question: TaxQuestion) -> list[RateTax]:
    """Per rate, rounded. Unconfirmed (reference 1.5): whether the sum or each line is rounded; a company chooses."""
    by_line = question.company.tax_rounding == "per_line"
    rates: dict[str, Rate] = {}
    bases: defaultdict[str, Decimal] = defaultdict(Decimal)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for amount, code in _portions(question, by_line=by_line):
        found = sales_rates(question.company, referred(question.company, "TaxCode", {"value": code}), question.day)
        for tax in taxes_on(question.base(amount), found):
            rates[tax.rate.rate_id] = tax.rate
            bases[tax.rate.rate_id] += tax.base
            sums[tax.rate.rate_id] += cents(tax.tax) if by_line else tax.tax
    return [RateTax(rate, cents(bases[rate_id]), cents(sums[rate_id])) for rate_id, rate in rates.items()]


def _portions(question: TaxQuestion, *, by_line: bool) -> list[tuple[Decimal, str]]:
    if by_line:
        return [(line.amount, line.code) for line in question.lines]
    sums: dict[str, Decimal] = {}
    for line in question.lines:
        sums[line.code] = sums.get(line.code, ZERO) + line.amount
    return [(amount, code) for code, amount in sums.items()]
