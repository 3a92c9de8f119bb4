"""What is to be told of a customer, and what of it an existing contact gets (pure, F56).

The ledger's contact was read just before: what a person wrote there meanwhile counts. A field that ConnectWise leaves
empty is never emptied, and nothing but the fields of `ContactPolicies` is ever sent.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from tieout_contracts.base import Contract
from tieout_contracts.documents import ContactPolicies, FieldPolicy, LedgerContact, LedgerDocument
from tieout_contracts.records import Person
from tieout_posting.ledger import ContactChange, SeenContact
from tieout_posting.persons import Joined, joined, persons_of

FIELDS = tuple(name for name in ContactPolicies.model_fields if name != "billing_contact")
MAX_PERSONS_WAITING = 20
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Age = tuple[datetime, date]
"""When ConnectWise last changed the details, and of which day the document is that bore them: later is newer."""


class Details(Contract):
    """What waits to be told. `persons` only join; without `fields` the rest stays, because it is old."""

    contact: LedgerContact
    persons: tuple[Person, ...] = ()
    fields: bool = True

    @property
    def mark(self) -> str:
        """A hash of all of it."""
        return _hashed(self.model_dump_json())


def contact_key(number: str) -> str:
    """The name of a customer's contact among an organisation's shared rows."""
    return f"contact:{number}"


def details_of(document: LedgerDocument) -> Details:
    """What a document tells of its customer."""
    contact = document.contact
    persons = persons_of(contact, contact.policies.person, contact.policies.billing_contact)
    return Details(contact=contact, persons=persons)


def age_of(document: LedgerDocument) -> Age:
    """How old the document's details are; those of unknown age are the oldest."""
    return document.contact.changed_at or _LONG_AGO, document.document_date


def contact_mark(contact: LedgerContact) -> str:
    """A hash of what the fields of a contact would be, and of how they are chosen."""
    besides = {"changed_at"} if contact.policies.billing_contact == "overwrite" else {"changed_at", "billing_contact"}
    return _hashed(contact.model_dump_json(exclude=besides))


def person_mark(person: Person) -> str:
    return _hashed(person.model_dump_json())


def joined_details(waiting: Details | None, came: Details, *, newer: bool) -> Details:
    """What waited and what came: the newer contact, and everybody's persons."""
    persons = [*(waiting.persons if waiting else ()), *came.persons]
    kept = tuple(dict.fromkeys(persons))[-MAX_PERSONS_WAITING:]
    if newer or waiting is None:
        return came.model_copy(update={"persons": kept, "fields": newer or (waiting is not None and waiting.fields)})
    return waiting.model_copy(update={"persons": kept})


@dataclass(frozen=True, slots=True)
class Verdict:
    """None to change: the ledger has it all. `left_out`: persons that have no room."""

    change: ContactChange | None
    left_out: int = 0


def decide(details: Details, wanted: Mapping[str, object], seen: SeenContact, most_persons: int) -> Verdict:
    """What the contact gets; `wanted` is our contact in the form in which `seen` holds its own."""
    policies = details.contact.policies
    fields = frozenset(_fields(details, wanted, seen, most_persons)) if details.fields else frozenset()
    persons = joined(seen.persons, details.persons, policies.billing_contact, most_persons)
    if most_persons == 0:  # its one person is among the fields
        persons = Joined(seen.persons)
    others = persons.persons if persons.persons != seen.persons else None
    if not fields and others is None:
        return Verdict(None, persons.left_out)
    return Verdict(ContactChange(seen, details.contact, fields, others), persons.left_out)


def _fields(details: Details, wanted: Mapping[str, object], seen: SeenContact, most_persons: int) -> Iterable[str]:
    for name in FIELDS:
        held, ours = seen.fields.get(name), wanted.get(name)
        policy = _policy(details.contact.policies, name, most_persons)
        if ours and (held is None if policy == "fill_blanks" else policy == "overwrite" and held != ours):
            yield name


def _policy(policies: ContactPolicies, name: str, most_persons: int) -> FieldPolicy:
    """Where a contact has one person, a billing contact that overwrites takes that place (F62)."""
    if name == "person" and most_persons == 0 and policies.billing_contact == "overwrite":
        return "overwrite"
    policy: FieldPolicy = getattr(policies, name)
    return policy


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
