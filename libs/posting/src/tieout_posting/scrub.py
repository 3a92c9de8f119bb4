"""A ledger's words without the customer's: what it quotes of names, addresses and lines must not reach rows (F4)."""

from collections.abc import Iterable

from tieout_contracts.documents import LedgerContact, LedgerDocument
from tieout_contracts.records import Person

SHORTEST_CHARS = 3
MAX_REASON_CHARS = 500


def scrubbed(messages: Iterable[str], private: Iterable[str | None]) -> tuple[str, ...]:
    """The messages with every private text in them replaced by an ellipsis, each at most 500 characters."""
    texts = sorted({text for text in private if text and len(text) >= SHORTEST_CHARS}, key=len, reverse=True)
    told = []
    for message in messages:
        for text in texts:
            message = message.replace(text, "…")  # noqa: PLW2901
        told.append(message[:MAX_REASON_CHARS])
    return tuple(told)


def private_texts(document: LedgerDocument) -> list[str | None]:
    """What a document says about a customer, and what was billed."""
    return [*private_texts_of(document.contact), document.note, *(line.description for line in document.lines)]


def private_texts_of(contact: LedgerContact, others: Iterable[Person] = ()) -> list[str | None]:
    """What is known of a customer and its persons."""
    texts: list[str | None] = [contact.name, contact.email, contact.phone, contact.account_number]
    for person in (contact.person, contact.billing_contact, *others):
        if person is not None:
            texts += [person.first_name, person.last_name, person.email]
    if contact.address:
        texts += [*contact.address.lines, contact.address.city, contact.address.postal_code]
    return texts
