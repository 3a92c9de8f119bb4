"""Records as a coherent ConnectWise would export them, and the ways in which one can be wrong.

ConnectWise's arithmetic here: a line is quantity × full price, rounded once to cents; the export rounds prices to
cents; tax is computed for the document, once for each level. Any source of random numbers drives it, Hypothesis' too.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from tieout_contracts.records import InvoiceRecord, RecordLine, TaxLevel
from transform_kit.records import invoice, line

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class TaxRegime:
    """A ConnectWise tax code with its levels in per cent, as the ledger knows it under one code."""

    code: str
    levels: tuple[Decimal, ...]

    @property
    def percent(self) -> Decimal:
        return sum(self.levels, Decimal(0))


GST = TaxRegime("GST", (Decimal(10),))
GST15 = TaxRegime("GST15", (Decimal(15),))
CITY = TaxRegime("CITY", (Decimal("4.5"), Decimal("4.375")))
REGIMES = (GST, GST, GST15, CITY)


def coherent_record(random: Random, *, max_lines: int = 60) -> InvoiceRecord:
    """An invoice whose lines, levels, tax and total agree the way ConnectWise makes them agree."""
    regime = random.choice(REGIMES)
    taxed_share = random.choice((0, 4, 7, 10))
    levels = tuple(range(1, len(regime.levels) + 1))
    lines = tuple(
        billed_line(random, index, levels if random.randrange(10) < taxed_share else ())
        for index in range(random.randint(1, max_lines))
    )
    return taxed(lines, regime, says_rate=random.randrange(2) == 1, says_base=random.randrange(2) == 1)


def taxed(lines: tuple[RecordLine, ...], regime: TaxRegime, *, says_rate: bool, says_base: bool) -> InvoiceRecord:
    """`lines` with the tax that ConnectWise computes for the document, level by level."""
    base = sum((each.amount for each in lines if each.taxable_levels), Decimal("0.00"))
    levels = tuple(
        TaxLevel(
            level=number,
            code=f"{regime.code}-{number}",
            taxable_amount=base if says_base else None,
            tax_amount=cents(base * percent / 100),
        )
        for number, percent in enumerate(regime.levels, start=1)
    )
    tax = sum((level.tax_amount for level in levels), Decimal("0.00"))
    return invoice(
        lines,
        tax,
        tax_code=regime.code,
        tax_levels=levels,
        tax_rate=regime.percent / 100 if says_rate else None,
        taxable=True,
    )


def billed_line(random: Random, index: int, levels: tuple[int, ...]) -> RecordLine:
    places = random.choice((0, 1, 2, 2, 2, 3, 4, 5, 6, 7))
    price = Decimal(random.randint(0, 300 * 10**places)).scaleb(-places)
    quantity = _quantity(random)
    share = random.choice((Decimal(1),) * 8 + (Decimal("0.5"), Decimal(17) / Decimal(31)))
    amount = cents(quantity * price * share)
    if quantity == 0 and random.randrange(2):
        amount = cents(price)
    return line(
        amount,
        quantity=quantity,
        gl_entry_id=1000 + index,
        exported_price=random.choice((cents(price), cents(price), None)),
        own_price=random.choice((price, price, None)),
        item_code=f"P-{index % 9}",
        taxable_levels=levels,
    )


def metered_line(random: Random, index: int, levels: tuple[int, ...]) -> RecordLine:
    """What a meter counted, by the hundred thousand: a price of so many units has more decimals than any ledger's."""
    quantity = Decimal(random.randint(100_000, 9_000_000))
    price = Decimal(random.randint(1, 999_999_999)).scaleb(-random.choice((7, 9, 10, 11)))
    amount = cents(quantity * price)
    return line(
        amount,
        quantity=quantity,
        gl_entry_id=1000 + index,
        exported_price=random.choice((cents(price), None)),
        own_price=random.choice((price, price, None)),
        item_code="METER",
        taxable_levels=levels,
    )


def _quantity(random: Random) -> Decimal:
    kind = random.randrange(20)
    if kind == 0:
        return Decimal(0)
    if kind <= 2:
        return -Decimal(random.randint(1, 5))
    if kind <= 6:
        return Decimal(random.randint(1, 4000)).scaleb(-2)
    if kind == 7:
        return Decimal(random.randint(1, 400000)).scaleb(-random.choice((4, 5)))
    if kind <= 10:
        return Decimal(random.randint(100, 5000))
    return Decimal(random.randint(1, 40))
