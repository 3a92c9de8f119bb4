"""Contacts and items as Xero takes them, and as it holds them."""

import pytest
from xero_writer_kit.values import BOOKS, CONTACT_ID, contact

from tieout_contracts.documents import LedgerItem
from tieout_contracts.records import Address, Person
from tieout_posting.ledger import BodyRefused, ContactChange, SeenPerson
from tieout_providers import json_exact
from tieout_providers.xero.reads import Contact, Item
from tieout_xero_writer.xero.contacts import cleaned_country, cleaned_name
from tieout_xero_writer.xero.directory import contact_entries, item_entries, seen_contact
from tieout_xero_writer.xero.ledger import XeroBooks

EVERYTHING = contact(
    name="  Fabrikam  <Sydney>  Pty Ltd ",
    account_number="FAB",
    email="accounts@fabrikam.example",
    phone="02 5550 0001",
    person=Person(first_name="Robert", last_name="Storts", email="r@fabrikam.example"),
    address=Address(
        lines=("Level 1", "", "1 Example St", "Building B", "East wing", "Door 4"),
        city="Sydney",
        region="NSW",
        postal_code="2000",
        country="Australia (AU)",
    ),
)


def test_a_new_contact_bears_our_number_and_all_that_is_known_F25_F58_F60_F61(xero: XeroBooks) -> None:
    call = xero.create_contacts(BOOKS, [EVERYTHING], "k")
    assert (call.method, call.target) == ("PUT", "/api.xro/2.0/Contacts?summarizeErrors=false")
    assert json_exact.loads(call.body)["Contacts"] == [
        {
            "Name": "Fabrikam Sydney Pty Ltd",
            "ContactNumber": "CW-219",
            "AccountNumber": "FAB",
            "FirstName": "Robert",
            "LastName": "Storts",
            "EmailAddress": "accounts@fabrikam.example",
            "ContactPersons": [
                {
                    "FirstName": "Robert",
                    "LastName": "Storts",
                    "EmailAddress": "r@fabrikam.example",
                    "IncludeInEmails": False,
                }
            ],
            "Addresses": [
                {
                    "AddressType": "POBOX",
                    "AddressLine1": "Level 1",
                    "AddressLine2": "1 Example St",
                    "AddressLine3": "Building B",
                    "AddressLine4": "East wing, Door 4",
                    "City": "Sydney",
                    "Region": "NSW",
                    "PostalCode": "2000",
                    "Country": "Australia AU",
                }
            ],
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "02 5550 0001"}],
        }
    ]


SHOWN = Contact.model_validate(
    {
        "ContactID": CONTACT_ID,
        "Name": "Fabrikam Sydney Pty Ltd",
        "AccountNumber": "OLD",
        "FirstName": "Robert",
        "LastName": "Storts",
        "EmailAddress": "accounts@fabrikam.example",
        "BankAccountDetails": "000-000 12345678",
        "Addresses": [{"AddressType": "POBOX", "AddressLine1": "", "City": ""}, {"AddressType": "STREET"}],
        "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "5550 0001", "PhoneAreaCode": "02", "PhoneCountryCode": ""}],
        "ContactPersons": [{"FirstName": "Ann", "LastName": "Lee", "EmailAddress": "", "IncludeInEmails": True}],
    }
)


def test_what_xero_shows_is_compared_in_the_form_in_which_ours_would_stand_there_F56(xero: XeroBooks) -> None:
    shown, ours = seen_contact(SHOWN), xero.contact_fields(EVERYTHING, {})
    same = {name for name in ours if shown.fields.get(name) == ours[name]}
    assert same == {"name", "email", "phone", "person"}
    assert set(ours) - set(shown.fields) == {"address"}
    assert shown.persons == (SeenPerson(Person(first_name="Ann", last_name="Lee"), gets_emails=True),)


def test_a_change_holds_the_contacts_id_and_the_chosen_fields_each_whole_F56(xero: XeroBooks) -> None:
    bare = contact(phone="02 5550 0002", address=Address(city="Perth"), person=Person(first_name="Ann"))
    change = ContactChange(seen_contact(SHOWN), bare, frozenset({"phone", "address", "person"}))
    call = xero.change_contacts(BOOKS, [change], {}, "k")
    assert (call.method, call.target) == ("POST", "/api.xro/2.0/Contacts?summarizeErrors=false")
    (sent,) = json_exact.loads(call.body)["Contacts"]
    assert sent["Phones"] == [
        {"PhoneType": "DEFAULT", "PhoneNumber": "02 5550 0002", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    ]
    assert (sent["FirstName"], sent["LastName"]) == ("Ann", "")
    assert (sent["Addresses"][0]["City"], sent["Addresses"][0]["AddressLine1"]) == ("Perth", "")
    assert sent.keys() == {"ContactID", "Phones", "Addresses", "FirstName", "LastName"}


def test_linking_gives_our_number_and_the_chosen_fields_in_one_change(xero: XeroBooks) -> None:
    link = ContactChange(seen_contact(SHOWN), EVERYTHING, frozenset({"email"}), number="CW-219")
    call = xero.change_contacts(BOOKS, [link], {}, "k")
    assert json_exact.loads(call.body)["Contacts"] == [
        {"ContactID": CONTACT_ID, "ContactNumber": "CW-219", "EmailAddress": "accounts@fabrikam.example"}
    ]


def test_persons_travel_with_all_who_are_listed_or_not_at_all_F62(xero: XeroBooks) -> None:
    shown = seen_contact(SHOWN)
    bo = SeenPerson(Person(first_name="Bo", email="bo@fabrikam.example"))
    change = ContactChange(shown, contact(name="Fabrikam"), frozenset({"name"}), (*shown.persons, bo))
    (sent,) = json_exact.loads(xero.change_contacts(BOOKS, [change], {}, "k").body)["Contacts"]
    assert sent == {
        "ContactID": CONTACT_ID,
        "Name": "Fabrikam",
        "ContactPersons": [
            {"FirstName": "Ann", "LastName": "Lee", "IncludeInEmails": True},
            {"FirstName": "Bo", "EmailAddress": "bo@fabrikam.example", "IncludeInEmails": False},
        ],
    }


@pytest.mark.parametrize("email", ["jürgen@fabrikam.example", "none", " "])
def test_an_address_that_xero_would_refuse_is_left_out(xero: XeroBooks, email: str) -> None:
    assert b"EmailAddress" not in xero.create_contacts(BOOKS, [contact(email=email)], "k").body


def test_names_and_countries_are_cleaned_as_xero_demands() -> None:
    assert cleaned_name(" A  <B> ") == "A B"
    assert len(cleaned_name("x" * 300)) == 255
    assert cleaned_country("U.S.A.") == "USA"
    assert cleaned_country("Côte d'Ivoire") == "Côte dIvoire"
    assert cleaned_country("001") is None
    assert cleaned_country(None) is None


def test_a_contact_without_a_usable_name_is_called_by_its_number(xero: XeroBooks) -> None:
    (sent,) = json_exact.loads(xero.create_contacts(BOOKS, [contact(name="<>")], "k").body)["Contacts"]
    assert sent["Name"] == "CW-219"


def test_a_contact_that_xero_can_never_take_is_refused_by_itself(xero: XeroBooks) -> None:
    with pytest.raises(BodyRefused, match="contact_number") as refused:
        xero.create_contacts(BOOKS, [contact(), contact(contact_number="x" * 51)], "k")
    assert refused.value.index == 1


def test_an_item_is_untracked_and_sold_without_a_price(xero: XeroBooks) -> None:
    call = xero.create_items(BOOKS, [LedgerItem(code="WS", name="W" * 60, description="A workstation")], "k")
    assert json_exact.loads(call.body)["Items"] == [
        {"Code": "WS", "Name": "W" * 50, "Description": "A workstation", "IsSold": True, "IsPurchased": False}
    ]


def test_items_whose_codes_differ_by_case_are_one_in_xero(xero: XeroBooks) -> None:
    items = [LedgerItem(code="ws", name="Workstation"), LedgerItem(code="WS", name="Workstation")]
    assert len(json_exact.loads(xero.create_items(BOOKS, items, "k").body)["Items"]) == 1


def test_what_a_contact_holds_is_known_from_the_list(xero: XeroBooks) -> None:
    blank = Contact(contact_id="a", name="A", contact_status="ACTIVE")
    first, second = contact_entries([blank, SHOWN])
    assert (first.filled, first.active) == ({"name"}, True)
    assert second.filled == {"name", "account_number", "email", "phone", "person", "persons"}


def test_the_number_of_a_merged_contact_passes_to_its_heir() -> None:
    heir = Contact(contact_id="a", name="A", contact_status="ACTIVE")
    merged = Contact(
        contact_id="b", name="A old", contact_status="ARCHIVED", contact_number="CW-7", merged_to_contact_id="a"
    )
    first, second = contact_entries([heir, merged])
    assert (first.ledger_id, first.code, first.active) == ("a", "CW-7", True)
    assert (second.code, second.active) == (None, False)


def test_items_without_a_code_cannot_be_named_by_a_line() -> None:
    items = [Item(item_id="1", code="WS", name=""), Item(item_id="2", code=None, name="Nameless")]
    assert [(each.code, each.name) for each in item_entries(items)] == [("WS", "WS")]
