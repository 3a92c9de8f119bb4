"""Bulk answers: each element by what it says about itself, with all that Xero said."""

from pydantic import ValidationError

from tieout_posting.ledger import Element, ElementFault, SeenDocument
from tieout_providers.call import Answer
from tieout_providers.errors import Unreadable
from tieout_providers.xero import elements
from tieout_providers.xero.reads import Document
from tieout_xero_writer.xero.seen import seen_document


def documents_in(answer: Answer) -> list[Element]:
    """Documents, keyed by number. Raises `OutcomeUnknown` for an answer without elements."""
    return [_element(each, _seen(each) if each.ok else None) for each in elements.parse_elements(answer)]


def entries_in(answer: Answer) -> list[Element]:
    """Contacts, keyed by contact number, or items, keyed by code. Raises `OutcomeUnknown` likewise."""
    return [_element(each, None) for each in elements.parse_elements(answer)]


def fault_of(messages: tuple[str, ...]) -> ElementFault:
    """Which kind of refusal the messages are; the wording of the contact number's is unconfirmed."""
    told = " ".join(messages).casefold()
    if "contact name" in told and ("already assigned" in told or "must be unique" in told):
        return "name_taken"
    if "must be unique" in told or "already exists" in told or "already assigned" in told:
        return "duplicate"
    if "valid status" in told:
        return "status"
    return "other"


def _element(said: elements.Element, seen: SeenDocument | None) -> Element:
    return Element(
        accepted=said.ok,
        key=said.number,
        ledger_id=said.id,
        seen=seen,
        fault=None if said.ok else fault_of(said.errors),
        messages=(*said.errors, *said.warnings),
    )


def _seen(said: elements.Element) -> SeenDocument | None:
    """None for one that was saved and cannot be read whole: the engine then looks it up.

    Unconfirmed: whether the answer to a change of status alone lists the lines. Without them nothing can be compared.
    """
    try:
        seen = seen_document(Document.model_validate(said.row))
    except (ValidationError, Unreadable):
        return None
    return seen if seen.lines else None
