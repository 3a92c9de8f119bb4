"""What proves that something in QuickBooks Online is ours: a mark beside a sentence for people.

A document bears the posting's id in its private note, a customer our number in its notes. Neither can be searched for:
documents are found by number or id, then the mark is read. A void replaces the private note.
"""

import re

from tieout_contracts.documents import LedgerDocument

MAX_NOTE_CHARS = 4000
_MARK = re.compile(r"\[tieout ([A-Za-z0-9-]{1,80})\]")
_ACCOUNT_WORDS = "Account number: "
_ACCOUNT = re.compile(rf"^{_ACCOUNT_WORDS}(.*)$", re.MULTILINE)
_PAY_WORDS = "Pay online: "
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


def pay_note(link: str) -> str:
    """The message to the customer: QuickBooks Online has no field for a link that is not its own."""
    return f"{_PAY_WORDS}{link}"


def pay_link_in(message: str | None) -> str | None:
    """The link in a message to the customer that says nothing else; None for whatever a person wrote."""
    words, _, link = (message or "").strip().partition(_PAY_WORDS)
    return link if not words and link.startswith("https://") and len(link.split()) == 1 else None


def customer_note(number: str, account_number: str | None = None) -> str:
    """What stands in a new customer's notes."""
    origin = f"Made from ConnectWise by Tieout. [tieout customer {number}]"
    return f"{account_note(account_number)}\n{origin}" if account_number else origin


def account_note(account_number: str) -> str:
    """The account number as a line of a customer's notes: QuickBooks Online has no field for it (F63)."""
    return f"{_ACCOUNT_WORDS}{' '.join(account_number.split())}"


def account_number_in(notes: str | None) -> str | None:
    """The account number in a customer's notes."""
    found = _ACCOUNT.search(notes or "")
    return found[1].strip() or None if found else None


def with_account_number(notes: str, account_number: str) -> str:
    """The notes with this account number; what people wrote beside it stays. Too long ones are for the ledger to
    refuse: nothing of them is cut."""
    line = account_note(account_number)
    if _ACCOUNT.search(notes):
        return _ACCOUNT.sub(lambda _: line, notes, count=1)
    return f"{notes.rstrip()}\n{line}".lstrip()


def customer_number(notes: str | None) -> str | None:
    """Our number in a customer's notes."""
    found = _NUMBER.search(notes or "")
    return found[1] if found else None
