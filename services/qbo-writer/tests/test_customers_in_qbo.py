"""The customer's statements against QuickBooks Online (F55-F65): created with its first invoice, field by field, kept
up to date by policy; it has one person, so that a billing contact takes that place only where the company says so."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from qbo_writer_kit.books import american
from qbo_writer_kit.values import contact, document, planned
from qbo_writer_kit.world import World, simulator

from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import ContactPolicies, LedgerContact
from tieout_contracts.records import Address, Person
from tieout_posting.tables import customer
from tieout_qbo_writer.migrations import MIGRATIONS

pytestmark = [pytest.mark.postgres, pytest.mark.http]

BATCH = "POST /batch"
OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
ANN = Person(first_name="Ann", last_name="Lee", email="ann@fabrikam.example")
BO = Person(first_name="Bo", last_name="Ray", email="bo@fabrikam.example")
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
def url(tmp_path: Path) -> Iterator[str]:
    """One customer is there already; people wrote its e-mail address and notes."""
    theirs = {
        "Id": "900",
        "DisplayName": "Wide World Importers",
        "PrimaryEmailAddr": {"Address": "theirs@wide.example"},
        "Notes": "Call before ten.",
    }
    with simulator(american() | {"Customer": [theirs]}, tmp_path) as address:
        yield address


@pytest.fixture
async def world(fresh_database: FreshDatabase, sealing_key_file: Path, url: str) -> AsyncIterator[World]:
    database_url = await fresh_database([MIGRATIONS])
    sealer = Sealer.from_file(sealing_key_file)
    database = Database(database_url, MIGRATIONS.service, sealer=sealer, pool_size=2)
    made = World(url, database, {"database_url": database_url, "sealing_key_file": sealing_key_file})
    yield made
    await made.close()
    await database.dispose()


class Customers:
    """Invoices for customers, one after another, and what QuickBooks has of them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._posted = 0

    async def invoice(self, of: LedgerContact) -> tuple[str, ...]:
        """Post an invoice and let its customer be told; the warnings on it."""
        self._posted += 1
        await self._world.say(planned(document(str(20500 + self._posted), contact=of), record_id=self._posted))
        last = (await self._world.settled(self._posted))[-1].settlement
        assert last.outcome == "posted"
        await self._world.until(self._idle, 1)
        return tuple(each.code for each in last.problems)

    async def held(self, name: str) -> dict[str, Any]:
        (one,) = [each for each in (await self._world.books())["Customer"] if each["DisplayName"] == name]
        return one

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
        assert await world.calls(BATCH) == 0  # F55: nothing, however many companies there are
        for each in (TOLD, TOLD, TOLD.model_copy(update={"changed_at": NOVEMBER})):
            assert await customers.invoice(each) == ()
    held = await customers.held("Fabrikam Inc")
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
    world: World,
) -> None:
    customers = Customers(world)
    wide = TOLD.model_copy(update={"contact_number": "CW-300", "name": "Wide World Importers"})
    policies = ContactPolicies(email="overwrite", phone="never", billing_contact="overwrite")
    overwriting = wide.model_copy(update={"policies": policies, "phone": "never told", "changed_at": NOVEMBER})
    async with world.running():
        assert await customers.invoice(wide) == ()
        first = await customers.held("Wide World Importers")
        assert first["PrimaryEmailAddr"]["Address"] == "theirs@wide.example"  # what people wrote stays
        assert (first["GivenName"], first["PrimaryPhone"]["FreeFormNumber"]) == ("Ann", "555 0100")
        assert first["Notes"] == "Call before ten.\nAccount number: FABRIKAM"
        await world.write("customer", {"Id": "900", "SyncToken": first["SyncToken"], "sparse": True, "Title": "Dr"})
        for each in (overwriting, wide):
            assert await customers.invoice(each) == ()
    second = await customers.held("Wide World Importers")
    assert second["PrimaryEmailAddr"]["Address"] == "accounts@fabrikam.example"
    assert (second["GivenName"], second["FamilyName"], second["Title"]) == ("Bo", "Ray", "Dr")
    assert (second["PrimaryPhone"]["FreeFormNumber"], second["SyncToken"]) == ("555 0100", "3")
