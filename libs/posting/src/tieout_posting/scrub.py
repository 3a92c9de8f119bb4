"""A ledger's words without the customer's: what it quotes of names, addresses and lines must not reach rows (F4)."""

from collections.abc import Iterable

from tieout_contracts.documents import LedgerDocument

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
    contact = document.contact
    texts: list[str | None] = [contact.name, contact.email, contact.phone, contact.account_number, document.note]
    if contact.person:
        texts += [contact.person.first_name, contact.person.last_name, contact.person.email]
    if contact.address:
        texts += [*contact.address.lines, contact.address.city, contact.address.postal_code]
    return texts + [line.description for line in document.lines]
