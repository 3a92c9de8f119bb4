"""What proves that something in QuickBooks Online is ours: a mark beside a sentence for people.

A document bears the posting's id in its private note, a customer our number in its notes. Neither can be searched for:
documents are found by number or id, then the mark is read. A void replaces the private note.
"""

import re

from tieout_contracts.documents import LedgerDocument

MAX_NOTE_CHARS = 4000
_MARK = re.compile(r"\[tieout ([A-Za-z0-9-]{1,80})\]")
_NUMBER = re.compile(r"\[tieout customer ([!-\\^-~]{1,100})\]")


def private_note(document: LedgerDocument, mark: str) -> str:
    """What people with access to the books read on the document: what the plan wants said, then whence it came."""
    reference = f"Reference: {document.reference}" if document.reference else None
    origin = f"Posted from ConnectWise {document.number} by Tieout. [tieout {mark}]"
    said = "\n".join(part for part in (document.note, reference) if part)[: MAX_NOTE_CHARS - len(origin) - 1]
    return f"{said}\n{origin}" if said else origin


def mark_in(note: str | None) -> str | None:
    """The posting's id in a private note."""
    found = _MARK.search(note or "")
    return found[1] if found else None


def customer_note(number: str) -> str:
    """What stands in a new customer's notes."""
    return f"Made from ConnectWise by Tieout. [tieout customer {number}]"


def customer_number(notes: str | None) -> str | None:
    """Our number in a customer's notes."""
    found = _NUMBER.search(notes or "")
    return found[1] if found else None
