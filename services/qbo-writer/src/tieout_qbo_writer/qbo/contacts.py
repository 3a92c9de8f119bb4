"""A customer as QuickBooks Online takes it. Its name is unique among customers, vendors and employees.

Only new ones are written: an existing customer is used as it is, and that it is ours stands in our rows alone.
"""

from collections.abc import Mapping

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Address
from tieout_providers.qbo.bodies import AddressBody, CurrencyRef, CustomerBody, Email, Phone
from tieout_qbo_writer.qbo.marks import customer_note
from tieout_qbo_writer.qbo.wording import Wording

MAX_NAME_CHARS = 500
MAX_PART_CHARS = 100
MAX_PHONE_CHARS = 30
MAX_ADDRESS_LINES = 5


def display_name(contact: LedgerContact, keys: Mapping[str, str]) -> str:
    """The name as QuickBooks Online takes it."""
    return Wording.of(keys).name(contact.name, MAX_NAME_CHARS)


def customer_body(contact: LedgerContact, keys: Mapping[str, str]) -> CustomerBody:
    """A new customer that bears our number in its notes. Raises pydantic's ValidationError."""
    wording = Wording.of(keys)
    person = contact.person
    return CustomerBody(
        display_name=display_name(contact, keys),
        currency_ref=CurrencyRef(value=contact.currency) if contact.currency else None,
        company_name=wording.name(contact.name, MAX_PART_CHARS),
        given_name=_part(wording, person.first_name if person else None),
        family_name=_part(wording, person.last_name if person else None),
        primary_email_addr=_email(contact),
        primary_phone=_phone(contact, wording),
        bill_addr=_address(contact.address, wording) if contact.address else None,
        notes=customer_note(contact.contact_number),
    )


def _part(wording: Wording, text: str | None) -> str | None:
    return wording.name(text or "", MAX_PART_CHARS) or None


def _email(contact: LedgerContact) -> Email | None:
    """One that is no address would have the whole customer refused."""
    email = (contact.email or "").strip()
    return Email(address=email) if email.isascii() and "@" in email and len(email) <= MAX_PART_CHARS else None


def _phone(contact: LedgerContact, wording: Wording) -> Phone | None:
    number = wording.name(contact.phone or "", MAX_PHONE_CHARS)
    return Phone(free_form_number=number) if number else None


def _address(address: Address, wording: Wording) -> AddressBody:
    lines = [wording.say(line, 500) for line in address.lines if line.strip()]
    fitting = lines if len(lines) <= MAX_ADDRESS_LINES else [*lines[:4], ", ".join(lines[4:])[:500]]
    return AddressBody(
        **{f"line{number}": line for number, line in enumerate(fitting, start=1)},
        city=_short(wording, address.city, 255),
        country_sub_division_code=_short(wording, address.region, 255),
        postal_code=_short(wording, address.postal_code, 30),
        country=_short(wording, address.country, 255),
    )


def _short(wording: Wording, text: str | None, most: int) -> str | None:
    return wording.name(text or "", most) or None
