"""Which way a document goes, and what earlier documents billed of it: settled before anything is mapped."""

from decimal import Decimal
from typing import TypeVar

from tieout_contracts.base import Contract
from tieout_contracts.documents import DocumentKind
from tieout_contracts.records import CanonicalRecord, InvoiceRecord, RecordLine
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.words import money

_Figures = TypeVar("_Figures", bound=Contract)


def document_kind(record: CanonicalRecord) -> DocumentKind:
    """A credit memo is a credit; so is a negative invoice, which a ledger does not take as an invoice (K38)."""
    return "sales_credit" if record.kind == "credit_memo" or record.total < 0 else "sales_invoice"


def facing(record: CanonicalRecord, findings: Findings) -> CanonicalRecord:
    """`record` with the signs that its ledger document has: a negative invoice is turned over, and this is said."""
    if record.kind == "credit_memo" or record.total >= 0:
        return record
    findings.add("rules.posted_as_credit", number=record.number, total=money(record.total))
    findings.explain(f"the invoice totals {money(record.total)}: posted as a credit of {money(-record.total)}")
    return _turned_over(record)


def taken_off(record: CanonicalRecord, findings: Findings) -> CanonicalRecord:
    """`record` whose applied lines bear the account, class, item and tax that the earlier document was posted with."""
    if not any(line.applied for line in record.lines):
        return record
    lines = tuple(_taken_off(index, line, findings) for index, line in enumerate(record.lines))
    return record.model_copy(update={"lines": lines})


def _taken_off(index: int, line: RecordLine, findings: Findings) -> RecordLine:
    applied = line.applied
    if applied is None:
        return line
    what = applied.kind.replace("_", " ")
    if applied.number is None or not applied.booked_alike:
        findings.add("rules.applied_unknown", line=index, what=what)
        return line
    tax = f"taxed with {applied.tax_code or 'the document'}" if applied.taxable_levels else "not taxed"
    findings.explain(
        f"takes off {money(-line.amount)} of the {what} {applied.number}: account {applied.account}, {tax}, as there",
        line=index,
    )
    if applied.ledger_account is not None:
        findings.explain(
            f"the {what} was posted to the account {applied.ledger_account} with the tax code "
            f"{applied.ledger_tax_code}: so is this line, whatever is mapped today",
            line=index,
        )
    fields = ("account", "gl_class", "item_code", "non_product_id", "tax_code", "taxable_levels")
    return line.model_copy(update={name: getattr(applied, name) for name in fields})


def _turned_over(record: InvoiceRecord) -> InvoiceRecord:
    """Every quantity and amount negated; prices stay, so that quantity × price still makes the amount."""
    lines = tuple(_negated(line, "quantity", "amount") for line in record.lines)
    levels = tuple(_negated(level, "taxable_amount", "tax_amount") for level in record.tax_levels)
    entries = tuple(_negated(entry, "amount") for entry in record.tax_entries)
    turned = _negated(record, "subtotal", "tax", "total")
    return turned.model_copy(update={"lines": lines, "tax_levels": levels, "tax_entries": entries})


def _negated(figures: _Figures, *names: str) -> _Figures:
    """`figures` with the named amounts negated, without ever making a negative zero."""
    amounts: dict[str, Decimal | None] = {name: getattr(figures, name) for name in names}
    return figures.model_copy(update={name: -amount for name, amount in amounts.items() if amount})
