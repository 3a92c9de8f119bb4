"""The persons of a ledger's contact (pure): who is to be listed, and how they join those that are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tieout_contracts.documents import FieldPolicy, LedgerContact
from tieout_contracts.records import Person
from tieout_posting.ledger import SeenPerson


@dataclass(frozen=True, slots=True)
class Joined:
    """The persons afterwards; `left_out` had no room."""

    persons: tuple[SeenPerson, ...]
    left_out: int = 0


def persons_of(contact: LedgerContact, own: FieldPolicy, billing: FieldPolicy) -> tuple[Person, ...]:
    """Whom a contact lists beside its own person: the primary contact, where his address is not the contact's (F61),
    and the document's billing contact (F62)."""
    listed: list[Person] = []
    if own != "never" and contact.person is not None and contact.person.email and not _is_own(contact, contact.person):
        listed.append(contact.person)
    person = contact.billing_contact
    if billing != "never" and person is not None and _says_something(person) and not _is_own(contact, person):
        listed.append(person)
    return tuple(dict.fromkeys(listed))


def joined(listed: Sequence[SeenPerson], wanted: Iterable[Person], policy: FieldPolicy, most: int) -> Joined:
    """`wanted` beside whoever is listed. Nobody is ever taken off; who is known by address or name is made equal only
    where the policy says so."""
    persons, left_out = list(listed), 0
    for person in wanted:
        at = _place_of(person, persons)
        if at is None and len(persons) < most:
            persons.append(SeenPerson(person))
        elif at is None:
            left_out += 1
        elif policy == "overwrite":
            persons[at] = SeenPerson(person, persons[at].gets_emails)
    return Joined(tuple(persons), left_out)


def _is_own(contact: LedgerContact, person: Person) -> bool:
    """Whether the contact itself shows him: as its person, with its address."""
    own = contact.person
    same_name = own is not None and _name(own) == _name(person)
    return same_name and (not person.email or _folded(person.email) == _folded(contact.email))


def _place_of(person: Person, persons: Sequence[SeenPerson]) -> int | None:
    email, name = _folded(person.email), _name(person)
    by_email = [at for at, each in enumerate(persons) if email and _folded(each.person.email) == email]
    by_name = [at for at, each in enumerate(persons) if name and _name(each.person) == name]
    return next(iter([*by_email, *by_name]), None)


def _says_something(person: Person) -> bool:
    return bool(_name(person) or person.email)


def _name(person: Person) -> str:
    return _folded(f"{person.first_name or ''} {person.last_name or ''}")


def _folded(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()
