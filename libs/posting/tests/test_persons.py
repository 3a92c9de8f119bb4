"""Who is listed on a ledger's contact (F61, F62)."""

from typing import Any

import pytest

from tieout_contracts.documents import LedgerContact
from tieout_contracts.records import Person
from tieout_posting.ledger import SeenPerson
from tieout_posting.persons import joined, persons_of

ANN = Person(first_name="Ann", last_name="Lee", email="ann@x.example")
BO = Person(first_name="Bo", last_name="Ray", email="bo@x.example")
NOBODY = Person()


def contact(**changes: Any) -> LedgerContact:
    return LedgerContact(connectwise_company_id=1, contact_number="CW-1", name="X", **changes)


@pytest.mark.parametrize(
    ("told", "listed"),
    [
        ({}, ()),
        ({"person": ANN, "billing_contact": ANN, "email": "Ann@x.example"}, ()),
        ({"person": ANN, "billing_contact": BO, "email": "bo@x.example"}, (ANN, BO)),
        ({"person": ANN, "billing_contact": ANN, "email": "bills@x.example"}, (ANN,)),
        ({"person": BO, "billing_contact": BO.model_copy(update={"email": None})}, (BO,)),
        ({"billing_contact": NOBODY}, ()),
    ],
)
def test_who_is_not_the_contacts_own_person_with_its_own_address_is_listed_F61_F62(
    told: dict[str, Any], listed: tuple[Person, ...]
) -> None:
    assert persons_of(contact(**told), "fill_blanks", "fill_blanks") == listed


def test_whom_the_company_never_lists_is_not_listed() -> None:
    both = contact(person=ANN, billing_contact=BO)
    assert persons_of(both, "never", "overwrite") == (BO,)
    assert persons_of(both, "overwrite", "never") == (ANN,)


def test_a_person_is_known_by_address_or_by_name_and_made_equal_only_where_the_company_says_so_F62_text_16() -> None:
    shown = (SeenPerson(Person(first_name="bo", last_name="RAY"), gets_emails=True),)
    assert joined(shown, [BO], "fill_blanks", 5).persons == shown
    assert joined(shown, [BO], "overwrite", 5).persons == (SeenPerson(BO, gets_emails=True),)
    assert joined(shown, [ANN], "overwrite", 5).persons == (*shown, SeenPerson(ANN))


def test_nobody_is_taken_off_for_whom_there_is_no_room_F62() -> None:
    shown = tuple(SeenPerson(Person(first_name=f"P{each}")) for each in range(5))
    found = joined(shown, [ANN, BO], "overwrite", 5)
    assert (found.persons, found.left_out) == (shown, 2)
