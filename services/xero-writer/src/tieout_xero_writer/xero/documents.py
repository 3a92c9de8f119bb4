"""A ledger document as Xero takes it: always a draft, prices at four decimals, no totals, the contact by id alone.

Totals are left to Xero and compared afterwards. Tax is left to Xero as well, except on the lines where the plan moved a
cent (`tax_override`).
"""

from collections.abc import Mapping
from uuid import UUID

from tieout_contracts.documents import LedgerDocument, LedgerLine, TaxMode
from tieout_posting.ledger import Draft
from tieout_providers.xero.bodies import ContactRef, CreditNoteBody, InvoiceBody, LineAmountTypes, LineBody
from tieout_xero_writer.xero.tracking import tracking_of

MAX_DESCRIPTION_CHARS = 4000
LINE_AMOUNT_TYPES: Mapping[TaxMode, LineAmountTypes] = {
    "exclusive": "Exclusive",
    "inclusive": "Inclusive",
    "no_tax": "NoTax",
}


def invoice_body(draft: Draft, keys: Mapping[str, str]) -> InvoiceBody:
    """A sales invoice. Raises pydantic's ValidationError, or `UnknownOption`."""
    document = draft.document
    return InvoiceBody(
        invoice_number=document.number,
        contact=ContactRef(contact_id=UUID(draft.contact_id)),
        date=document.document_date,
        due_date=document.due_date,
        line_amount_types=LINE_AMOUNT_TYPES[document.tax_mode],
        currency_code=document.currency,
        reference=document.reference,
        url=document.pay_link,
        line_items=_lines(document, keys),
    )


def credit_note_body(draft: Draft, keys: Mapping[str, str]) -> CreditNoteBody:
    """A sales credit note; its amounts are positive, as the document's are, and it is never due."""
    document = draft.document
    return CreditNoteBody(
        credit_note_number=document.number,
        contact=ContactRef(contact_id=UUID(draft.contact_id)),
        date=document.document_date,
        line_amount_types=LINE_AMOUNT_TYPES[document.tax_mode],
        currency_code=document.currency,
        reference=document.reference,
        line_items=_lines(document, keys),
    )


def descriptions(document: LedgerDocument) -> tuple[str, ...]:
    """Each line's text as it is sent.

    What the plan wants said on the document (F17) stands on the line that carries its cents: the adjustment line, else
    the last rounding line. A document without such a line has nowhere to say it that costs no call.
    """
    texts = [line.description for line in document.lines]
    bearer = _bearer(document.lines)
    if document.note and bearer is not None:
        texts[bearer] = _with_note(texts[bearer], document.note)
    return tuple(texts)


def _bearer(lines: tuple[LedgerLine, ...]) -> int | None:
    for kind in ("adjustment", "rounding"):
        found = [index for index, line in enumerate(lines) if line.kind == kind]
        if found:
            return found[-1]
    return None


def _with_note(text: str, note: str) -> str:
    """The note alone where it says the line's own text already."""
    whole = note if text.casefold() in note.casefold() else f"{text}\n{note}"
    return whole if len(whole) <= MAX_DESCRIPTION_CHARS else f"{whole[: MAX_DESCRIPTION_CHARS - 2]} …"


def _lines(document: LedgerDocument, keys: Mapping[str, str]) -> tuple[LineBody, ...]:
    return tuple(
        LineBody(
            description=description,
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            item_code=line.item_code,
            account_code=line.account_code,
            tax_type=line.tax_code,
            tax_amount=line.tax_amount if line.tax_override else None,
            tracking=tracking_of(line.tracking, keys),
        )
        for line, description in zip(document.lines, descriptions(document), strict=True)
    )
