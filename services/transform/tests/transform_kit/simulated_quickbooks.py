"""What the QuickBooks simulator's own arithmetic says of a planned document; it shares no code with the rules."""

from decimal import Decimal
from functools import cache
from typing import Any

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_contracts.posting import Posting
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from tieout_simulators.qbo.arithmetic import cents, line_amount, seven_places, shares
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.tax import TaxAnswer, TaxedLine, TaxQuestion, tax_of

UNTAXED = "NON"
ZERO = Decimal(0)


def simulated_faults(posting: Posting, record: CanonicalRecord, reference: LedgerReference) -> list[str]:
    """Everything in which the simulator would answer something else than was planned, or would refuse it."""
    document, faults = posting.document, []
    for place, line in enumerate(document.lines):
        if line.method == "amount_only":
            continue
        if (seven_places(line.quantity), seven_places(line.unit_amount)) != (line.quantity, line.unit_amount):
            faults.append(f"line {place}: QuickBooks drops decimals of {line.quantity} × {line.unit_amount}")
        if line_amount(line.quantity, line.unit_amount) != line.amount:
            faults.append(f"line {place}: code 6070 for {line.amount}")
    if document.tax_mode in ("computed", "override"):
        return faults  # its tax is another question: `automated_tax`
    answer = _tax(document, reference)
    subtotal = sum((cents(line.amount) for line in document.lines), ZERO)
    expected = document.expected
    if (subtotal, answer.total, subtotal + answer.total) != (expected.subtotal, expected.tax, expected.total):
        faults.append(f"QuickBooks answers {subtotal} and {answer.total} tax, planned {expected}")
    if subtotal + answer.total != abs(record.total):
        faults.append(f"QuickBooks totals {subtotal + answer.total}, ConnectWise {record.total}")
    return faults


def automated_tax(posting: Posting, record: CanonicalRecord, behaviour: str) -> Decimal:
    """What Automated Sales Tax makes of the document where it knows the same rate as ConnectWise for the first taxed
    line: it has one code for the place, and rounds once."""
    document, company = posting.document, Company("1")
    company.info = {"Country": "US"}
    company.preferences = {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True}}
    company.sales_tax_behaviour = behaviour
    sources = [line.source_line for line in document.lines if line.tax_code == "TAX" and line.source_line is not None]
    flagged = record.lines[sources[0]].taxable_levels if sources else ()
    for level in (each for each in record.tax_levels if each.level in flagged and each.code != "FEE"):
        row = {"Id": str(level.level), "Name": level.code, "RateValue": (level.rate or ZERO) * 100}
        company.collections["TaxRate"].by_id[row["Id"]] = row
    details = [{"TaxRateRef": {"value": each}} for each in company.collections["TaxRate"].by_id]
    company.collections["TaxCode"].by_id["9"] = {"Id": "9", "SalesTaxRateList": {"TaxRateDetail": details}}
    company.automated_rates = [{"CountrySubDivisionCode": "", "PostalCode": "", "TaxCodeRef": {"value": "9"}}]
    sent = {"TotalTax": document.expected.tax} if document.tax_mode == "override" and sources else None
    return tax_of(_question(document, company, sent)).total


def _tax(document: LedgerDocument, reference: LedgerReference) -> TaxAnswer:
    company = simulated_company(reference)
    return tax_of(
        _question(
            document, company, _american_detail(document, company) if company.is_us else _detail(document, company)
        )
    )


def _question(document: LedgerDocument, company: Company, sent: dict[str, Any] | None) -> TaxQuestion:
    return TaxQuestion(
        company=company,
        lines=[TaxedLine(line.amount, _line_code(line, company)) for line in document.lines],
        subtotal=sum((line.amount for line in document.lines), ZERO),
        discount=ZERO,
        discount_first=False,
        sent=sent,
        global_tax="TaxExcluded",
        day=document.document_date,
        customer={},
        ship_to={},
    )


def _line_code(line: LedgerLine, company: Company) -> str:
    if not company.is_us:
        return line.tax_code
    return UNTAXED if line.tax_code == UNTAXED else "TAX"


def _detail(document: LedgerDocument, company: Company) -> dict[str, Any] | None:
    """Every rate's own tax, where the plan moved a cent; each code then has one rate, or none."""
    if not any(line.tax_override for line in document.lines):
        return None
    sums: dict[str, Decimal] = {}
    for line in document.lines:
        for rate in _rates(line.tax_code, company):
            sums[rate] = sums.get(rate, ZERO) + line.tax_amount
    return _said(sums)


def _american_detail(document: LedgerDocument, company: Company) -> dict[str, Any] | None:
    codes = sorted({line.tax_code for line in document.lines} - {UNTAXED})
    if not codes:
        return None
    head = {"TxnTaxCodeRef": {"value": codes[0]}}
    if not any(line.tax_override for line in document.lines):
        return head
    rates = _rates(codes[0], company)
    percents = [_percent(company, rate) for rate in rates]
    parts = shares(document.expected.tax, percents)
    return head | _said(dict(zip(rates, parts, strict=True)))


def _said(taxes: dict[str, Decimal]) -> dict[str, Any]:
    lines = [{"Amount": tax, "TaxLineDetail": {"TaxRateRef": {"value": rate}}} for rate, tax in taxes.items()]
    return {"TotalTax": sum(taxes.values(), ZERO), "TaxLine": lines}


def _rates(code: str, company: Company) -> list[str]:
    found = company.find("TaxCode", code) or {}
    return [each["TaxRateRef"]["value"] for each in found["SalesTaxRateList"]["TaxRateDetail"]]


def _percent(company: Company, rate: str) -> Decimal:
    found = company.find("TaxRate", rate) or {}
    return Decimal(found["RateValue"])


def simulated_company(reference: LedgerReference) -> Company:
    """The simulator's company with the tax codes of `reference`; each part of a code is the rate of its name."""
    codes = tuple(
        (rate.code, tuple((part.name, part.rate, part.compound) for part in rate.components))
        for rate in reference.tax_rates
    )
    return _company(reference.country, codes, automated=reference.sales_tax == "automated")


@cache
def _company(country: str, codes: tuple[Any, ...], *, automated: bool) -> Company:
    company = Company("1")
    company.info = {"Country": country}
    company.preferences = {"TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": automated}}
    for code, parts in codes:
        details = []
        for order, (name, percent, compound) in enumerate(parts):
            company.collections["TaxRate"].by_id[name] = {"Id": name, "Name": name, "RateValue": percent}
            applies = "TaxOnAmountPlusTax" if compound else "TaxOnAmount"
            details.append({"TaxRateRef": {"value": name}, "TaxTypeApplicable": applies, "TaxOrder": order})
        record = {"Id": code, "Name": code, "SalesTaxRateList": {"TaxRateDetail": details}}
        company.collections["TaxCode"].by_id[code] = record
    return company
