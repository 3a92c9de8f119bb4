"""Customers and items: what is made, and what an existing one is matched by."""

from typing import Any

import pytest
from qbo_writer_kit.values import BOOKS, US_KEYS, contact

from tieout_contracts.documents import ContactPolicies
from tieout_contracts.records import Address, Person
from tieout_posting.ledger import BodyRefused, ContactChange, NeededItem
from tieout_providers.json_exact import loads
from tieout_providers.qbo import reads
from tieout_qbo_writer.qbo.directory import contact_entries, item_entries, seen_contact
from tieout_qbo_writer.qbo.items import item_of_account
from tieout_qbo_writer.qbo.ledger import QboBooks
from tieout_qbo_writer.qbo.marks import account_number_in, with_account_number

KEY = "0b5eb1f2-5f1c-4f0e-8a3f-1c3f5c1a2b3c"


def customer(qbo: QboBooks, keys: dict[str, str] = US_KEYS, **changes: Any) -> dict[str, Any]:
    call = qbo.create_contacts_with_keys(BOOKS, [contact(**changes)], keys, KEY)
    found: dict[str, Any] = loads(call.body)["BatchItemRequest"][0]["Customer"]
    return found


def test_a_new_customer_bears_our_number_in_its_notes(qbo: QboBooks) -> None:
    body = customer(qbo)
    assert body == {
        "CompanyName": "Fabrikam Inc",
        "Notes": "Made from ConnectWise by Tieout. [tieout customer CW-219]",
        "DisplayName": "Fabrikam Inc",
    }


def test_a_customer_has_what_is_known_and_nothing_that_would_be_refused(qbo: QboBooks) -> None:
    body = customer(
        qbo,
        name="A\u2019s:  Shop",
        email="bills@example.com",
        phone=" 555 0100 " + "9" * 40,
        person=Person(first_name="Ann", last_name="Łee"),
        address=Address(
            lines=("1 Main St", "", "Floor 2", "3", "4", "5", "6"), city="Bayshore", region="CA", postal_code="94326"
        ),
    )
    assert (body["DisplayName"], body["FamilyName"]) == ("A's - Shop", "Lee")
    assert len(body["PrimaryPhone"]["FreeFormNumber"]) == 30
    assert body["BillAddr"]["Line5"] == "5, 6"
    assert body["BillAddr"]["CountrySubDivisionCode"] == "CA"
    assert "PrimaryEmailAddr" not in customer(qbo, email="nobody")


SHOWN = reads.Customer.model_validate(
    {
        "Id": "5",
        "SyncToken": "3",
        "DisplayName": "Fabrikam Inc",
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "PrimaryPhone": {"FreeFormNumber": "555 0100"},
        "BillAddr": {"Id": "9", "Line1": "1 Main St", "City": "Bayshore"},
        "Notes": "Call before ten.\nAccount number: OLD\nKind people.",
    }
)


def test_what_quickbooks_shows_is_compared_in_the_form_in_which_ours_would_stand_there_F56(qbo: QboBooks) -> None:
    ours = contact(
        email="bills@example.com",
        phone="555  0100",
        person=Person(first_name="Ann", last_name="Lee"),
        address=Address(lines=("1 Main St",), city="Bayshore"),
        account_number="FAB",
    )
    shown, wanted = seen_contact(SHOWN), qbo.contact_fields(ours, US_KEYS)
    assert {name for name in wanted if shown.fields.get(name) == wanted[name]} == {"name", "phone", "person", "address"}
    assert (shown.version, shown.fields["account_number"]) == ("3", "OLD")
    assert "email" not in shown.fields


def test_a_change_is_sparse_names_the_sync_token_and_keeps_what_people_noted_F56_F63(qbo: QboBooks) -> None:
    ours = contact(account_number="FAB", person=Person(first_name="Bo"))
    change = ContactChange(seen_contact(SHOWN), ours, frozenset({"account_number", "person"}))
    call = qbo.change_contacts(BOOKS, [change], US_KEYS, KEY)
    (member,) = loads(call.body)["BatchItemRequest"]
    assert member["operation"] == "update"
    assert member["Customer"] == {
        "Id": "5",
        "SyncToken": "3",
        "sparse": True,
        "GivenName": "Bo",
        "FamilyName": "",
        "Notes": "Call before ten.\nAccount number: FAB\nKind people.",
    }


@pytest.mark.parametrize(
    ("notes", "then"),
    [
        ("", "Account number: FAB"),
        ("Hello ", "Hello\nAccount number: FAB"),
        ("Account number: ", "Account number: FAB"),
    ],
)
def test_the_account_number_is_a_line_of_the_notes_F63(notes: str, then: str) -> None:
    assert with_account_number(notes, "FAB") == then
    assert (account_number_in(then), account_number_in(notes)) == ("FAB", None)


def test_a_new_customer_has_the_account_number_in_its_notes_F63(qbo: QboBooks) -> None:
    assert customer(qbo, account_number="FAB")["Notes"] == (
        "Account number: FAB\nMade from ConnectWise by Tieout. [tieout customer CW-219]"
    )


def test_a_billing_contact_that_overwrites_is_the_customers_one_person_F62(qbo: QboBooks) -> None:
    both = {"person": Person(first_name="Ann"), "billing_contact": Person(first_name="Bo")}
    assert customer(qbo, **both)["GivenName"] == "Ann"
    chosen = ContactPolicies(billing_contact="overwrite")
    assert customer(qbo, **both, policies=chosen)["GivenName"] == "Bo"


def test_a_name_that_says_nothing_is_refused(qbo: QboBooks) -> None:
    with pytest.raises(BodyRefused):
        qbo.create_contacts_with_keys(BOOKS, [contact(name="\u200b")], US_KEYS, KEY)


def test_an_item_is_a_service_named_by_its_code_that_sells_to_the_account(qbo: QboBooks) -> None:
    wanted = NeededItem(code="WS", name="Managed workstation", account_code="4000")
    call = qbo.create_items_with_accounts(BOOKS, [wanted, wanted.model_copy(update={"code": "ws"})], US_KEYS, KEY)
    (member,) = loads(call.body)["BatchItemRequest"]
    assert member["Item"] == {
        "Description": "Managed workstation",
        "IncomeAccountRef": {"value": "79"},
        "Taxable": True,
        "Name": "ws",
        "Type": "Service",
    }


@pytest.mark.parametrize(
    ("code", "account", "words"), [("A:B", "4000", "colon"), ("A", "9999", "'9999' is not active")]
)
def test_an_item_that_cannot_be_made_says_why(qbo: QboBooks, code: str, account: str, words: str) -> None:
    with pytest.raises(BodyRefused, match=words):
        qbo.create_items_with_accounts(BOOKS, [NeededItem(code=code, name=code, account_code=account)], US_KEYS, KEY)


def test_each_account_has_one_item_of_its_own() -> None:
    assert item_of_account("4000").code == "Sales 4000"
    codes = ["4000", "Income:Sales", "Income - Sales", "Income  - Sales", 'A "B"', "A 'B'", "x" * 200, "x" * 201]
    names = [item_of_account(code).code for code in codes]
    assert len({name.casefold() for name in names}) == len(codes)
    assert names == [item_of_account(code).code for code in codes]
    assert all(len(name) <= 100 and ":" not in name and '"' not in name for name in names)


def test_customers_are_matched_by_mark_or_name_and_other_peoples_names_are_taken_behaviour_8() -> None:
    entries = contact_entries(
        [
            reads.Customer.model_validate(
                {"Id": "1", "DisplayName": "A", "Notes": "hello [tieout customer CW-7] there", "Active": True}
            ),
            reads.Customer.model_validate({"Id": "2", "DisplayName": "B (deleted)", "Active": False}),
            reads.Customer.model_validate({"Id": "3"}),
        ],
        [reads.Vendor.model_validate({"Id": "7", "DisplayName": "Norton"})],
        [reads.Employee.model_validate({"Id": "9", "DisplayName": "Emily"})],
        home="USD",
    )
    assert [(each.ledger_id, each.code, each.name, each.active) for each in entries] == [
        ("1", "CW-7", "A", True),
        ("2", None, "B (deleted)", False),
        ("vendor 7", "vendor 7", "Norton", True),
        ("employee 9", "employee 9", "Emily", True),
    ]


def test_a_customer_in_another_currency_is_matched_by_its_name_with_the_currency_F120() -> None:
    rows = (
        {"Id": "1", "DisplayName": "A", "CurrencyRef": {"value": "USD"}},
        {"Id": "2", "DisplayName": "B", "CurrencyRef": {"value": "EUR"}},
        {"Id": "3", "DisplayName": "C (EUR)", "CurrencyRef": {"value": "EUR"}},
    )
    entries = contact_entries([reads.Customer.model_validate(row) for row in rows], [], [], home="USD")
    assert [(each.ledger_id, each.code, each.name) for each in entries] == [
        ("1", None, "A"),
        ("2", None, "B (EUR)"),
        ("3", None, "C (EUR)"),
        ("foreign customer 2", "foreign customer 2", "B"),
    ]


def test_a_customer_in_another_currency_is_made_in_it_for_ever_F120(qbo: QboBooks) -> None:
    body = customer(qbo, name="Fabrikam Inc (EUR)", contact_number="CW-219-EUR", currency="EUR")
    assert (body["DisplayName"], body["CurrencyRef"]) == ("Fabrikam Inc (EUR)", {"value": "EUR"})
    assert "[tieout customer CW-219-EUR]" in body["Notes"]


def test_items_are_matched_by_full_name_and_only_what_can_be_sold_counts() -> None:
    rows: list[dict[str, Any]] = [
        {"Id": "1", "Name": "WS", "FullyQualifiedName": "Cat:WS", "Type": "Service"},
        {"Id": "2", "Name": "Cat", "Type": "Category"},
        {"Id": "3", "Name": "Old (deleted)", "Active": False},
        {"Name": "no id"},
    ]
    entries = item_entries(reads.Item.model_validate(row) for row in rows)
    assert [(each.ledger_id, each.code) for each in entries] == [("1", "Cat:WS")]
