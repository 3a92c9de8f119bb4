"""Sales tax: outside the US by line, in the US by hand or by Automated Sales Tax."""

from tieout_simulators.qbo.tax import automated, by_hand, by_line
from tieout_simulators.qbo.tax.question import NO_TAX, TaxAnswer, TaxedLine, TaxQuestion

__all__ = ["TaxAnswer", "TaxQuestion", "TaxedLine", "tax_of"]


def tax_of(question: TaxQuestion) -> TaxAnswer:
    """The tax of one form. Raises ``RefusedError``."""
    company = question.company
    if company.is_us:
        preferences = company.group("TaxPrefs")
        if preferences.get("UsingSalesTax") is not True:
            return NO_TAX
        return automated.tax_of(question) if preferences.get("PartnerTaxEnabled") else by_hand.tax_of(question)
    return by_line.tax_of(question)
