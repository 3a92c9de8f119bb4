"""A second opinion on a plan for QuickBooks Online: its tax in exact fractions, and what its writer could not send."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_contracts.reference import LedgerReference, LedgerTaxRate

UNTAXED = "NON"


def nearest(cents: Fraction) -> int:
    """Whole cents; a half moves away from zero."""
    doubled = 2 * abs(cents)
    magnitude = (doubled.numerator + doubled.denominator) // (2 * doubled.denominator)
    return -magnitude if cents < 0 else magnitude


def quickbooks_faults(document: LedgerDocument, reference: LedgerReference) -> list[str]:
    rates = {rate.code: rate for rate in reference.tax_rates}
    abroad = reference.country == "US"
    return [
        *_sendable_faults(document, abroad=abroad),
        *_alone_faults(document),
        *(_american_tax(document, rates) if abroad else _tax_by_rate(document, rates)),
    ]


def _sendable_faults(document: LedgerDocument, *, abroad: bool) -> list[str]:
    faults = []
    if len(document.number) > 21:
        faults.append(f"the number {document.number} is too long")
    if abroad and len({line.tax_code for line in document.lines} - {UNTAXED}) > 1:
        faults.append("several tax codes on one document")
    if document.expected.total < 0:
        faults.append("a negative total")
    return faults


def _alone_faults(document: LedgerDocument) -> list[str]:
    """An amount stands alone only where quantity and price do not make it, and its text tells the quantity."""
    faults = []
    for place, line in enumerate(document.lines):
        made = nearest(Fraction(line.quantity) * Fraction(line.unit_amount) * 100) == Fraction(line.amount) * 100
        if (line.method == "amount_only") == made:
            faults.append(f"line {place}: {line.method}, and quantity × price {'is' if made else 'is not'} its amount")
        if line.method == "amount_only" and f"{abs(line.quantity.normalize()):,f}" not in line.description:
            faults.append(f"line {place}: its text does not tell the quantity")
        if line.method == "amount_only" and line.item_code == "SW-24":
            faults.append(f"line {place}: counted stock needs its quantity")
    return faults


def _american_tax(document: LedgerDocument, rates: dict[str, LedgerTaxRate]) -> list[str]:
    taxed = [line for line in document.lines if line.tax_code != UNTAXED]
    if document.tax_mode in ("computed", "override"):  # QuickBooks' own rates: the simulator answers with them
        strange = {line.tax_code for line in taxed} - {"TAX"} or any(line.tax_override for line in document.lines)
        return ["a code beside Automated Sales Tax's own"] if strange else []
    percent = Fraction(rates[taxed[0].tax_code].rate) if taxed else Fraction(0)
    base = sum((Fraction(line.amount) for line in taxed), Fraction(0))
    return _moved_faults(document, nearest(base * percent))


def _tax_by_rate(document: LedgerDocument, rates: dict[str, LedgerTaxRate]) -> list[str]:
    sums: defaultdict[str, Fraction] = defaultdict(Fraction)
    for line in document.lines:
        before = Fraction(0)
        for part in rates[line.tax_code].components:
            of = Fraction(line.amount) + before if part.compound else Fraction(line.amount)
            tax = of * Fraction(part.rate) / 100
            sums[part.name] += tax * 100
            before += tax
    faults = _moved_faults(document, sum(nearest(cents) for cents in sums.values()))
    split = any(len(rates[line.tax_code].components) > 1 for line in document.lines)
    if split and any(line.tax_override for line in document.lines):
        faults.append("cents moved on a document that has a split rate")
    return faults


def _moved_faults(document: LedgerDocument, made: int) -> list[str]:
    """Where nothing is moved the tax is the ledger's own; what is moved stays beside tax of its code, on its side."""
    moved = Fraction(document.expected.tax) * 100 - made
    overridden = {line.tax_code for line in document.lines if line.tax_override}
    faults = [f"the ledger makes {made} cents of tax, {moved} are moved"] if moved and not overridden else []
    for code in overridden:
        lines: list[LedgerLine] = [line for line in document.lines if line.tax_code == code]
        base = sum((line.amount for line in lines), Decimal(0))
        tax = sum((line.tax_amount for line in lines), Decimal(0))
        if tax * base <= 0 or abs(tax) > abs(base):
            faults.append(f"the tax {code} became {tax} on {base}")
    return faults
