"""Which status a document may have and go to."""

from tieout_simulators.xero import messages
from tieout_simulators.xero.documents import Document, DocumentKind

CREATABLE = ("DRAFT", "SUBMITTED", "AUTHORISED")
STANDING = ("AUTHORISED", "PAID")
COMPLETE = ("SUBMITTED", *STANDING)
"""The statuses whose lines must be complete."""
LIVE = ("DRAFT", *COMPLETE)
ALL = (*LIVE, "VOIDED", "DELETED")
_NEXT = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
}
"""From PAID, VOIDED and DELETED nothing goes on.

Unconfirmed: SUBMITTED may go back to DRAFT; a paid document takes no change at all here, where Xero allows a few.
"""


def creation_problems(kind: DocumentKind, status: str) -> list[str]:
    """Why a document cannot be created in a status."""
    return [] if status in CREATABLE else [messages.status_not_creatable(kind.label)]


def transition_problems(document: Document, wanted: str) -> list[str]:
    """Why a document cannot be changed, or cannot go to a status."""
    if wanted not in _NEXT.get(document.status, ()):
        return [messages.status_not_modifiable(document.kind.label)]
    if wanted == "VOIDED" and (document.amount_paid or document.amount_credited):
        return [messages.HAS_PAYMENTS]
    return []


def settle_zero(document: Document) -> None:
    """An approved document of 0.00 is PAID at once and cannot be changed any more."""
    if document.status == "AUTHORISED" and not document.amount_due:
        document.status = "PAID"
        document.fully_paid_on = document.issued_on
