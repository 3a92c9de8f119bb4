"""US sales tax by hand: one code for the form, tax on the summed taxable base, rounded once."""

from tieout_simulators.qbo.arithmetic import HUNDRED, ZERO, cents, shares
from tieout_simulators.qbo.references import referred
from tieout_simulators.qbo.tax.question import TaxAnswer, TaxQuestion
from tieout_simulators.qbo.tax.rates import RateTax, sales_rates, tax_lines

UNTAXED = TaxAnswer(ZERO, {"TotalTax": 0})


def tax_of(question: TaxQuestion) -> TaxAnswer:
    """The tax of TxnTaxCodeRef; without one there is none. Raises ``RefusedError`` (2500, 610, 6000)."""
    reference = (question.sent or {}).get("TxnTaxCodeRef")
    if reference is None:
        return UNTAXED
    code = referred(question.company, "TaxCode", reference)
    rates = sales_rates(question.company, code, question.day)
    base = question.us_base()
    total = cents(base * sum((rate.percent for rate in rates), ZERO) / HUNDRED)
    parts = shares(total, [rate.percent for rate in rates])
    taxes = [RateTax(rate, cents(base), part) for rate, part in zip(rates, parts, strict=True)]
    total, detail = tax_lines(taxes, question.sent, code["Id"])
    return TaxAnswer(total, detail)
