"""Tax that the ledger finds by the address, at rates of its own (Automated Sales Tax).

Nobody can compare those rates before the document is made, so ConnectWise is held against itself: each level must be
its rate on what its lines add up to, give or take half a minor unit for each of these lines, and the tax on it. The
whole tax is then laid on the lines that bear it; the ledger states it for the document only.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from tieout_contracts.records import Address, InvoiceContent, TaxLevel
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.draft import DraftLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledger_arithmetic import HALF_A_MINOR_UNIT, ledger_amount
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.levels import base_of, other_base
from tieout_transform.rules.tax import TaxMap
from tieout_transform.rules.tax_lines import posted_as_lines
from tieout_transform.rules.words import figure, money

_ZERO = Decimal("0.00")
_RATE_PLACES = 4
"""The decimals that ConnectWise gives of the rate of a whole document."""


def lay_tax(
    record: InvoiceContent, lines: list[DraftLine], taxes: TaxMap, ledger: Ledger, findings: Findings
) -> dict[str, Decimal] | None:
    """Lay ConnectWise's tax on the lines that the ledger taxes; nothing of it is left over.

    None where ConnectWise's own rates do not make it, which was refused.
    """
    stated = record.tax - posted_as_lines(lines)
    taxed = [line for line in lines if line.rate == taxes.automated]
    levels = () if taxes.all_as_lines else tuple(x for x in record.tax_levels if x.level not in taxes.as_lines)
    if reason := _unfounded(record, taxed, stated, levels):
        findings.add("rules.tax_unfounded", tax=money(stated), reason=reason)
        return None
    _spread(stated, taxed)
    if taxed:
        findings.explain(f"tax: {money(stated)} by ConnectWise's rates; {ledger.name} finds its own by the address")
    return {}


def delivery_address(
    record: InvoiceContent, lines: Iterable[DraftLine], taxes: TaxMap, chart: Chart, findings: Findings
) -> Address | None:
    """Where it was delivered, where the ledger finds tax by it: the served site's address, else the customer's own.

    Refused where a taxed document has none: it would be taxed at the company's own place.
    """
    if chart.reference.sales_tax != "automated":
        return None
    served = record.ship_to
    at_bill_to = served is None or served.company_id == record.bill_to.company_id
    addresses = (served.address if served else None, record.bill_to.address if at_bill_to else None)
    address = next((each for each in addresses if each is not None and _says_something(each)), None)
    if address is None and any(line.rate == taxes.automated for line in lines):
        findings.add("rules.ship_to_missing", number=record.number, ledger=chart.ledger.name)
    return address


def _says_something(address: Address) -> bool:
    return any((*address.lines, address.city, address.region, address.postal_code))


def _spread(tax: Decimal, taxed: Sequence[DraftLine]) -> None:
    """Each line's part by its amount, in cents; where the amounts make nothing, the largest line has it all."""
    base = sum((line.amount for line in taxed), _ZERO)
    if taxed and not base:
        max(taxed, key=lambda line: abs(line.amount)).tax_amount = tax
        return
    amount = laid = _ZERO
    for line in taxed:
        amount += line.amount
        line.tax_amount = ledger_amount(tax * amount / base) - laid
        laid += line.tax_amount


def _unfounded(
    record: InvoiceContent, taxed: Sequence[DraftLine], stated: Decimal, levels: tuple[TaxLevel, ...]
) -> str:
    """Why ConnectWise's tax does not follow from its rates and lines, in words; empty where it does."""
    if stated and not taxed:
        return "no line is flagged for it"
    if levels and (made := sum((level.tax_amount for level in levels), _ZERO)) != stated:
        return f"its levels make {money(made)}"
    if reason := other_base(record, tuple(level for level in levels if level.taxable_max is None)):
        return reason
    if any(level.rate is None for level in levels) or not levels:
        return _by_the_documents_rate(record, taxed, stated)
    return next(filter(None, (_of_level(record, level) for level in levels)), "")


def _by_the_documents_rate(record: InvoiceContent, taxed: Sequence[DraftLine], stated: Decimal) -> str:
    """Where the levels do not tell their rates: the rate of the whole document, at the decimals that it has."""
    rate, base = record.tax_rate, sum((line.amount for line in taxed), _ZERO)
    if not stated and not rate:
        return ""
    if rate is None:
        return "ConnectWise does not tell the rate"
    places = max(_RATE_PLACES, -int(rate.as_tuple().exponent))
    bound = HALF_A_MINOR_UNIT * len(taxed) * (1 + rate) + abs(base) * Decimal(5).scaleb(-places - 1)
    return _beyond("the tax", stated, rate, (base,), bound)


def _of_level(record: InvoiceContent, level: TaxLevel) -> str:
    """Why a level is not its rate on its base, in words; a flat amount is itself, on either side."""
    rate, name = level.rate, f"level {level.level}"
    assert rate is not None, "a level without a rate is checked by the document's"
    if level.flat:
        told = level.tax_amount in (_ZERO, rate, -rate)
        return "" if told else f"{name} is {money(level.tax_amount)}, and its flat amount is {money(rate)}"
    count = sum(level.level in line.taxable_levels for line in record.lines)
    return _beyond(name, level.tax_amount, rate, tuple(_bases(record, level)), HALF_A_MINOR_UNIT * count * (1 + rate))


def _bases(record: InvoiceContent, level: TaxLevel) -> Iterator[Decimal]:
    """What the level taxes: its lines up to its ceiling, and with tax on tax perhaps the tax of the levels before."""
    base = base_of(record, level.level)
    before = sum((each.tax_amount for each in record.tax_levels if each.level < level.level), _ZERO)
    for each in (base, base + before) if record.tax_on_tax else (base,):
        ceiling = level.taxable_max
        yield each if ceiling is None or abs(each) <= ceiling else ceiling.copy_sign(each)


def _beyond(name: str, tax: Decimal, rate: Decimal, bases: tuple[Decimal, ...], bound: Decimal) -> str:
    if any(abs(tax - base * rate) <= bound for base in bases):
        return ""
    made = f"{figure(rate.scaleb(2))} % of {money(bases[0])} makes {money(ledger_amount(bases[0] * rate))}"
    return f"{name} is {money(tax)}, and {made}"
