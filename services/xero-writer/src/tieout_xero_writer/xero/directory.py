"""Xero's contacts and items as entries to match ours against."""

from collections.abc import Iterable, Sequence

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Address, Person
from tieout_posting.ledger import DirectoryEntry, SeenContact, SeenPerson
from tieout_providers.xero import reads
from tieout_providers.xero.reads import Contact, Item
from tieout_xero_writer.xero.contacts import contact_fields

ACTIVE = "ACTIVE"


def contact_entries(contacts: Sequence[Contact]) -> tuple[DirectoryEntry, ...]:
    """All contacts that have an id. The number of one that was merged passes to the contact that took its place."""
    heirs = {
        heir: number
        for each in contacts
        if (heir := each.merged_to_contact_id) and (number := _text(each.contact_number))
    }
    return tuple(_contact(each, heirs.get(each.contact_id or "")) for each in contacts if each.contact_id)


def seen_contact(contact: Contact) -> SeenContact:
    """A contact with all that it holds, in the form in which ours would stand there."""
    assert contact.contact_id is not None
    held = LedgerContact(
        connectwise_company_id=0,
        contact_number=_text(contact.contact_number) or "-",
        name=contact.name or "",
        account_number=_text(contact.account_number),
        email=_text(contact.email_address),
        phone=_phone(contact),
        person=Person(first_name=_text(contact.first_name), last_name=_text(contact.last_name)),
        address=next((_address(each) for each in contact.addresses if each.address_type == "POBOX"), None),
    )
    persons = [
        SeenPerson(
            Person(first_name=_text(each.first_name), last_name=_text(each.last_name), email=_text(each.email_address)),
            gets_emails=bool(each.include_in_emails),
        )
        for each in contact.contact_persons
    ]
    return SeenContact(contact.contact_id, contact_fields(held), tuple(persons), contact.merged_to_contact_id)


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
    shown = seen_contact(contact)
    return DirectoryEntry(
        ledger_id=contact.contact_id,
        code=None if merged else _text(contact.contact_number) or inherited,
        name=contact.name or "",
        active=contact.contact_status in (None, ACTIVE) and not merged,
        filled=frozenset({*shown.fields, *(("persons",) if shown.persons else ())}),
        account_number=_text(contact.account_number),
    )


def _phone(contact: Contact) -> str | None:
    """The number that Xero shows first, its parts as one."""
    shown = next((each for each in contact.phones if each.phone_type in (None, "DEFAULT")), reads.Phone())
    parts = (shown.phone_country_code, shown.phone_area_code, shown.phone_number)
    return " ".join(part for part in map(_text, parts) if part) or None


def _address(address: reads.Address) -> Address:
    lines = (address.address_line1, address.address_line2, address.address_line3, address.address_line4)
    return Address(
        lines=tuple(line for line in map(_text, lines) if line),
        city=_text(address.city),
        region=_text(address.region),
        postal_code=_text(address.postal_code),
        country=_text(address.country),
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None
