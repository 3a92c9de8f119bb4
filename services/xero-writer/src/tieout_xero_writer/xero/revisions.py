"""A document that stands in Xero, as it shall be: by its id, whole, its lines by Xero's own ids."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tieout_contracts.documents import LedgerLine
from tieout_posting.kept_lines import kept_line_ids
from tieout_posting.ledger import Revision, SeenLine
from tieout_providers.xero.bodies import ContactRef, CreditNoteChange, InvoiceChange, LineChange
from tieout_xero_writer.xero.documents import LINE_AMOUNT_TYPES, descriptions
from tieout_xero_writer.xero.seen import XeroLine
from tieout_xero_writer.xero.tracking import tracking_of


def revised_body(revision: Revision, keys: Mapping[str, str]) -> InvoiceChange | CreditNoteChange:
    """An invoice or a credit note. Raises pydantic's ValidationError, or `UnknownOption`."""
    document, seen = revision.draft.document, revision.seen
    fields: dict[str, Any] = {
        "contact": ContactRef(contact_id=UUID(revision.draft.contact_id)),
        "date": document.document_date,
        "line_amount_types": LINE_AMOUNT_TYPES[document.tax_mode],
        "currency_code": document.currency,
        "reference": document.reference or "",
        "line_items": _lines(revision, keys),
    }
    if document.kind == "sales_credit":
        number = document.number
        return CreditNoteChange(credit_note_id=UUID(seen.document_id), credit_note_number=number, **fields)
    return InvoiceChange(
        invoice_id=UUID(seen.document_id),
        invoice_number=document.number,
        due_date=document.due_date,
        url=document.pay_link,
        **fields,
    )


def _lines(revision: Revision, keys: Mapping[str, str]) -> tuple[LineChange, ...]:
    document = revision.draft.document
    texts = descriptions(document)
    ids = kept_line_ids(document.lines, texts, revision.seen.lines, _may_stay)
    return tuple(
        LineChange(
            line_item_id=None if line_id is None else UUID(line_id),
            description=text,
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            item_code=line.item_code,
            account_code=line.account_code,
            tax_type=line.tax_code,
            tax_amount=line.tax_amount if line.tax_override else None,
            tracking=tracking_of(line.tracking, keys),
        )
        for line, text, line_id in zip(document.lines, texts, ids, strict=True)
    )


def _may_stay(line: LedgerLine, old: SeenLine) -> bool:
    """Unconfirmed: whether Xero keeps an item or tracking that is left out of a line it knows. A line that loses one is
    sent as a new one, so that it cannot matter."""
    if not isinstance(old, XeroLine):
        return False
    return (line.item_code is not None or not old.item_code) and (bool(line.tracking) or not old.tracking)
