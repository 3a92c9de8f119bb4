"""Whether a document in Xero is exactly what we sent: then it is ours, and nobody touched it since.

What Xero computes (amounts, tax, totals) does not count, and neither does a tax that we asked for: it may not keep it.
Nor do tax codes on a document without tax, where Xero may put its own.
"""

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_posting.ledger import Draft, SeenDocument, SeenLine
from tieout_xero_writer.xero.documents import LINE_AMOUNT_TYPES, descriptions
from tieout_xero_writer.xero.seen import XeroDocument, XeroLine, folded


def is_echo(draft: Draft, seen: SeenDocument) -> bool:
    """Head and lines, in the order in which they were sent."""
    document = draft.document
    if not _is_head(draft, seen) or len(seen.lines) != len(document.lines):
        return False
    texts = descriptions(document)
    return all(
        _is_line(line, text, shown) and (document.tax_mode == "no_tax" or shown.tax_code == line.tax_code)
        for line, text, shown in zip(document.lines, texts, seen.lines, strict=True)
    )


def _is_head(draft: Draft, seen: SeenDocument) -> bool:
    document = draft.document
    same = (
        (seen.contact_id or "").casefold() == draft.contact_id.casefold()
        and folded(seen.number) == folded(document.number)
        and seen.document_date == document.document_date
        and seen.currency in (None, document.currency)
    )
    return same and (not isinstance(seen, XeroDocument) or _is_xero_head(document, seen))


def _is_xero_head(document: LedgerDocument, seen: XeroDocument) -> bool:
    due_kept = document.kind == "sales_credit" or document.due_date in (None, seen.due_date)
    return (
        due_kept
        and _words(seen.reference) == _words(document.reference)
        and (document.pay_link is None or seen.pay_link in (None, document.pay_link))
        and seen.line_amount_types in (None, LINE_AMOUNT_TYPES[document.tax_mode])
    )


def _is_line(line: LedgerLine, text: str, shown: SeenLine) -> bool:
    same = (
        _words(shown.description) == _words(text)
        and shown.quantity == line.quantity
        and shown.unit_amount == line.unit_amount
        and shown.account_code == line.account_code
    )
    return same and (not isinstance(shown, XeroLine) or _is_xero_line(line, shown))


def _is_xero_line(line: LedgerLine, shown: XeroLine) -> bool:
    tracking = {(folded(each.category), folded(each.option)) for each in line.tracking}
    return folded(shown.item_code or "") == folded(line.item_code or "") and shown.tracking == tracking


def _words(text: str | None) -> str:
    """Xero may store other white space than it was sent."""
    return " ".join((text or "").split())
