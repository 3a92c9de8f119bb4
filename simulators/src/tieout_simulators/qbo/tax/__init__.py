"""Sales tax: outside the US by line, in the US by hand or by Automated Sales Tax."""

from tieout_simulators.qbo.tax import automated, by_hand, by_line
from tieout_simulators.qbo.tax.question import NO_TAX, TaxAnswer, TaxedLine, TaxQuestion

__all__ = ["TaxAnswer", "TaxQuestion", "TaxedLine", "tax_of"]


def tax_of(question: TaxQuestion) -> TaxAnswer:
    """The tax of one form. Raises ``RefusedError``."""
    company = question.company
    if not company.uses_sales_tax:
        return NO_TAX
    if not company.is_us:
        return by_line.tax_of(question)
    has_engine = company.group("TaxPrefs").get("PartnerTaxEnabled") is True
    return automated.tax_of(question) if has_engine else by_hand.tax_of(question)
