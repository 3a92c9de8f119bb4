"""An answer against the expected totals: the whole document, to the cent (I-3)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout_contracts.documents import ExpectedTotals, LedgerDocument, TaxTotal
from tieout_contracts.money import plain
from tieout_posting.ledger import SeenDocument, SeenLine

MAX_DIFFERENCES_TOLD = 5


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what it should be."""

    what: str
    actual: str
    expected: str

    def __str__(self) -> str:
        return f"{self.what} {self.actual} instead of {self.expected}"


def differences(document: LedgerDocument, seen: SeenDocument) -> tuple[Difference, ...]:
    """Every figure in which the ledger's document is not the expected one; none means that it ties out.

    Its number is one of them: a ledger may number documents itself. So is its pay link, where the ledger shows another
    one than was sent: customers would pay elsewhere.
    Lines are compared by their number. A ledger that shows the same lines in another order still ties out.
    """
    expected = document.expected
    found = [
        _difference(what, actual, wanted)
        for what, actual, wanted in (
            ("total", seen.total, expected.total),
            ("tax", seen.tax, expected.tax),
            ("subtotal", seen.subtotal, expected.subtotal),
        )
        if actual != wanted
    ]
    if seen.currency is not None and seen.currency != document.currency:
        found.append(Difference("currency", seen.currency, document.currency))
    if seen.number.casefold() != document.number.casefold():
        found.append(Difference("number", seen.number, document.number))
    if seen.sent_rate is not None and seen.currency_rate != seen.sent_rate:
        shown = "none" if seen.currency_rate is None else plain(seen.currency_rate)
        found.append(Difference("rate of exchange", shown, plain(seen.sent_rate)))
    if document.pay_link and seen.pay_link not in (None, document.pay_link):
        found.append(Difference("pay link", str(seen.pay_link), document.pay_link))
    found.extend(_line_differences(document, seen))
    return tuple(found)


def told(found: Iterable[Difference], side: str) -> str:
    """The differing figures of one side (`actual` or `expected`) in words, a few of them."""
    texts = [f"{difference.what} {getattr(difference, side)}" for difference in found]
    more = [] if len(texts) <= MAX_DIFFERENCES_TOLD else [f"and {len(texts) - MAX_DIFFERENCES_TOLD} more"]
    return ", ".join(texts[:MAX_DIFFERENCES_TOLD] + more)


def actual_totals(seen: SeenDocument) -> ExpectedTotals:
    """What the ledger computed, in the shape of what was expected."""
    by_code: dict[str, Decimal] = {}
    for line in seen.lines:
        if line.tax is not None:
            code = line.tax_code or ""
            by_code[code] = by_code.get(code, Decimal(0)) + line.tax
    return ExpectedTotals(
        subtotal=seen.subtotal,
        tax=seen.tax,
        total=seen.total,
        tax_by_code=tuple(TaxTotal(tax_code=code, amount=amount) for code, amount in sorted(by_code.items())),
    )


def same_business(document: LedgerDocument, contact_id: str, seen: SeenDocument) -> tuple[Difference, ...]:
    """What keeps a document that somebody else made from being this one: bill-to, date, currency, tax, total."""
    found = []
    if seen.contact_id != contact_id:
        found.append(Difference("customer", "another contact", "this customer"))
    if seen.document_date != document.document_date:
        found.append(Difference("date", str(seen.document_date), str(document.document_date)))
    if seen.currency is not None and seen.currency != document.currency:
        found.append(Difference("currency", seen.currency, document.currency))
    if seen.tax != document.expected.tax:
        found.append(_difference("tax", seen.tax, document.expected.tax))
    if seen.total != document.expected.total:
        found.append(_difference("total", seen.total, document.expected.total))
    return tuple(found)


def _line_differences(document: LedgerDocument, seen: SeenDocument) -> list[Difference]:
    if len(seen.lines) != len(document.lines):
        return [_difference("lines", len(seen.lines), len(document.lines))]
    found = []
    for number, (line, shown) in enumerate(zip(document.lines, seen.lines, strict=True), start=1):
        if shown.amount != line.amount:
            found.append(_difference(f"line {number}", shown.amount, line.amount))
        if shown.tax is not None and shown.tax != line.tax_amount:
            found.append(_difference(f"tax of line {number}", shown.tax, line.tax_amount))
    return found if found and _lines_differ_in_any_order(document, seen.lines) else []


def _lines_differ_in_any_order(document: LedgerDocument, shown: Sequence[SeenLine]) -> bool:
    """By all that the ledger says of every line."""
    told_accounts = all(line.account_code is not None for line in shown)
    told_taxes = all(line.tax is not None for line in shown)
    wanted = Counter(
        (told_accounts and line.account_code, line.tax_code, line.amount, told_taxes and line.tax_amount)
        for line in document.lines
    )
    return wanted != Counter(
        (told_accounts and line.account_code, line.tax_code, line.amount, told_taxes and line.tax) for line in shown
    )


def _difference(what: str, actual: Decimal | int, expected: Decimal | int) -> Difference:
    return Difference(what, plain(Decimal(actual)), plain(Decimal(expected)))
