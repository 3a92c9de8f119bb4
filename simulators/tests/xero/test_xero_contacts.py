"""Contacts: their rules, how they are found, and what an invoice does to them."""

from typing import Any

import pytest

pytestmark = pytest.mark.http


def write(xero: Any, contact: dict[str, Any], method: str = "PUT") -> dict[str, Any]:
    shape: dict[str, Any] = xero.write(method, "Contacts", contact)[0]
    return shape


def said(element: dict[str, Any]) -> list[str]:
    return [error["Message"] for error in element.get("ValidationErrors", [])]


def test_a_contact_is_made_and_read_back(xero: Any) -> None:
    made = write(
        xero,
        {
            "Name": "Oak Hill Dental",
            "ContactNumber": "CW-21",
            "EmailAddress": "accounts@oakhill.example",
            "Addresses": [
                {"AddressType": "POBOX", "AddressLine1": "1 Mill Lane", "City": "Leeds", "Country": "United Kingdom"}
            ],
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "555 0100"}],
            "ContactPersons": [{"FirstName": "Ann", "EmailAddress": "ann@oakhill.example", "IncludeInEmails": True}],
        },
    )
    assert (made["ContactStatus"], made["IsCustomer"], made["HasValidationErrors"]) == ("ACTIVE", False, False)
    assert [each["AddressType"] for each in made["Addresses"]] == ["STREET", "POBOX"]
    assert made["Addresses"][1]["AddressLine1"] == "1 Mill Lane"
    for key in (made["ContactID"], "CW-21"):
        (found,) = xero.get(f"Contacts/{key}")
        assert {**found, "StatusAttributeString": "OK"} == made


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": ""}, "The contact name must be specified."),
        ({"Name": None}, "The contact name must be specified."),
        ({"Name": "x" * 256}, "The field Name cannot exceed 255 characters."),
        ({"Name": "A <B>"}, "The contact name cannot contain the characters < or >."),
        ({"Name": " A"}, "The contact name cannot begin or end with a space or hold two in a row."),
        ({"Name": "A  B"}, "The contact name cannot begin or end with a space or hold two in a row."),
        (
            {"Name": "abc limited"},
            "The contact name abc limited is already assigned to another contact. "
            "The contact name must be unique across all active contacts.",
        ),
        (
            {"ContactNumber": "CW-20"},
            "The contact number CW-20 is already assigned to another contact. "
            "The contact number must be unique across all contacts.",
        ),
        ({"ContactNumber": "x" * 51}, "The field ContactNumber cannot exceed 50 characters."),
        ({"AccountNumber": "x" * 51}, "The field AccountNumber cannot exceed 50 characters."),
        ({"EmailAddress": "müller@example.com"}, "Email address must be valid."),
        ({"EmailAddress": "nobody"}, "Email address must be valid."),
        ({"ContactStatus": "GONE"}, "The ContactStatus 'GONE' is not valid."),
        ({"Addresses": [{"AddressType": "HOME"}]}, "The AddressType 'HOME' is not valid."),
        ({"Addresses": [{"AddressType": "POBOX", "City": "x" * 256}]}, "The field City cannot exceed 255 characters."),
        ({"Addresses": [{"AddressType": "POBOX", "Country": "U.K."}]}, "The address country may hold letters only."),
        (
            {"Phones": [{"PhoneType": "DEFAULT", "PhoneAreaCode": "x" * 11}]},
            "The field PhoneAreaCode cannot exceed 10 characters.",
        ),
        ({"ContactPersons": [{"FirstName": "A"}] * 6}, "A contact can have a maximum of 5 contact persons."),
        ({"ContactPersons": "Ann"}, "Error converting value 'Ann' to ContactPersons."),
        (
            {"AccountsReceivableTaxType": "GST9"},
            "The TaxType code 'GST9' does not exist or cannot be used for this type of transaction.",
        ),
    ],
)
def test_a_contact_is_checked(xero: Any, fields: dict[str, Any], message: str) -> None:
    refused = write(xero, {"Name": "New Limited", **fields})
    assert said(refused) == [message]
    assert (refused["HasValidationErrors"], refused["StatusAttributeString"]) == (True, "ERROR")
    assert refused["ContactID"] == "00000000-0000-0000-0000-000000000000"


def test_the_name_of_an_archived_contact_is_free(xero: Any) -> None:
    assert said(write(xero, {"Name": "Gone Limited"})) == []
    back = write(xero, {"ContactID": xero.archived_contact_id, "ContactStatus": "ACTIVE"}, "POST")
    assert said(back)[0].startswith("The contact name Gone Limited is already assigned")


def test_post_finds_by_id_or_number_and_keeps_what_is_left_out(xero: Any) -> None:
    by_number = write(xero, {"ContactNumber": "CW-19", "EmailAddress": "a@abc.example"}, "POST")
    assert (by_number["ContactID"], by_number["Name"]) == (xero.contact_id, "ABC Limited")
    by_id = write(xero, {"ContactID": xero.contact_id.upper(), "AccountNumber": "ABC02"}, "POST")
    assert (by_id["EmailAddress"], by_id["AccountNumber"]) == ("a@abc.example", "ABC02")
    assert said(write(xero, {"Name": "ABC Limited"}, "POST"))[0].startswith("The contact name ABC Limited is already")
    unknown = write(xero, {"ContactID": "11111111-1111-4111-8111-111111111111", "Name": "X"}, "POST")
    assert said(unknown) == ["An existing Contact with the specified ContactID could not be found"]


def test_one_contact_can_be_changed_by_its_path(xero: Any) -> None:
    answer = xero.call("POST", f"Contacts/{xero.contact_id}", {"ContactStatus": "ARCHIVED"})
    assert answer.json()["Contacts"][0]["ContactStatus"] == "ARCHIVED"
    assert xero.call("POST", "Contacts/NOBODY", {"Name": "X"}).status_code == 404
    assert xero.call("GET", "Contacts/NOBODY").status_code == 404


def test_a_list_leaves_archived_ones_out_and_some_fields_without_paging(xero: Any) -> None:
    assert [each["Name"] for each in xero.get("Contacts")] == ["ABC Limited"]
    assert "ContactPersons" not in xero.get("Contacts")[0]
    everybody = xero.get("Contacts", includeArchived="true", page=1)
    assert [each["Name"] for each in everybody] == ["ABC Limited", "Gone Limited"]
    assert everybody[0]["ContactPersons"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"where": 'ContactNumber=="CW-19"'},
        {"where": 'AccountNumber=="abc01"'},
        {"where": 'Name=="abc limited"'},
        {"where": 'ContactStatus=="ACTIVE" AND AccountNumber=="ABC01"'},
        {"IDs": "0c0a0000-0000-4000-8000-0000000000ab,11111111-1111-4111-8111-111111111111"},
        {"searchTerm": "bc lim"},
        {"searchTerm": "cw-19"},
    ],
)
def test_contacts_are_found(xero: Any, query: dict[str, str]) -> None:
    write(xero, {"Name": "Other Limited"})
    assert [each["Name"] for each in xero.get("Contacts", page=1, **query)] == ["ABC Limited"]


@pytest.mark.parametrize("where", ['ContactNumber=="CW-77"', 'AccountNumber=="X"', 'Name=="nobody"'])
def test_who_is_not_there_is_not_found(xero: Any, where: str) -> None:
    assert xero.get("Contacts", where=where) == []


def test_a_changed_number_is_found_by_its_new_name_only(xero: Any) -> None:
    write(
        xero, {"ContactID": xero.contact_id, "ContactNumber": "CW-77", "AccountNumber": "NEW", "Name": "ABC2"}, "POST"
    )
    assert xero.get("Contacts", where='ContactNumber=="CW-19"') == []
    assert xero.get("Contacts", where='AccountNumber=="ABC01"') == []
    assert len(xero.get("Contacts", where='ContactNumber=="CW-77"')) == 1
    assert said(write(xero, {"Name": "ABC Limited", "ContactNumber": "CW-19"})) == []


def test_an_invoice_for_an_unknown_name_makes_the_contact(xero: Any) -> None:
    (made,) = xero.put(xero.invoice("INV-1", Contact={"Name": "Fresh Limited", "EmailAddress": "a@fresh.example"}))
    (contact,) = xero.get("Contacts", where='Name=="Fresh Limited"')
    assert made["Contact"]["ContactID"] == contact["ContactID"]
    assert contact["EmailAddress"] == "a@fresh.example"


def test_a_refused_invoice_makes_no_contact(xero: Any) -> None:
    xero.put(xero.invoice("INV-1", xero.line(AccountCode="999"), Contact={"Name": "Fresh Limited"}))
    assert xero.get("Contacts", where='Name=="Fresh Limited"') == []


def test_an_invoice_finds_its_contact_by_number_and_by_name(xero: Any) -> None:
    for contact in ({"ContactNumber": "CW-19"}, {"Name": "abc LIMITED"}, {"ContactID": xero.contact_id.upper()}):
        assert xero.put(xero.invoice(None, Contact=contact))[0]["Contact"]["ContactID"] == xero.contact_id


def test_further_fields_in_an_invoice_change_the_contact_and_drop_its_persons(xero: Any) -> None:
    persons = [{"FirstName": "Ann", "LastName": "A", "EmailAddress": "ann@abc.example"}]
    write(xero, {"ContactID": xero.contact_id, "ContactPersons": persons}, "POST")
    xero.put(xero.invoice("INV-1"))
    assert len(xero.get(f"Contacts/{xero.contact_id}")[0]["ContactPersons"]) == 1
    xero.put(xero.invoice("INV-2", Contact={"ContactID": xero.contact_id, "EmailAddress": "b@abc.example"}))
    (contact,) = xero.get(f"Contacts/{xero.contact_id}")
    assert (contact["ContactPersons"], contact["EmailAddress"]) == ([], "b@abc.example")
