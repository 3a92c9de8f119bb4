"""A second opinion on the ledgers' arithmetic: whole numbers only, written apart from the rules.

Xero (https://central.xero.com/s/article/Rounding-in-Xero): prices with `unitdp=4` and quantities have four decimals,
line amounts two; tax is computed for each line, rounded to two, then summed. QuickBooks Online: seven decimals, or an
amount alone; its tax is in `transform_kit.quickbooks_tax`.
"""

from collections import defaultdict
from decimal import Decimal

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_contracts.posting import Posting
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference, LedgerTaxRate
from transform_kit.quickbooks_tax import quickbooks_faults
from transform_kit.records import negated

PLACES = {"xero": 4, "qbo": 7}


def whole(number: Decimal, places: int) -> int:
    """`number` in units of its last allowed place; `ValueError` where it has more."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    value = int("".join(map(str, digits)))
    shift = exponent + places
    if shift < 0:
        value, rest = divmod(value, 10**-shift)
        if rest:
            raise ValueError(f"{number} has more than {places} decimals")
    else:
        value *= 10**shift
    return -value if sign else value


def rounded(value: int, dropped: int) -> int:
    """`value` without its last `dropped` decimal digits; a half moves away from zero."""
    unit = 10**dropped
    magnitude = (2 * abs(value) + unit) // (2 * unit)
    return -magnitude if value < 0 else magnitude


def rounded_amount(amount: Decimal) -> int:
    """Any amount in cents."""
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    places = max(2, -exponent)
    return rounded(whole(amount, places), places - 2)


def line_cents(line: LedgerLine, places: int) -> int:
    """What the ledger makes of the line; an amount that stands alone is itself."""
    if line.method == "amount_only":
        return whole(line.amount, 2)
    return rounded(whole(line.quantity, places) * whole(line.unit_amount, places), 2 * places - 2)


def tax_cents(line: LedgerLine, rate: LedgerTaxRate) -> int:
    return rounded(line_cents(line, PLACES["xero"]) * whole(rate.rate, 6), 8)


def faults_of(posting: Posting, record: CanonicalRecord, reference: LedgerReference) -> list[str]:
    """Everything in which the posting is not what it promises, in words; empty where it is exact (I-3)."""
    document, places = posting.document, PLACES[reference.ledger]
    rates = {rate.code: rate for rate in reference.tax_rates}
    if record.kind == "invoice" and record.total < 0:
        record = negated(record)
    return [
        *_line_faults(document, places),
        *(_xero_tax_faults(document, rates) if reference.ledger == "xero" else quickbooks_faults(document, reference)),
        *_source_faults(document, record, places),
        *_sum_faults(document, record, places),
        *_tax_faults(posting, record),
    ]


def _line_faults(document: LedgerDocument, places: int) -> list[str]:
    made = [line_cents(line, places) for line in document.lines]
    return [
        f"line {place}: the ledger makes {cents} cents, planned are {line.amount}"
        for place, (line, cents) in enumerate(zip(document.lines, made, strict=True))
        if cents != whole(line.amount, 2)
    ]


def _xero_tax_faults(document: LedgerDocument, rates: dict[str, LedgerTaxRate]) -> list[str]:
    faults = []
    for place, line in enumerate(document.lines):
        moved = whole(line.tax_amount, 2) - tax_cents(line, rates[line.tax_code])
        if bool(moved) != line.tax_override or abs(moved) > 1:
            faults.append(f"line {place}: {moved} cents of tax are moved, override {line.tax_override}")
        rate = rates[line.tax_code]
        if moved and not rate.rate:
            faults.append(f"line {place}: {rate.code} may not carry cents")
        if moved and abs(line.tax_amount) > abs(line.amount):
            faults.append(f"line {place}: more tax than amount")
    return faults


def _source_faults(document: LedgerDocument, record: CanonicalRecord, places: int) -> list[str]:
    faults = []
    cents: defaultdict[int, int] = defaultdict(int)
    order = []
    for place, line in enumerate(document.lines):
        if line.kind in ("source", "rounding"):
            assert line.source_line is not None
            cents[line.source_line] += line_cents(line, places)
        if line.kind == "source":
            order.append(line.source_line)
            source = record.lines[line.source_line or 0]
            kept = rounded(whole(source.quantity, 12), 12 - places) == whole(line.quantity, places)
            if not kept and line.method != "single_unit":
                faults.append(f"line {place}: the quantity {source.quantity} became {line.quantity}")
        if line.kind == "rounding" and not _inherits(line, document.lines[place - 1]):
            faults.append(f"line {place}: a rounding line that does not follow its parent")
    if order != list(range(len(record.lines))):
        faults.append(f"the lines are {order}")
    for index, source in enumerate(record.lines):
        if cents[index] != rounded_amount(source.amount):
            faults.append(f"source line {index}: {cents[index]} cents for {source.amount}")
    return faults


def _inherits(line: LedgerLine, parent: LedgerLine) -> bool:
    return (
        parent.kind == "source"
        and (parent.source_line, parent.account_code, parent.tax_code, parent.tracking)
        == (line.source_line, line.account_code, line.tax_code, line.tracking)
        and line.item_code is None
    )


def _sum_faults(document: LedgerDocument, record: CanonicalRecord, places: int) -> list[str]:
    subtotal = sum(line_cents(line, places) for line in document.lines)
    tax = sum(whole(line.tax_amount, 2) for line in document.lines)
    expected = document.expected
    by_code: defaultdict[str, int] = defaultdict(int)
    for line in document.lines:
        by_code[line.tax_code] += whole(line.tax_amount, 2)
    said = {total.tax_code: whole(total.amount, 2) for total in expected.tax_by_code}
    sums = {
        "subtotal": (subtotal, whole(expected.subtotal, 2)),
        "tax": (tax, whole(expected.tax, 2)),
        "total": (subtotal + tax, whole(expected.total, 2)),
        "ConnectWise's total": (subtotal + tax, whole(record.total, 2)),
    }
    faults = [f"{name}: {made} cents made, {wanted} wanted" for name, (made, wanted) in sums.items() if made != wanted]
    return faults if said == dict(by_code) else [*faults, f"tax by code {said}, made {dict(by_code)}"]


def _tax_faults(posting: Posting, record: CanonicalRecord) -> list[str]:
    """The tax is ConnectWise's, or the warnings say what stands outside it; one adjustment line at most, the last."""
    document = posting.document
    codes = {warning.code for warning in posting.warnings}
    adjustments = [place for place, line in enumerate(document.lines) if line.kind == "adjustment"]
    faults = []
    as_lines = sum((line.amount for line in document.lines if line.kind == "tax"), Decimal(0))
    if document.expected.tax + as_lines != record.tax and "rules.tax_adjusted" not in codes:
        faults.append(f"tax {document.expected.tax} and {as_lines} as lines for {record.tax}, and nothing says so")
    if any(line.tax_amount for line in document.lines if line.kind == "tax"):
        faults.append("a tax line is taxed")
    if adjustments not in ([], [len(document.lines) - 1]):
        faults.append(f"adjustment lines at {adjustments}")
    if adjustments and ("rules.adjustment_line" not in codes or document.lines[-1].tax_amount):
        faults.append("the adjustment line is taxed or unsaid")
    if bool(adjustments or any(line.kind == "rounding" or line.tax_override for line in document.lines)) and not (
        document.note
    ):
        faults.append("cents moved and no note says so")
    return faults
