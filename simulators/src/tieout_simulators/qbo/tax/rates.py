"""The rates of a tax code on a day, and the tax lines that come of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tieout_simulators.frame.provider import JsonObject
from tieout_simulators.qbo import refusals
from tieout_simulators.qbo.arithmetic import ZERO, printed_amount, printed_number
from tieout_simulators.qbo.assumptions import keeps_sent_tax
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.dates import parse_day

ON_AMOUNT, ON_AMOUNT_PLUS_TAX, ON_TAX = "TaxOnAmount", "TaxOnAmountPlusTax", "TaxOnTax"


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate of a code; ``percent`` is 8.5, not 0.085."""

    rate_id: str
    percent: Decimal
    applies_to: str = ON_AMOUNT
    order: int = 0


@dataclass(frozen=True, slots=True)
class RateTax:
    """What one rate takes of one base."""

    rate: Rate
    base: Decimal
    tax: Decimal


def sales_rates(company: Company, code: JsonObject, day: date) -> list[Rate]:
    """The rates of a code on a sale, in their order."""
    details = (code.get("SalesTaxRateList") or {}).get("TaxRateDetail", [])
    rates = [_rate(company, detail, day) for detail in details]
    return sorted(rates, key=lambda rate: rate.order)


def rate_by_id(company: Company, rate_id: Any, day: date) -> Rate:
    """One rate by its id. Raises ``RefusedError`` (2500)."""
    record = company.find("TaxRate", rate_id)
    if record is None:
        raise refusals.invalid_reference("TaxRate", rate_id)
    return Rate(record["Id"], _percent(record, day))


def _rate(company: Company, detail: JsonObject, day: date) -> Rate:
    found = rate_by_id(company, detail["TaxRateRef"]["value"], day)
    applies_to = str(detail.get("TaxTypeApplicable") or ON_AMOUNT)
    return Rate(found.rate_id, found.percent, applies_to, int(detail.get("TaxOrder") or 0))


def _percent(record: JsonObject, day: date) -> Decimal:
    for each in record.get("EffectiveTaxRate") or []:
        begins, ends = each.get("EffectiveDate"), each.get("EndDate")
        if (not begins or parse_day(begins) <= day) and (not ends or day <= parse_day(ends)):
            return Decimal(each["RateValue"])
    return Decimal(record.get("RateValue") or 0)


def tax_lines(
    taxes: Sequence[RateTax], sent: JsonObject | None, code_id: str | None = None
) -> tuple[Decimal, JsonObject]:
    """Total and TxnTaxDetail of computed taxes; amounts that were sent completely are kept."""
    sent = sent or {}
    _check_sent_rates(sent, {tax.rate.rate_id for tax in taxes})
    amounts = {tax.rate.rate_id: tax.tax for tax in taxes}
    if keeps_sent_tax(sent, frozenset(amounts)):
        amounts = {_rate_id(line): Decimal(line["Amount"]) for line in sent["TaxLine"]}
    total = sum(amounts.values(), ZERO)
    head = {} if code_id is None else {"TxnTaxCodeRef": {"value": code_id}}
    lines = [_tax_line(tax, amounts[tax.rate.rate_id]) for tax in taxes]
    return total, {**head, "TotalTax": printed_amount(total), **({"TaxLine": lines} if lines else {})}


def _tax_line(tax: RateTax, amount: Decimal) -> JsonObject:
    detail: JsonObject = {
        "TaxRateRef": {"value": tax.rate.rate_id},
        "PercentBased": True,
        "TaxPercent": printed_number(tax.rate.percent),
        "NetAmountTaxable": printed_amount(tax.base),
    }
    if amount != tax.tax:
        detail["OverrideDeltaAmount"] = printed_amount(amount - tax.tax)
    return {"Amount": printed_amount(amount), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def _check_sent_rates(sent: JsonObject, used: set[str]) -> None:
    """Each sent rate belongs to a code in use, and comes once (reference 1.4)."""
    rates = [rate_id for line in sent.get("TaxLine", []) if (rate_id := _rate_id(line))]
    if len(set(rates)) < len(rates) or not set(rates) <= used:
        raise refusals.business("A tax rate of TxnTaxDetail is not one of the transaction's tax codes, or comes twice.")


def _rate_id(line: JsonObject) -> str:
    return str(line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value", ""))


def taxes_on(base: Decimal, rates: Iterable[Rate]) -> list[RateTax]:
    """The exact, unrounded taxes of one base, with tax on tax where the code says so."""
    taxes: list[RateTax] = []
    before = ZERO
    for rate in rates:
        of = {ON_AMOUNT_PLUS_TAX: base + before, ON_TAX: before}.get(rate.applies_to, base)
        tax = of * rate.percent / 100
        taxes.append(RateTax(rate, of, tax))
        before += tax
    return taxes
