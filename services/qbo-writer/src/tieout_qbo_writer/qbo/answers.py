"""Batch answers: each element by what was sent under its key, with all that QuickBooks Online said."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from tieout_posting.ledger import Element, ElementFault, SeenDocument
from tieout_providers.call import Answer, Call
from tieout_providers.errors import Unreadable
from tieout_providers.qbo import elements
from tieout_providers.qbo.reads import Document
from tieout_qbo_writer.qbo.batches import sent_by_bid
from tieout_qbo_writer.qbo.marks import customer_number
from tieout_qbo_writer.qbo.seen import seen_document

DUPLICATE_NUMBER, DUPLICATE_NAME = "6140", "6240"
STALE, NOT_FOUND = "5010", "610"
DOCUMENTS = ("Invoice", "CreditMemo")

Key = Callable[[Mapping[str, Any]], str | None]
"""Our own number or code, from a record as it was sent."""


def documents_in(call: Call, answer: Answer) -> list[Element]:
    """Documents, keyed by number where they were created, and by id where they were changed or taken back.

    Raises `OutcomeUnknown` for an answer without elements.
    """
    return _elements(call, answer, lambda sent: sent.get("DocNumber"), _document_fault)


def contacts_in(call: Call, answer: Answer) -> list[Element]:
    """Customers, keyed by our number in their notes."""
    return _elements(call, answer, lambda sent: customer_number(sent.get("Notes")), _name_fault)


def items_in(call: Call, answer: Answer) -> list[Element]:
    """Items, keyed by name."""
    return _elements(call, answer, lambda sent: sent.get("Name"), _name_fault)


def _elements(
    call: Call, answer: Answer, key_of: Key, fault_of: Callable[[elements.Element, bool], ElementFault]
) -> list[Element]:
    """What does not say what was done is left out: the engine then looks it up."""
    sent = sent_by_bid(call)
    matched = elements.match_by_bid(elements.parse_batch(answer), list(sent))
    found = []
    for bid, said in matched.found.items():
        if not said.decided:
            continue
        record = _record(sent[bid])
        deleting = sent[bid]["operation"] == "delete"
        changing = sent[bid]["operation"] != "create"
        found.append(
            Element(
                accepted=said.ok,
                key=key_of(record),
                ledger_id=said.id or record.get("Id"),
                seen=_seen(said, record) if said.ok and said.entity in DOCUMENTS and not deleting else None,
                fault=None if said.ok else fault_of(said, changing),
                messages=tuple(_told(each.message, each.code) for each in said.problems),
            )
        )
    return found


def _record(member: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(value for name, value in member.items() if name in elements.ENTITIES)


def _document_fault(said: elements.Element, changing: bool) -> ElementFault:
    if changing and {STALE, NOT_FOUND} & set(said.codes):
        return "status"
    return "duplicate" if DUPLICATE_NUMBER in said.codes else "other"


def _name_fault(said: elements.Element, _: bool) -> ElementFault:
    if STALE in said.codes:
        return "status"
    return "name_taken" if DUPLICATE_NAME in said.codes else "other"


def _seen(said: elements.Element, sent: Mapping[str, Any]) -> SeenDocument | None:
    """None for one that was made and cannot be read whole: the engine then looks it up."""
    try:
        seen = seen_document(Document.model_validate(said.row))
    except (ValidationError, Unreadable):
        return None
    return replace(seen, sent_rate=sent.get("ExchangeRate")) if seen.lines else None


def _told(message: str, code: str | None) -> str:
    return f"{message} ({code})" if code else message
