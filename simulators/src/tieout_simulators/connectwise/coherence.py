"""The arithmetic that every invoice must obey: its lines give its total, its tax lines its tax.

A simulator that served figures which do not add up would teach its users to expect them.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tieout_simulators.connectwise.general_ledger import entry_ids
from tieout_simulators.connectwise.models import JsonObject
from tieout_simulators.connectwise.records import date_of

_FIXED_LEVELS = ("stateTax", "countyTax", "cityTax")


def contradictions(transaction: JsonObject) -> Iterator[str]:
    """Where a GL transaction does not agree with itself, as sentences."""
    name = f"gl_transaction {transaction.get('id')}"
    lines = transaction.get("detail", [])
    total, tax = _number(transaction.get("total")), _number(transaction.get("salesTax"))
    of_lines = _sum(line.get("total") for line in lines)
    of_tax_lines = _sum(line.get("total") for line in lines if line.get("glTypeId") == "ST")
    if of_lines != -total:
        yield f"{name}: its lines sum to {of_lines:f}, so its total must be {-of_lines:f}, not {total:f}"
    if of_tax_lines != -tax:
        yield f"{name}: its ST lines sum to {of_tax_lines:f}, so its salesTax must be {-of_tax_lines:f}, not {tax:f}"
    if (of_levels := tax_of_levels(transaction)) != tax:
        yield f"{name}: its tax levels sum to {of_levels:f}, its salesTax is {tax:f}"
    yield from _wrong_ids(transaction, name)


def disagreements(transaction: JsonObject, invoice: JsonObject) -> Iterator[str]:
    """Where a GL transaction says something else than its invoice, as sentences."""
    name = f"gl_transaction {transaction.get('id')}"
    for amount in ("total", "salesTax"):
        one, other = _number(transaction.get(amount)), _number(invoice.get(amount))
        if one != other:
            yield f"{name}: {amount} is {one:f}, that of its invoice is {other:f}"
    if transaction.get("documentNumber") != invoice.get("invoiceNumber"):
        yield f"{name}: documentNumber is not its invoice's invoiceNumber {invoice.get('invoiceNumber')!r}"
    printed, of_invoice = transaction.get("documentDate"), invoice.get("date")
    if date_of(printed) != date_of(of_invoice):
        yield f"{name}: documentDate {printed!r} is not its invoice's date {of_invoice!r}"


def tax_of_levels(transaction: JsonObject) -> Decimal:
    """The tax summed over ``taxLevels`` or, without these, over the fixed levels of the header."""
    if levels := transaction.get("taxLevels"):
        return _sum(level.get("taxAmount") for level in levels)
    return _sum(transaction.get(name) for name in _FIXED_LEVELS)


def _wrong_ids(transaction: JsonObject, name: str) -> Iterator[str]:
    try:
        ids = entry_ids(transaction)
    except ValueError:
        yield f"{name}: glEntryIds {transaction.get('glEntryIds')!r} is no comma-separated list of ids"
        return
    if not ids:
        yield f"{name}: it has no GL entry id at all"
    if doubled := sorted(each for each, count in Counter(ids).items() if count > 1):
        yield f"{name}: GL entry ids occur twice: {doubled}"
    if missing := sum("id" not in line for line in transaction.get("detail", [])):
        yield f"{name}: {missing} of its lines have no GL entry id"


def _number(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(value)


def _sum(values: Any) -> Decimal:
    return sum((_number(value) for value in values), Decimal(0))
