"""The customer's statements against QuickBooks Online (F55-F65): created with its first invoice, field by field, kept
up to date by policy; it has one person, so that a billing contact takes that place only where the company says so."""

from typing import Any

import pytest
from qbo_writer_kit.books import american
from qbo_writer_kit.values import contact, document, planned
from qbo_writer_kit.world import World

from tieout_contracts.documents import ContactPolicies, LedgerContact
from tieout_contracts.events import PostingPlanned
from tieout_contracts.records import Address
from tieout_posting.testing.customers import ANN, BO, NOVEMBER, OCTOBER, Customers

pytestmark = [pytest.mark.postgres, pytest.mark.http]

BATCH = "POST /batch"
TOLD = contact(
    account_number="FABRIKAM",
    email="accounts@fabrikam.example",
    phone="555 0100",
    person=ANN,
    billing_contact=BO,
    address=Address(
        lines=("Suite 1", "1 Main St"), city="Bayshore", region="CA", postal_code="94326", country="United States"
    ),
    changed_at=OCTOBER,
)


@pytest.fixture
def books() -> dict[str, Any]:
    """One customer is there already; people wrote its e-mail address and notes."""
    theirs = {
        "Id": "900",
        "DisplayName": "Wide World Importers",
        "PrimaryEmailAddr": {"Address": "theirs@wide.example"},
        "Notes": "Call before ten.",
    }
    return american() | {"Customer": [theirs]}


@pytest.fixture
def customers(world: World) -> Customers:
    def plan(number: str, record_id: int, of: LedgerContact) -> PostingPlanned:
        return planned(document(number, contact=of), record_id=record_id)

    return Customers(world, plan)


async def in_ledger(world: World, name: str) -> dict[str, Any]:
    (one,) = [each for each in (await world.books())["Customer"] if each["DisplayName"] == name]
    return one


async def test_a_customer_is_created_with_its_first_invoice_whole_and_never_written_again_unchanged_F55_F65(
    world: World, customers: Customers
) -> None:
    async with world.running():
        await world.references()
        assert await world.calls(BATCH) == 0  # F55: nothing, however many companies there are
        for each in (TOLD, TOLD, TOLD.model_copy(update={"changed_at": NOVEMBER})):
            assert await customers.invoice(each) == ()
    held = await in_ledger(world, "Fabrikam Inc")
    address = {name: value for name, value in held["BillAddr"].items() if name != "Id"}
    shown = {
        "F56": held["SyncToken"],
        "F57": (held["DisplayName"], held["CompanyName"]),
        "F58": held["PrimaryPhone"]["FreeFormNumber"],
        "F59": address,
        "F60, F64": held["PrimaryEmailAddr"]["Address"],
        "F61": (held["GivenName"], held["FamilyName"]),
        "F63": held["Notes"].splitlines()[0],
    }
    assert shown == {
        "F56": "0",
        "F57": ("Fabrikam Inc", "Fabrikam Inc"),
        "F58": "555 0100",
        "F59": {
            "Line1": "Suite 1",
            "Line2": "1 Main St",
            "City": "Bayshore",
            "CountrySubDivisionCode": "CA",
            "PostalCode": "94326",
            "Country": "United States",
        },
        "F60, F64": "accounts@fabrikam.example",
        "F61": ("Ann", "Lee"),
        "F63": "Account number: FABRIKAM",
    }


async def test_a_customer_is_kept_up_to_date_by_policy_and_never_from_an_older_invoice_F56_F62_F63(
    world: World, customers: Customers
) -> None:
    wide = TOLD.model_copy(update={"contact_number": "CW-300", "name": "Wide World Importers"})
    policies = ContactPolicies(email="overwrite", phone="never", billing_contact="overwrite")
    overwriting = wide.model_copy(update={"policies": policies, "phone": "never told", "changed_at": NOVEMBER})
    async with world.running():
        assert await customers.invoice(wide) == ()
        first = await in_ledger(world, "Wide World Importers")
        assert first["PrimaryEmailAddr"]["Address"] == "theirs@wide.example"  # what people wrote stays
        assert (first["GivenName"], first["PrimaryPhone"]["FreeFormNumber"]) == ("Ann", "555 0100")
        assert first["Notes"] == "Call before ten.\nAccount number: FABRIKAM"
        await world.write("customer", {"Id": "900", "SyncToken": first["SyncToken"], "sparse": True, "Title": "Dr"})
        for each in (overwriting, wide):
            assert await customers.invoice(each) == ()
    second = await in_ledger(world, "Wide World Importers")
    assert second["PrimaryEmailAddr"]["Address"] == "accounts@fabrikam.example"
    assert (second["GivenName"], second["FamilyName"], second["Title"]) == ("Bo", "Ray", "Dr")
    assert (second["PrimaryPhone"]["FreeFormNumber"], second["SyncToken"]) == ("555 0100", "3")
