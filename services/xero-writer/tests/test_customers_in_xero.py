"""The customer's statements against Xero (F55-F65): created with its first invoice, field by field, kept up to date by
policy, each invoice's billing contact among its persons."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from xero_writer_kit.values import contact, document, planned
from xero_writer_kit.world import World, month_of_nothing_posted, simulator

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import ContactPolicies, LedgerContact
from tieout_contracts.events import PostingPlanned
from tieout_contracts.records import Address, Person
from tieout_posting.tables import customer
from tieout_simulators.month import Month
from tieout_xero_writer.migrations import MIGRATIONS

pytestmark = [pytest.mark.postgres, pytest.mark.http]

READ, CREATE, CHANGE = "GET /Contacts", "PUT /Contacts", "POST /Contacts"
THEIRS = "aaaaaaaa-0000-4000-8000-000000000001"
OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ANN = Person(first_name="Ann", last_name="Lee", email="ann@fabrikam.example")
BO = Person(first_name="Bo", last_name="Ray", email="bo@fabrikam.example")
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
def url(month: Month, tmp_path: Path) -> Iterator[str]:
    with simulator(month, tmp_path) as address:
        yield address


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, url: str, month: Month) -> AsyncIterator[World]:
    database_url = await fresh_database([MIGRATIONS])
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(database_url, MIGRATIONS.service, sealer=sealer, pool_size=2)
    made = World(url, month, database, {"database_url": database_url, "sealing_key_file": sealing_key_file})
    await made.open()
    yield made
    await made.close()
    await database.dispose()


class Customers:
    """Invoices for customers, one after another, and what Xero has of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._posted = 0

    async def invoice(self, of: LedgerContact) -> tuple[str, ...]:
        """Post an invoice and let its customer be told; the warnings on it."""
        self._posted += 1
        await self._world.say(self._plan(of))
        last = (await self._world.settled(self._posted))[-1].settlement
        assert last.outcome == "posted"
        await self._world.until(self._idle, 1)
        return tuple(each.code for each in last.problems)

    async def held(self, number: str) -> dict[str, Any]:
        found = (await self._world.books())["Contacts"]
        (one,) = [each for each in found if each.get("ContactNumber") == number]
        return one

    async def calls(self) -> list[int]:
        return [await self._world.calls(each) for each in (READ, CREATE, CHANGE)]

    def _plan(self, of: LedgerContact) -> PostingPlanned:
        number = str(20500 + self._posted)
        return planned(document(number, contact=of), organisation=self._world.organisation, record_id=self._posted)

    async def _idle(self) -> list[bool]:
        async with self._world.database.transaction() as tx:
            busy = await tx.scalar(sa.select(sa.exists().where(customer.c.state != "known")))
        return [] if busy else [True]


async def test_a_customer_is_created_with_its_first_invoice_whole_and_never_written_again_unchanged_F55_F65(
    world: World,
) -> None:
    customers = Customers(world)
    async with world.running():
        await world.references()
        assert (await customers.calls())[1:] == [0, 0]  # F55: nothing, however many companies there are
        assert await customers.invoice(TOLD) == ()
        read = (await customers.calls())[0]
        await customers.invoice(TOLD)
        await customers.invoice(TOLD.model_copy(update={"changed_at": NOVEMBER}))
    assert await customers.calls() == [read, 1, 0]  # F56: unchanged, no write and no read
    held = await customers.held("CW-219")
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
    world: World,
) -> None:
    customers = Customers(world)
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
        first = await customers.held("CW-300")
        assert first["EmailAddress"] == "theirs@wide.example"  # blanks are filled, what people wrote stays
        assert [each["FirstName"] for each in first["ContactPersons"]] == ["P0", "P1", "P2", "P3", "Bo"]
        assert (first.get("AccountNumber"), first["BankAccountDetails"]) == (None, "000-000 12345678")
        warned = [await customers.invoice(each) for each in (overwriting, wide)]
    second = await customers.held("CW-300")
    assert second["EmailAddress"] == "accounts@fabrikam.example"
    assert [each["PhoneNumber"] for each in second["Phones"] if each["PhoneNumber"]] == ["02 5550 0100"]
    assert (second["FirstName"], second["BankAccountDetails"]) == ("Ann", "000-000 12345678")
    assert (
        len(second["ContactPersons"]) == 5
    )  # Ann's own address has no room among them, which is said and stops nothing
    assert warned[-1] == ("ledger.contact_persons_full",)
    assert (await customers.calls())[1:] == [0, 2]
