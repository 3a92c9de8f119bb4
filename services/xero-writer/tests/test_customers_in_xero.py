"""The customer's statements against Xero (F55-F65): created with its first invoice, field by field, kept up to date by
policy, each invoice's billing contact among its persons."""

from typing import Any

import pytest
from xero_writer_kit.values import contact, document, planned
from xero_writer_kit.world import World, month_of_nothing_posted

from tieout_contracts.documents import ContactPolicies, LedgerContact
from tieout_contracts.events import PostingPlanned
from tieout_contracts.records import Address
from tieout_posting.testing.customers import ANN, BO, NOVEMBER, OCTOBER, Customers
from tieout_simulators.month import Month

pytestmark = [pytest.mark.postgres, pytest.mark.http]

READ, CREATE, CHANGE = "GET /Contacts", "PUT /Contacts", "POST /Contacts"
THEIRS = "aaaaaaaa-0000-4000-8000-000000000001"
TOLD = contact(
    account_number="FABRIKAM",
    email="accounts@fabrikam.example",
    phone="02 5550 0100",
    person=ANN,
    billing_contact=BO,
    address=Address(
        lines=("Level 1", "1 Example St"), city="Sydney", region="NSW", postal_code="2000", country="Australia"
    ),
    changed_at=OCTOBER,
)


@pytest.fixture(scope="module")
def month() -> Month:
    """One contact bears our number already; people wrote its e-mail address and bank account, and have four persons."""
    month = month_of_nothing_posted()
    month.xero["organisations"][0]["Contacts"] = [
        {
            "ContactID": THEIRS,
            "ContactNumber": "CW-300",
            "Name": "Wide World Importers",
            "EmailAddress": "theirs@wide.example",
            "BankAccountDetails": "000-000 12345678",
            "ContactPersons": [{"FirstName": f"P{each}", "LastName": "X"} for each in range(4)],
        }
    ]
    return month


@pytest.fixture
def customers(world: World) -> Customers:
    def plan(number: str, record_id: int, of: LedgerContact) -> PostingPlanned:
        return planned(document(number, contact=of), organisation=world.organisation, record_id=record_id)

    return Customers(world, plan)


async def in_ledger(world: World, number: str) -> dict[str, Any]:
    (one,) = [each for each in (await world.books())["Contacts"] if each.get("ContactNumber") == number]
    return one


async def calls(world: World) -> list[int]:
    return [await world.calls(each) for each in (READ, CREATE, CHANGE)]


async def test_a_customer_is_created_with_its_first_invoice_whole_and_never_written_again_unchanged_F55_F65(
    world: World, customers: Customers
) -> None:
    async with world.running():
        await world.references()
        assert (await calls(world))[1:] == [0, 0]  # F55: nothing, however many companies there are
        assert await customers.invoice(TOLD) == ()
        read = (await calls(world))[0]
        await customers.invoice(TOLD)
        await customers.invoice(TOLD.model_copy(update={"changed_at": NOVEMBER}))
    assert await calls(world) == [read, 1, 0]  # F56: unchanged, no write and no read
    held = await in_ledger(world, "CW-219")
    printed = next(each for each in held["Addresses"] if each["AddressType"] == "POBOX")
    phones = [each["PhoneNumber"] for each in held["Phones"] if each["PhoneNumber"]]
    shown = {
        "F57": held["Name"],
        "F58": phones,
        "F59": {name: value for name, value in printed.items() if value and name != "AddressType"},
        "F60, F64": held["EmailAddress"],
        "F61": (held["FirstName"], held["LastName"], held["ContactPersons"][0]["EmailAddress"]),
        "F62": held["ContactPersons"][1],
        "F63": held["AccountNumber"],
    }
    assert shown == {
        "F57": "Fabrikam Pty Ltd",
        "F58": ["02 5550 0100"],
        "F59": {
            "AddressLine1": "Level 1",
            "AddressLine2": "1 Example St",
            "City": "Sydney",
            "Region": "NSW",
            "PostalCode": "2000",
            "Country": "Australia",
        },
        "F60, F64": "accounts@fabrikam.example",
        "F61": ("Ann", "Lee", "ann@fabrikam.example"),
        "F62": {
            "FirstName": "Bo",
            "LastName": "Ray",
            "EmailAddress": "bo@fabrikam.example",
            "IncludeInEmails": False,
        },
        "F63": "FABRIKAM",
    }


async def test_a_customer_is_kept_up_to_date_by_policy_and_never_from_an_older_invoice_F56_F62_F63(
    world: World, customers: Customers
) -> None:
    wide = TOLD.model_copy(update={"contact_number": "CW-300", "name": "Wide World Importers", "account_number": None})
    overwriting = wide.model_copy(
        update={
            "policies": ContactPolicies(email="overwrite", phone="never"),
            "phone": "never told",
            "changed_at": NOVEMBER,
        }
    )
    async with world.running():
        assert await customers.invoice(wide.model_copy(update={"person": None})) == ()
        first = await in_ledger(world, "CW-300")
        assert first["EmailAddress"] == "theirs@wide.example"  # blanks are filled, what people wrote stays
        assert [each["FirstName"] for each in first["ContactPersons"]] == ["P0", "P1", "P2", "P3", "Bo"]
        assert (first.get("AccountNumber"), first["BankAccountDetails"]) == (None, "000-000 12345678")
        warned = [await customers.invoice(each) for each in (overwriting, wide)]
    second = await in_ledger(world, "CW-300")
    assert second["EmailAddress"] == "accounts@fabrikam.example"
    assert [each["PhoneNumber"] for each in second["Phones"] if each["PhoneNumber"]] == ["02 5550 0100"]
    assert (second["FirstName"], second["BankAccountDetails"]) == ("Ann", "000-000 12345678")
    assert (
        len(second["ContactPersons"]) == 5
    )  # Ann's own address has no room among them, which is said and stops nothing
    assert warned[-1] == ("ledger.contact_persons_full",)
    assert (await calls(world))[1:] == [0, 2]
