"""A customer as QuickBooks Online takes it. Its name is unique among customers, vendors and employees.

That an existing customer is ours stands in our rows alone; its fields are changed as the company chose.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Person
from tieout_posting.ledger import ContactChange
from tieout_providers.qbo.bodies import CurrencyRef, CustomerBody, CustomerChange, Email, Phone
from tieout_qbo_writer.qbo.addresses import postal_address, says_something
from tieout_qbo_writer.qbo.marks import customer_note, with_account_number
from tieout_qbo_writer.qbo.wording import Wording

MAX_NAME_CHARS = 500
MAX_PART_CHARS = 100
MAX_PHONE_CHARS = 30


def display_name(contact: LedgerContact, keys: Mapping[str, str]) -> str:
    """The name as QuickBooks Online takes it."""
    return Wording.of(keys).name(contact.name, MAX_NAME_CHARS)


def customer_body(contact: LedgerContact, keys: Mapping[str, str]) -> CustomerBody:
    """A new customer that bears our number in its notes. Raises pydantic's ValidationError."""
    wording = Wording.of(keys)
    number = wording.name(contact.account_number or "", MAX_PART_CHARS)
    fields: dict[str, Any] = {"display_name": "", "notes": customer_note(contact.contact_number, number or None)}
    fields["currency_ref"] = CurrencyRef(value=contact.currency) if contact.currency else None
    for read in _FIELDS.values():
        fields |= read(contact, wording, None)
    return CustomerBody(**{name: value for name, value in fields.items() if value or name == "display_name"})


def change_body(change: ContactChange, keys: Mapping[str, str]) -> CustomerChange:
    """A customer as it was read gets the named fields: QuickBooks refuses it for one that was changed since."""
    wording = Wording.of(keys)
    values: dict[str, Any] = {}
    for name in sorted(change.fields & _FIELDS.keys()):
        values |= _FIELDS[name](change.contact, wording, "")
    if "account_number" in change.fields and change.contact.account_number:
        number = wording.name(change.contact.account_number, MAX_PART_CHARS)
        values["notes"] = with_account_number(change.seen.notes, number)
    return CustomerChange(id=change.seen.ledger_id, sync_token=change.seen.version, **values)


def contact_fields(contact: LedgerContact, keys: Mapping[str, str]) -> Mapping[str, object]:
    """What QuickBooks would show of ours, by field; blank ones are left out."""
    wording = Wording.of(keys)
    held: dict[str, object] = {"account_number": wording.name(contact.account_number or "", MAX_PART_CHARS)}
    for name, read in _FIELDS.items():
        held[name] = {each: value for each, value in read(contact, wording, None).items() if value}
    return {name: value for name, value in held.items() if value}


def person_of(contact: LedgerContact) -> Person | None:
    """A customer has one person: the primary contact, or the document's billing contact where the company chose that
    he takes the place (F62)."""
    if contact.policies.billing_contact == "overwrite" and contact.billing_contact is not None:
        return contact.billing_contact
    return contact.person


def _names(contact: LedgerContact, wording: Wording, _: str | None) -> dict[str, Any]:
    return {
        "display_name": wording.name(contact.name, MAX_NAME_CHARS),
        "company_name": wording.name(contact.name, MAX_PART_CHARS),
    }


def _person(contact: LedgerContact, wording: Wording, blank: str | None) -> dict[str, Any]:
    person = person_of(contact) or Person()
    return {
        "given_name": _part(wording, person.first_name) or blank,
        "family_name": _part(wording, person.last_name) or blank,
    }


def _part(wording: Wording, text: str | None) -> str | None:
    return wording.name(text or "", MAX_PART_CHARS) or None


def _email(contact: LedgerContact, _: Wording, __: str | None) -> dict[str, Any]:
    """One that is no address would have the whole customer refused."""
    email = (contact.email or "").strip()
    usable = email.isascii() and "@" in email and len(email) <= MAX_PART_CHARS
    return {"primary_email_addr": Email(address=email) if usable else None}


def _phone(contact: LedgerContact, wording: Wording, _: str | None) -> dict[str, Any]:
    number = wording.name(contact.phone or "", MAX_PHONE_CHARS)
    return {"primary_phone": Phone(free_form_number=number) if number else None}


def _address(contact: LedgerContact, wording: Wording, blank: str | None) -> dict[str, Any]:
    address = contact.address
    if address is None or not says_something(address):
        return {}
    return {"bill_addr": postal_address(address, wording, blank)}


_FIELDS: Mapping[str, Callable[[LedgerContact, Wording, str | None], dict[str, Any]]] = {
    "name": _names,
    "email": _email,
    "phone": _phone,
    "person": _person,
    "address": _address,
}
"""Each field as QuickBooks takes it. Its blanks are `blank`: not sent for a new customer, emptied in a change."""
