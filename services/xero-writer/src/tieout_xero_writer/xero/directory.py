"""Xero's contacts and items as entries to match ours against."""

from collections.abc import Iterable, Sequence

from tieout_posting.ledger import DirectoryEntry
from tieout_providers.xero.reads import Contact, Item

ACTIVE = "ACTIVE"


def contact_entries(contacts: Sequence[Contact]) -> tuple[DirectoryEntry, ...]:
    """All contacts that have an id. The number of one that was merged passes to the contact that took its place."""
    heirs = {
        heir: number
        for each in contacts
        if (heir := each.merged_to_contact_id) and (number := _text(each.contact_number))
    }
    return tuple(_contact(each, heirs.get(each.contact_id or "")) for each in contacts if each.contact_id)


def item_entries(items: Iterable[Item]) -> tuple[DirectoryEntry, ...]:
    """All items that have an id and a code."""
    return tuple(
        DirectoryEntry(ledger_id=each.item_id, code=each.code, name=each.name or each.code)
        for each in items
        if each.item_id and each.code
    )


def _contact(contact: Contact, inherited: str | None) -> DirectoryEntry:
    assert contact.contact_id is not None
    merged = contact.merged_to_contact_id is not None
    return DirectoryEntry(
        ledger_id=contact.contact_id,
        code=None if merged else _text(contact.contact_number) or inherited,
        name=contact.name or "",
        active=contact.contact_status in (None, ACTIVE) and not merged,
        filled=_filled(contact),
    )


def _filled(contact: Contact) -> frozenset[str]:
    """Telephone numbers are not read, so they count as there: what is not known to be blank is left alone."""
    fields = {
        "account_number": _text(contact.account_number),
        "email": _text(contact.email_address),
        "person": _text(contact.first_name) or _text(contact.last_name),
        "address": any(
            _text(part)
            for each in contact.addresses
            for part in (each.address_line1, each.address_line2, each.city, each.region, each.postal_code, each.country)
        ),
        "phone": True,
    }
    return frozenset(name for name, value in fields.items() if value)


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None
