"""Whether a document in QuickBooks Online is ours, and still as we sent it."""

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_posting.ledger import Draft, SeenDocument, SeenLine
from tieout_qbo_writer.qbo.documents import has_product
from tieout_qbo_writer.qbo.seen import UNTOUCHED, QboDocument
from tieout_qbo_writer.qbo.tax import shown_tax_code
from tieout_qbo_writer.qbo.wording import same_words


def bears_mark(draft: Draft, seen: SeenDocument) -> bool:
    """Whether its private note holds the posting's id."""
    return isinstance(seen, QboDocument) and seen.mark == draft.mark


def is_echo(draft: Draft, seen: SeenDocument) -> bool:
    """Whether it holds what was sent.

    Marked and never changed is proof enough. Else head and lines are compared, in the order in which they were sent;
    what QuickBooks computes (tax, totals) does not count.
    """
    if bears_mark(draft, seen) and isinstance(seen, QboDocument) and seen.sync_token == UNTOUCHED:
        return True
    document = draft.document
    if not _is_head(draft, seen) or len(seen.lines) != len(document.lines):
        return False
    return all(_is_line(document, line, shown) for line, shown in zip(document.lines, seen.lines, strict=True))


def _is_head(draft: Draft, seen: SeenDocument) -> bool:
    document = draft.document
    due = seen.due_date if isinstance(seen, QboDocument) else None
    return (
        seen.contact_id == draft.contact_id
        and seen.number.casefold() == document.number.casefold()
        and seen.document_date == document.document_date
        and seen.currency in (None, document.currency)
        and (document.kind == "sales_credit" or document.due_date in (None, due))
    )


def _is_line(document: LedgerDocument, line: LedgerLine, shown: SeenLine) -> bool:
    same = (
        same_words(line.description, shown.description)
        and shown.amount == line.amount
        and shown_tax_code(document, line, shown.tax_code) == line.tax_code
    )
    return same and (not has_product(line) or (shown.quantity, shown.unit_amount) == (line.quantity, line.unit_amount))
