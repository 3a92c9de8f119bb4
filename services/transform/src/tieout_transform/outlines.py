"""A posted plan without its texts: kept as long as the record, to say later what a change of it would change (F53).

Texts become hashes (F4). Beside a newer plan of the same record they are read again as far as that says the same; what
it does not say is not kept anywhere, only that it was another text.
"""

import hashlib
from collections.abc import Iterator

from tieout_contracts.documents import LedgerContact, LedgerDocument, LedgerItem, LedgerLine
from tieout_contracts.posting import Posting

NOT_KEPT = "(another text, which is not kept)"


def outlined(posting: Posting) -> Posting:
    """The plan with ids, numbers, codes, amounts and dates alone."""
    document = posting.document
    contact = document.contact
    bare = document.model_copy(
        update={
            "reference": _mark(document.reference),
            "note": _mark(document.note),
            "contact": LedgerContact(
                connectwise_company_id=contact.connectwise_company_id,
                contact_number=contact.contact_number,
                name=_mark(contact.name) or "",
                currency=contact.currency,
            ),
            "lines": tuple(_bare_line(line) for line in document.lines),
            "items": tuple(LedgerItem(code=item.code, name=_mark(item.name) or "") for item in document.items),
        }
    )
    return posting.model_copy(update={"document": bare, "warnings": (), "explanation": ()})


def refilled(outline: Posting, beside: LedgerDocument) -> Posting:
    """The outlined plan with the texts that `beside` says, too. The contact's details are those of `beside`: they are
    no part of the document."""
    known = {_mark(text): text for text in _texts(beside)}
    items = {item.code: item for item in beside.items}

    def said(mark: str | None) -> str | None:
        return None if mark is None else known.get(mark, NOT_KEPT)

    bare = outline.document
    contact = {
        "connectwise_company_id": bare.contact.connectwise_company_id,
        "contact_number": bare.contact.contact_number,
        "name": said(bare.contact.name),
        "currency": bare.contact.currency,
    }
    document = bare.model_copy(
        update={
            "reference": said(bare.reference),
            "note": said(bare.note),
            "contact": beside.contact.model_copy(update=contact),
            "lines": tuple(line.model_copy(update={"description": said(line.description)}) for line in bare.lines),
            "items": tuple(items.get(item.code) or _unnamed(item) for item in bare.items),
        }
    )
    return outline.model_copy(update={"document": document})


def _bare_line(line: LedgerLine) -> LedgerLine:
    return line.model_copy(update={"description": _mark(line.description) or ""})


def _unnamed(item: LedgerItem) -> LedgerItem:
    return item.model_copy(update={"name": NOT_KEPT})


def _texts(document: LedgerDocument) -> Iterator[str]:
    yield from (text for text in (document.reference, document.note, document.contact.name) if text)
    yield from (line.description for line in document.lines)


def _mark(text: str | None) -> str | None:
    """None for no text; an empty one is marked, too."""
    return None if text is None else hashlib.sha256(f"outline\0{text}".encode()).hexdigest()[:32]
