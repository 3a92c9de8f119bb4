"""Self-consistent documents in every tax mode, each with the settings and the ledger that it is planned for.

*Self-consistent* (docs/exactness.md): the lines and the tax levels add up to the total, each line is its quantity times
its full price, rounded once, and each level is its rate on what its lines add up to, rounded once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from tieout_contracts.records import Address, CreditMemoRecord, InvoiceRecord, RecordLine, TaxLevel
from tieout_contracts.settings import AdjustmentSettings, LevelRule, SettingsSnapshot, TaxRule, TaxSettings, ZeroRule
from transform_kit.books import LEVELS, ON_TAX, SEVERAL, SPLIT, XERO, Books
from transform_kit.generator import billed_line, cents, metered_line
from transform_kit.levels import CODES, GROUPS, PLACES, QUEBEC, STATE, SUBSETS, Level, named
from transform_kit.records import CUSTOMER, entries, invoice, mirrored, negated, snapshot, tax_settings

SERVED = CUSTOMER.model_copy(update={"address": Address(city="Springfield", region="CA", postal_code="90001")})
MEDIAN_LINES = 8
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Case:
    mode: str
    record: InvoiceRecord | CreditMemoRecord
    settings: SettingsSnapshot
    books: Books


Draw = Callable[[Random], tuple[tuple[RecordLine, ...], Iterable[Level], TaxSettings, dict[str, Any]]]

GROUP_RULES = tuple(TaxRule(connectwise_tax_code=code, ledger_tax_code=ledger) for code, ledger in GROUPS.items())
ZEROS = (
    ZeroRule(reason="export", ledger_tax_code="ZERO", connectwise_tax_code="VAT"),
    ZeroRule(reason="exempt", ledger_tax_code="EXEMPT"),
)


def _level_rules(prefix: str) -> tuple[LevelRule, ...]:
    return tuple(
        LevelRule(connectwise_levels=tuple(x.code for x in levels), ledger_tax_code=named(levels, prefix))
        for levels in SUBSETS
    )


def case(random: Random, books: Books = XERO) -> Case:
    """One document of a tax mode chosen at random among those of the books."""
    mode = random.choice([mode for mode in MODES if mode not in books.without])
    lines, levels, tax, head = MODES[mode](random)
    if books.metered:
        lines = _with_meter(random, lines)
    if books.untaxed and mode in LEVELS:
        lines = _taxed_alike(lines)
    record = _taxed(random, lines, tuple(levels), head, books.currencies)
    settings = snapshot(
        ledger=books.ledger.ledger,
        tax=books.fitted(tax),
        adjustment=AdjustmentSettings(
            account="860",
            item_code="ROUNDING",
            line_rule=random.choice(("rounding_line", "rounding_line", "single_unit")),
        ),
    )
    return Case(mode, _some_other_way(random, record), settings, books)


def _with_meter(random: Random, lines: tuple[RecordLine, ...]) -> tuple[RecordLine, ...]:
    """One in four documents bills what a meter counted; now and then it is counted stock."""
    if random.randrange(4):
        return lines
    metered = metered_line(random, len(lines), lines[0].taxable_levels)
    stock = {"tax_code": lines[0].tax_code} | ({"item_code": "SW-24"} if random.randrange(4) == 0 else {})
    return (*lines, metered.model_copy(update=stock))


def _taxed_alike(lines: tuple[RecordLine, ...]) -> tuple[RecordLine, ...]:
    """All taxed lines at the levels of the first one: such a document has one tax code."""
    levels = next((each.taxable_levels for each in lines if each.taxable_levels), ())
    return tuple(each.model_copy(update={"taxable_levels": levels}) if each.taxable_levels else each for each in lines)


def _some_other_way(random: Random, record: InvoiceRecord) -> InvoiceRecord | CreditMemoRecord:
    """Most are invoices as they are; some are credit memos, some invoices below zero."""
    way = random.randrange(10)
    if way == 0 and record.total >= 0:
        return mirrored(record)
    return negated(record) if way == 1 else record


def _by_tax_flag(random: Random) -> Any:
    code = random.choice(tuple(CODES))
    lines = _lines(random, lambda: random.choice(((1,), (1,), ())))
    tax = tax_settings(mode="by_tax_flag", taxed=GROUPS[code], rules=())
    return lines, [Level(1, "ANY", CODES[code])], tax, {}


def _by_tax_group(random: Random) -> Any:
    code = random.choice(tuple(CODES))
    lines = _lines(random, lambda: random.choice(((1,), (1,), ())))
    tax = tax_settings(rules=GROUP_RULES, zeros=ZEROS, untaxed=None)
    return lines, [Level(1, code, CODES[code])], tax, {"tax_code": code}


def _several_codes(random: Random) -> Any:
    levels = [Level(number, code, CODES[code]) for number, code in enumerate(CODES, start=1)]
    lines = _lines(random, lambda: random.choice(((1,), (2,), (3,), (4,), ())))
    named = [
        each.model_copy(update={"tax_code": levels[each.taxable_levels[0] - 1].code if each.taxable_levels else None})
        for each in lines
    ]
    return tuple(named), levels, tax_settings(rules=GROUP_RULES), {}


def _by_level(prefix: str) -> Draw:
    def draw(random: Random) -> Any:
        combination = [tuple(x.number for x in levels) for levels in SUBSETS]
        lines = _lines(random, lambda: random.choice((*combination, (), (1, 2, 3), (1, 2, 3))))
        rules = _level_rules(prefix)
        if random.randrange(2):
            return lines, PLACES, tax_settings(mode="by_tax_level", rules=(), levels=rules), {}
        singles = tuple(
            TaxRule(connectwise_tax_code=place.code, ledger_tax_code=named((place,), prefix)) for place in PLACES
        )
        return lines, PLACES, tax_settings(mode="by_tax_level", rules=singles, levels=rules[len(PLACES) :]), {}

    return draw


def _tax_on_tax(random: Random) -> Any:
    rules = (LevelRule(connectwise_levels=("GST", "QST"), ledger_tax_code="QUEBEC"),)
    lines = _lines(random, lambda: random.choice(((1, 2), (1, 2), ())))
    return lines, QUEBEC, tax_settings(mode="by_tax_level", rules=(), levels=rules), {"tax_on_tax": True}


def _levels_as_lines(random: Random) -> Any:
    fee = Level(2, "FEE", flat=Decimal(random.randint(1, 900)) / 100)
    capped = Level(2, "FEE", Decimal("2.75"), ceiling=Decimal(random.randint(10, 500)))
    lines = _lines(random, lambda: random.choice(((1,), (1, 2), (2,), ())))
    tax = tax_settings(mode="by_tax_level", rules=(), levels=_level_rules("ONE"), levels_as_lines=("FEE",))
    return lines, [STATE, random.choice((fee, capped))], tax, {}


def _gl_entries(random: Random) -> Any:
    lines = _lines(random, lambda: random.choice(((1, 2, 3), (1,), ())))
    return lines, PLACES, tax_settings(mode="gl_entries", rules=()), {}


def _avalara(random: Random) -> Any:
    lines, levels, _, _ = _gl_entries(random)
    return lines, levels, tax_settings(rules=(), avalara="tax_lines"), {"uses_avalara": True}


MODES: dict[str, Draw] = {
    "by tax flag": _by_tax_flag,
    "by tax group": _by_tax_group,
    SEVERAL: _several_codes,
    "by tax level, rates of one part": _by_level("ONE"),
    SPLIT: _by_level("MANY"),
    ON_TAX: _tax_on_tax,
    "by tax level, some levels as lines": _levels_as_lines,
    "lines from GL entries": _gl_entries,
    "Avalara as lines": _avalara,
}


def _lines(random: Random, levels: Callable[[], tuple[int, ...]]) -> tuple[RecordLine, ...]:
    """A log-normal count of lines: half of all documents have up to eight, few have hundreds."""
    count = max(1, min(MAX_LINES, round(MEDIAN_LINES * random.lognormvariate(0, 1.0))))
    lines = [billed_line(random, index, levels()) for index in range(count)]
    if random.randrange(8) == 0 and lines[0].quantity:
        lines[0] = lines[0].model_copy(update={"item_code": "SW-24"})
    return tuple(lines)


def _taxed(
    random: Random,
    lines: tuple[RecordLine, ...],
    levels: tuple[Level, ...],
    head: dict[str, Any],
    currencies: tuple[str, ...],
) -> InvoiceRecord:
    """The document as ConnectWise taxes it: each level once, on what its lines add up to."""
    says_base, says_rate = random.randrange(2) == 1, random.randrange(2) == 1
    told: list[TaxLevel] = []
    for level in levels:
        base = sum((each.amount for each in lines if level.number in each.taxable_levels), Decimal("0.00"))
        if head.get("tax_on_tax"):
            base += sum((before.tax_amount for before in told), Decimal(0))
        told.append(_told(level, base, says_base=says_base))
    tax = sum((each.tax_amount for each in told), Decimal("0.00"))
    single = len(levels) == 1
    return invoice(
        lines,
        tax,
        **{
            "tax_code": "GST",
            "ship_to": SERVED,
            "currency": random.choice(currencies),
            "tax_levels": tuple(told),
            "tax_entries": entries(told),
            "tax_rate": levels[0].percent / 100 if says_rate and single else None,
            **head,
        },
    )


def _told(level: Level, base: Decimal, *, says_base: bool) -> TaxLevel:
    taxed = min(base, level.ceiling) if level.ceiling is not None else base
    flat = None if level.flat is None else level.flat * bool(base)
    tax = cents(taxed * level.percent / 100) if flat is None else flat
    return TaxLevel(
        level=level.number,
        code=level.code,
        taxable_amount=taxed if says_base else None,
        tax_amount=tax,
        rate=level.flat if level.flat is not None else level.percent / 100,
        flat=level.flat is not None,
        taxable_max=level.ceiling,
    )
