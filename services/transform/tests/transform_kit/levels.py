"""ConnectWise tax levels of the generated documents, and their combinations."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations


@dataclass(frozen=True, slots=True)
class Level:
    """A ConnectWise tax level: `percent`, or a flat amount, or percent of no more than `ceiling`."""

    number: int
    code: str
    percent: Decimal = Decimal(0)
    flat: Decimal | None = None
    ceiling: Decimal | None = None


STATE, COUNTY, CITY = (
    Level(1, "STATE", Decimal("6")),
    Level(2, "COUNTY", Decimal("0.25")),
    Level(3, "CITY", Decimal("1.625")),
)
PLACES = (STATE, COUNTY, CITY)
SUBSETS = tuple(chain.from_iterable(combinations(PLACES, size) for size in (1, 2, 3)))
CODES = {"GST": Decimal(10), "GST15": Decimal(15), "VAT": Decimal(20), "LOW": Decimal(5)}
GROUPS = {"GST": "OUTPUT", "GST15": "OUTPUT15", "VAT": "VAT20", "LOW": "LOW5"}
"""The ledger's code for each of `CODES`."""
QUEBEC = (Level(1, "GST", Decimal(5)), Level(2, "QST", Decimal("9.5")))


def percent(levels: Iterable[Level]) -> Decimal:
    return sum((level.percent for level in levels), Decimal(0))


def named(levels: Iterable[Level], prefix: str) -> str:
    """The ledger's code of a combination: `ONE13`, `MANY13`."""
    return prefix + "".join(str(level.number) for level in levels)
