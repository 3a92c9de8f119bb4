"""A contact as Xero takes it. Our number on it (`ContactNumber`) is what it is found by."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Address
from tieout_posting.ledger import ContactLink
from tieout_providers.xero.bodies import AddressBody, ContactBody, PhoneBody

MAX_NAME_CHARS = 255
MAX_COUNTRY_CHARS = 50
MAX_ADDRESS_LINES = 4


def contact_body(contact: LedgerContact) -> ContactBody:
    """A new contact. Raises pydantic's ValidationError."""
    return ContactBody(**_known_by(contact), **_fields(contact, frozenset(_FIELDS)))


def link_body(link: ContactLink) -> ContactBody:
    """An existing contact gets our number; of its fields only those named by `fill`, which are blank, are given."""
    return ContactBody(contact_id=UUID(link.ledger_id), **_known_by(link.contact), **_fields(link.contact, link.fill))


def cleaned_name(name: str) -> str:
    """Xero takes no angle brackets, no outer spaces and no two in a row."""
    return " ".join(name.replace("<", " ").replace(">", " ").split())[:MAX_NAME_CHARS].rstrip()


def cleaned_country(country: str | None) -> str | None:
    """Xero takes letters and spaces only: U.S.A. is USA."""
    letters = "".join(
        each if each.isalpha() else " " for each in (country or "") if each not in ".'\N{RIGHT SINGLE QUOTATION MARK}"
    )
    return " ".join(letters.split())[:MAX_COUNTRY_CHARS].rstrip() or None


def _known_by(contact: LedgerContact) -> dict[str, Any]:
    name = cleaned_name(contact.name) or contact.contact_number
    return {"name": name, "contact_number": contact.contact_number}


def _fields(contact: LedgerContact, wanted: frozenset[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sorted(wanted & _FIELDS.keys()):
        found |= _FIELDS[name](contact)
    return {name: value for name, value in found.items() if value}


def _email(contact: LedgerContact) -> dict[str, Any]:
    """Xero refuses a contact for an address with letters beyond ASCII: it goes without one."""
    email = (contact.email or "").strip()
    return {"email_address": email if email.isascii() and "@" in email else None}


def _phone(contact: LedgerContact) -> dict[str, Any]:
    number = (contact.phone or "").strip()
    return {"phones": (PhoneBody(phone_number=number),)} if number else {}


def _person(contact: LedgerContact) -> dict[str, Any]:
    """The contact's primary person stands on the contact itself."""
    person = contact.person
    return {"first_name": person.first_name, "last_name": person.last_name} if person else {}


def _address(contact: LedgerContact) -> dict[str, Any]:
    """The address that Xero prints on invoices."""
    return {"addresses": (_printed(contact.address),)} if contact.address else {}


def _printed(address: Address) -> AddressBody:
    lines = [line for line in address.lines if line.strip()]
    fitting = lines if len(lines) <= MAX_ADDRESS_LINES else [*lines[:3], ", ".join(lines[3:])]
    return AddressBody(
        address_type="POBOX",
        **{f"address_line{number}": line for number, line in enumerate(fitting, start=1)},
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=cleaned_country(address.country),
    )


_FIELDS: Mapping[str, Callable[[LedgerContact], dict[str, Any]]] = {
    "account_number": lambda contact: {"account_number": contact.account_number},
    "email": _email,
    "phone": _phone,
    "person": _person,
    "address": _address,
}
