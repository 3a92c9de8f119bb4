"""How a line comes out at ConnectWise's extended amount under the ledger's own rule, keeping the quantity.

The ladder, in this order: the exported price; the product's own price (ConnectWise exports prices already rounded);
extended ÷ quantity at the ledger's full precision; the amount alone, where the ledger takes that; a rounding line right
below, or, where the company chose it, quantity 1 with the arithmetic in the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from tieout_contracts.documents import LineMethod
from tieout_contracts.records import RecordLine
from tieout_transform.rules.ledger_arithmetic import AMOUNT_PLACES, NOTHING, ledger_amount
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.words import figure, money, signed

LineRule = Literal["rounding_line", "single_unit"]
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """`quantity` × `unit_amount` is `amount` in the ledger; with `rounding` it is ConnectWise's amount.

    With `amount_only` their product is another amount, so that only `amount` may be sent.
    """

    method: LineMethod
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    rounding: Decimal = NOTHING
    arithmetic: str = ""
    """In words, where the line did not come out by itself."""
    ending: str = ""
    """What the line's text ends with, where quantity and price could not be kept."""


def too_large(line: RecordLine, ledger: Ledger) -> str | None:
    """The figure that the ledger has no room for, in words; None where all have."""
    if abs(line.quantity) > ledger.max_quantity:
        return f"quantity {figure(line.quantity)}"
    if abs(line.amount) > ledger.max_line_amount:
        return f"amount {money(line.amount)}"
    return None


def price_line(line: RecordLine, *, rule: LineRule, tracked_stock: bool, ledger: Ledger) -> PricedLine | None:
    """The first rung of the ladder that holds; None where no price makes the amount and nothing else is allowed."""
    quantity, amount = ledger.quantity(line.quantity), ledger_amount(line.amount)
    rungs = [
        PricedLine(method, quantity, price, ledger.line_amount(quantity, price))
        for method, price in _prices(line, quantity, amount, ledger)
    ]
    for rung in rungs:
        if rung.amount == amount:
            plain = quantity == line.quantity and amount == line.amount
            return rung if plain else replace(rung, arithmetic=_rounded_to_places(rung, line, ledger))
    nearest = min(rungs, key=lambda rung: abs(amount - rung.amount), default=None) if quantity else None
    if ledger.takes_amount_alone and not tracked_stock:
        return _amount_only(line, quantity, nearest.unit_amount if nearest else NOTHING, amount, ledger)
    if nearest is not None and (rule == "rounding_line" or tracked_stock):
        return _with_rounding_line(nearest, line, amount, ledger)
    return None if tracked_stock else _single_unit(line, amount, ledger)


def _prices(
    line: RecordLine, quantity: Decimal, amount: Decimal, ledger: Ledger
) -> Iterator[tuple[LineMethod, Decimal]]:
    """Prices at the ledger's places, best first; a price that the ledger has no room for is none."""
    if line.exported_price is not None and abs(line.exported_price) <= ledger.max_line_amount:
        yield "exported_price", ledger.price(line.exported_price)
    if line.own_price is not None and abs(line.own_price) <= ledger.max_line_amount:
        yield "own_price", ledger.price(line.own_price)
    if quantity and abs(derived := amount / quantity) <= ledger.max_line_amount:
        yield "derived_price", ledger.price(derived)
    elif not quantity:
        yield "derived_price", ledger.price(amount)


def _rounded_to_places(rung: PricedLine, line: RecordLine, ledger: Ledger) -> str:
    return (
        f"ConnectWise says {figure(line.quantity)} for {money(line.amount)}, "
        f"{ledger.name} keeps {ledger.quantity_places} decimals of a quantity and {AMOUNT_PLACES} of an amount: "
        f"{figure(rung.quantity)} × {figure(rung.unit_amount)} = {money(rung.amount)}"
    )


def _amount_only(line: RecordLine, quantity: Decimal, price: Decimal, amount: Decimal, ledger: Ledger) -> PricedLine:
    words = f"{_unreachable(line, amount, ledger)}: posted as the amount {money(amount)} alone"
    return PricedLine("amount_only", quantity, price, amount, NOTHING, words, f" ({_told(line)})")


def _with_rounding_line(rung: PricedLine, line: RecordLine, amount: Decimal, ledger: Ledger) -> PricedLine:
    rounding = amount - rung.amount
    words = (
        f"{figure(rung.quantity)} × {figure(rung.unit_amount)} = {money(rung.amount)} in {ledger.name}, "
        f"{_connectwise_says(line)}: rounding line {signed(rounding)}"
    )
    return PricedLine("rounding_line", rung.quantity, rung.unit_amount, rung.amount, rounding, words)


def _single_unit(line: RecordLine, amount: Decimal, ledger: Ledger) -> PricedLine:
    factors = _factors(line) or f"quantity {figure(line.quantity)}"
    words = f"{_unreachable(line, amount, ledger)}: posted as 1 × {money(amount)}"
    return PricedLine("single_unit", _ONE, amount, amount, NOTHING, words, f" ({factors})")


def _unreachable(line: RecordLine, amount: Decimal, ledger: Ledger) -> str:
    made = f"makes {money(amount)} of {figure(line.quantity)} in {ledger.name}"
    return f"no price of {ledger.price_places} decimals {made}, {_connectwise_says(line)}"


def _connectwise_says(line: RecordLine) -> str:
    factors = _factors(line)
    return f"ConnectWise says {money(line.amount)}" + (f" ({factors})" if factors else "")


def _told(line: RecordLine) -> str:
    """Quantity and price as the client is told them, where the ledger cannot show them."""
    price = line.own_price if line.own_price is not None else line.exported_price
    if (factors := _factors(line)) or price is None:
        return factors or f"quantity {figure(line.quantity)}"
    return f"{figure(line.quantity)} at {figure(price)}"


def _factors(line: RecordLine) -> str:
    """ConnectWise's own arithmetic in words, where a price that it gave makes its amount."""
    for price in (line.own_price, line.exported_price):
        if price is not None and line.quantity and ledger_amount(line.quantity * price) == ledger_amount(line.amount):
            return f"{figure(line.quantity)} × {figure(price)}"
    return ""
