"""US Automated Sales Tax in the three behaviours seen in the field (reference 1.5); a company has one of them.

``honoured``: a sent TotalTax is taken and prorated over the rates of the place. ``recomputed``: the engine takes its
own rates by the ship-to address and ignores what was sent. ``ignored``: TotalTax alone gives 0; with tax lines each
rate's own percentage counts, not its amount; with nothing sent the engine takes its own rates.
"""

from collections.abc import Sequence
from decimal import Decimal

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo.arithmetic import HUNDRED, ZERO, cents, printed_amount, shares
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.tax.by_hand import UNTAXED
from tieout_simulators.qbo.tax.question import TaxAnswer, TaxQuestion
from tieout_simulators.qbo.tax.rates import Rate, RateTax, rate_by_id, sales_rates, tax_lines


def tax_of(question: TaxQuestion) -> TaxAnswer:
    """What Automated Sales Tax makes of a form; a sent TxnTaxCodeRef is replaced by the engine's own."""
    sent = question.sent or {}
    behaviour = question.company.sales_tax_behaviour
    if behaviour == "ignored" and sent.get("TaxLine"):
        return _from_sent_rates(question, sent)
    if behaviour == "ignored" and "TotalTax" in sent:
        return UNTAXED
    code = code_for_place(question.company, question.ship_to)
    rates = [] if code is None else sales_rates(question.company, code, question.day)
    code_id = None if code is None else code["Id"]
    if behaviour == "honoured" and "TotalTax" in sent:
        return _answer(question, rates, Decimal(sent["TotalTax"]), code_id)
    if not question.customer.get("Taxable", True):
        return UNTAXED
    return _answer(question, rates, None, code_id)


def code_for_place(company: Company, place: JsonObject) -> JsonObject | None:
    """The tax code of a ship-to address: same state, and the longest postal code that it begins with."""
    state, postal_code = str(place.get("CountrySubDivisionCode", "")), str(place.get("PostalCode", ""))
    fitting = [
        each
        for each in company.automated_rates
        if str(each.get("CountrySubDivisionCode", "")).casefold() == state.casefold()
        and postal_code.startswith(str(each.get("PostalCode", "")))
    ]
    if not fitting:
        return None
    nearest = max(fitting, key=lambda each: len(str(each.get("PostalCode", ""))))
    return company.find("TaxCode", nearest["TaxCodeRef"]["value"])


def _from_sent_rates(question: TaxQuestion, sent: JsonObject) -> TaxAnswer:
    rate_ids = [line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value") for line in sent["TaxLine"]]
    rates = [rate_by_id(question.company, rate_id, question.day) for rate_id in rate_ids]
    return _answer(question, rates, None, None)


def _answer(question: TaxQuestion, rates: Sequence[Rate], total: Decimal | None, code_id: str | None) -> TaxAnswer:
    base = question.us_base()
    if total is None:
        total = cents(base * sum((rate.percent for rate in rates), ZERO) / HUNDRED)
    parts = shares(cents(total), [rate.percent for rate in rates])
    taxes = [RateTax(rate, cents(base), part) for rate, part in zip(rates, parts, strict=True)]
    _, detail = tax_lines(taxes, None, code_id)
    return TaxAnswer(cents(total), {**detail, "TotalTax": printed_amount(total)})
