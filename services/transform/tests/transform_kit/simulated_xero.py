"""What the Xero simulator's own arithmetic says of a planned document; it shares no code with the rules."""

from tieout_contracts.documents import LedgerLine
from tieout_contracts.posting import Posting
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference, LedgerTaxRate
from tieout_simulators.xero.arithmetic import (
    QUANTITY_PLACES,
    TaxComponent,
    effective_rate,
    line_tax,
    product,
    rounded,
    totals,
)

PRICE_PLACES = 4
"""With `unitdp=4`, as the writer asks."""


def simulated_faults(posting: Posting, record: CanonicalRecord, reference: LedgerReference) -> list[str]:
    """Everything in which the simulator would answer something else than was planned, or would refuse it."""
    rates = {rate.code: rate for rate in reference.tax_rates}
    faults, answered = [], []
    for place, line in enumerate(posting.document.lines):
        quantity, price = rounded(line.quantity, QUANTITY_PLACES), rounded(line.unit_amount, PRICE_PLACES)
        if (quantity, price) != (line.quantity, line.unit_amount):
            faults.append(f"line {place}: Xero keeps {quantity} × {price}")
        amount = rounded(product(quantity, price))
        tax = line_tax(amount, _effective(rates[line.tax_code]), "Exclusive")
        faults += _override_faults(place, line, posting)
        answered.append((amount, line.tax_amount if line.tax_override else tax))
        if answered[-1] != (line.amount, line.tax_amount):
            faults.append(f"line {place}: Xero answers {answered[-1]}, planned {line.amount}, {line.tax_amount}")
    made, expected = totals(answered, "Exclusive"), posting.document.expected
    if (made.sub_total, made.total_tax, made.total) != (expected.subtotal, expected.tax, expected.total):
        faults.append(f"Xero answers {made}, planned {expected}")
    if made.total != abs(record.total):
        faults.append(f"Xero totals {made.total}, ConnectWise {record.total}")
    return faults


def _effective(rate: LedgerTaxRate) -> object:
    if not rate.components:
        return rate.rate
    return effective_rate(TaxComponent(part.rate, part.compound) for part in rate.components)


def _override_faults(place: int, line: LedgerLine, posting: Posting) -> list[str]:
    """The simulator takes a tax of the line's own side that is not larger than the line."""
    taken = line.tax_amount * line.amount >= 0 and abs(line.tax_amount) <= abs(line.amount)
    return [] if taken or not line.tax_override else [f"line {place}: Xero refuses {line.tax_amount} on {line.amount}"]
