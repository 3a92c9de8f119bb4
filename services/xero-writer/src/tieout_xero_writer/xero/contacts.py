"""A contact as Xero takes it. Our number on it (`ContactNumber`) is what it is found by."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Address, Person
from tieout_posting.ledger import ContactChange, SeenPerson
from tieout_posting.persons import persons_of
from tieout_providers.xero import bodies
from tieout_providers.xero.bodies import AddressBody, ContactBody, ContactPersonBody, PhoneBody

MAX_NAME_CHARS = 255
MAX_COUNTRY_CHARS = 50
MAX_ADDRESS_LINES = 4
MAX_PERSONS = 5


def contact_body(contact: LedgerContact) -> ContactBody:
    """A new contact. Raises pydantic's ValidationError."""
    persons = [SeenPerson(each) for each in persons_of(contact, "fill_blanks", "fill_blanks")]
    return ContactBody(
        **_known_by(contact), **_fields(contact, frozenset(_FIELDS)), contact_persons=_persons(persons) or None
    )


def change_body(change: ContactChange) -> bodies.ContactChange:
    """An existing contact gets our number, where it has none, and the named fields, each whole; and its persons, all of
    whom must be named to stay. Raises pydantic's ValidationError."""
    values: dict[str, Any] = {"name": cleaned_name(change.contact.name)} if "name" in change.fields else {}
    for name in sorted(change.fields & _FIELDS.keys()):
        values |= _FIELDS[name](change.contact, "")
    if change.persons is not None:
        values["contact_persons"] = _persons(change.persons)
    return bodies.ContactChange(contact_id=UUID(change.seen.ledger_id), contact_number=change.number, **values)


def contact_fields(contact: LedgerContact) -> Mapping[str, object]:
    """What Xero would show of ours, by field."""
    held: dict[str, object] = {"name": cleaned_name(contact.name)}
    held |= {name: _fields(contact, frozenset({name})) for name in _FIELDS}
    return {name: value for name, value in held.items() if value}


def cleaned_name(name: str) -> str:
    """Xero takes no angle brackets, no outer spaces and no two in a row."""
    return " ".join(name.replace("<", " ").replace(">", " ").split())[:MAX_NAME_CHARS].rstrip()


def cleaned_country(country: str | None) -> str | None:
    """Xero takes letters and spaces only: U.S.A. is USA."""
    letters = "".join(
        each if each.isalpha() else " " for each in (country or "") if each not in ".'\N{RIGHT SINGLE QUOTATION MARK}"
    )
    return " ".join(letters.split())[:MAX_COUNTRY_CHARS].rstrip() or None


def cleaned_email(email: str | None) -> str | None:
    """Xero refuses a contact for an address with letters beyond ASCII: it goes without one."""
    cleaned = (email or "").strip()
    return cleaned if cleaned.isascii() and "@" in cleaned else None


def _known_by(contact: LedgerContact) -> dict[str, Any]:
    name = cleaned_name(contact.name) or contact.contact_number
    return {"name": name, "contact_number": contact.contact_number}


def _fields(contact: LedgerContact, wanted: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(wanted & _FIELDS.keys()):
        found |= _FIELDS[name](contact, None)
    return {name: value for name, value in found.items() if value}


def _persons(persons: Sequence[SeenPerson]) -> tuple[ContactPersonBody, ...]:
    return tuple(
        ContactPersonBody(
            first_name=each.person.first_name,
            last_name=each.person.last_name,
            email_address=cleaned_email(each.person.email),
            include_in_emails=each.gets_emails,
        )
        for each in persons[:MAX_PERSONS]
    )


def _phone(contact: LedgerContact, blank: str | None) -> dict[str, Any]:
    """In one part: what stood in the others goes."""
    number = (contact.phone or "").strip()
    body = PhoneBody(phone_number=number, phone_area_code=blank, phone_country_code=blank)
    return {"phones": (body,)} if number else {}


def _person(contact: LedgerContact, blank: str | None) -> dict[str, Any]:
    """The contact's primary person stands on the contact itself."""
    person = contact.person or Person()
    return {"first_name": person.first_name or blank, "last_name": person.last_name or blank}


def _address(contact: LedgerContact, blank: str | None) -> dict[str, Any]:
    """The address that Xero prints on invoices."""
    address = contact.address
    return {"addresses": (_printed(address, blank),)} if address is not None and _says_something(address) else {}


def _says_something(address: Address) -> bool:
    return any((*address.lines, address.city, address.region, address.postal_code, address.country))


def _printed(address: Address, blank: str | None) -> AddressBody:
    lines = [line for line in address.lines if line.strip()]
    fitting = lines if len(lines) <= MAX_ADDRESS_LINES else [*lines[:3], ", ".join(lines[3:])]
    fitting += [""] * (MAX_ADDRESS_LINES - len(fitting))
    return AddressBody(
        address_type="POBOX",
        **{f"address_line{number}": line or blank for number, line in enumerate(fitting, start=1)},
        city=address.city or blank,
        region=address.region or blank,
        postal_code=address.postal_code or blank,
        country=cleaned_country(address.country) or blank,
    )


_FIELDS: Mapping[str, Callable[[LedgerContact, str | None], dict[str, Any]]] = {
    "account_number": lambda contact, _: {"account_number": contact.account_number},
    "email": lambda contact, _: {"email_address": cleaned_email(contact.email)},
    "phone": _phone,
    "person": _person,
    "address": _address,
}
"""Each field as Xero takes it; what it leaves empty is `blank`: not sent for a new contact, emptied in a change."""
