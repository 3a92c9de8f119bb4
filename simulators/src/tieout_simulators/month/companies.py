"""The customers of the MSP: companies with a site, terms and a billing contact, some of them billed to a parent."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from tieout_simulators.month.dice import dice
from tieout_simulators.month.places import NEW_SOUTH_WALES, TERMS, Country, Region, Terms
from tieout_simulators.month.table_files import rows, words


@dataclass(frozen=True)
class Person:
    """A contact of a customer."""

    id: int
    first_name: str
    last_name: str
    title: str
    email: str
    phone: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Customer:
    """A ConnectWise company with its one site.

    `contact` is whom its bills go to, `primary` whom the MSP talks to; in small businesses they are one person.
    """

    id: int
    site_id: int
    name: str
    identifier: str
    account_number: str
    street: str
    suburb: str
    state: str
    postcode: str
    phone: str
    terms: Terms
    primary: Person
    contact: Person | None
    parent: "Customer | None" = None
    region: Region = NEW_SOUTH_WALES

    @property
    def people(self) -> tuple[Person, ...]:
        """Each person once."""
        return tuple(dict.fromkeys(person for person in (self.primary, self.contact) if person))

    @property
    def bill_to(self) -> "Customer":
        """Who pays: the parent where there is one."""
        return self.parent or self


@dataclass(frozen=True)
class Clientele:
    """Everybody an MSP bills."""

    regular: tuple[Customer, ...]
    payer: Customer
    homes: tuple[Customer, ...]
    without_contact: Customer

    @property
    def everybody(self) -> tuple[Customer, ...]:
        return (*self.regular, self.payer, *self.homes, self.without_contact)

    @property
    def served(self) -> tuple[Customer, ...]:
        """Those that ordinary invoices are made for; the homes are billed to their payer."""
        return (*self.regular, *self.homes)


def clientele(seed: int) -> Clientele:
    """The demo's customers: 43 of their own, a parent with four homes, and one without a billing contact."""
    rolls = dice(seed, "companies")
    regular = tuple(_customers(_with_role("regular"), first_id=201, rolls=rolls))
    (payer,) = _customers(_with_role("payer"), first_id=301, rolls=rolls)
    homes = tuple(_customers(_with_role("home"), first_id=302, rolls=rolls, parent=payer))
    (alone,) = _customers(_with_role("without_contact"), first_id=306, rolls=rolls, has_contact=False)
    return Clientele(regular=regular, payer=payer, homes=homes, without_contact=alone)


def _with_role(role: str) -> list[dict[str, str]]:
    return [row for row in rows("customers") if row["role"] == role]


def many_customers(
    count: int, seed: int, *, first_id: int, organisation: int, region: Region = NEW_SOUTH_WALES
) -> tuple[Customer, ...]:
    """Customers for a bench, with names and identifiers that no other organisation of the bench has."""
    rolls = dice(seed, f"companies of {organisation}")
    pairs = [(stem, trade) for trade in words("trades") for stem in words("stems")]
    rolls.shuffle(pairs)
    made = [
        {
            "name": f"{stem} {trade} {organisation:02d}",
            "identifier": f"{stem[:8].upper()}{trade[:6].upper()}{organisation:02d}-{index}",
            "street": f"{rolls.randint(1, 240)} {rolls.choice(words('stems'))} Street",
            "suburb": rolls.choice(region.towns),
            "state": region.state.identifier,
            "postcode": region.postcode,
        }
        for index, (stem, trade) in enumerate(pairs[:count])
    ]
    return tuple(_customers(made, first_id=first_id, rolls=rolls, region=region))


def _customers(
    table: Iterable[dict[str, str]],
    *,
    first_id: int,
    rolls: random.Random,
    parent: Customer | None = None,
    has_contact: bool = True,
    region: Region = NEW_SOUTH_WALES,
) -> Iterable[Customer]:
    for company_id, row in enumerate(table, start=first_id):
        owner = _person(20_000 + 2 * company_id, "Director", row["identifier"], rolls, region.country)
        payables = _person(20_001 + 2 * company_id, "Accounts payable", row["identifier"], rolls, region.country)
        yield Customer(
            id=company_id,
            site_id=1_000 + company_id,
            name=row["name"],
            identifier=row["identifier"],
            account_number=f"C{company_id:05d}",
            street=row["street"],
            suburb=row["suburb"],
            state=row["state"],
            postcode=row["postcode"],
            phone=_phone(rolls, region.country),
            terms=parent.terms if parent else rolls.choice(TERMS),
            primary=owner,
            contact=None if not has_contact else owner if company_id % 3 == 0 else payables,
            parent=parent,
            region=region,
        )


def _person(person_id: int, title: str, identifier: str, rolls: random.Random, country: Country) -> Person:
    first_name = rolls.choice(words("first_names"))
    last_name = rolls.choice(words("last_names"))
    own = f"{first_name}.{last_name}".lower().replace("'", "")
    mailbox = rolls.choice(("accounts", "payables", own)) if title == "Accounts payable" else own
    return Person(
        id=person_id,
        first_name=first_name,
        last_name=last_name,
        title=title,
        email=f"{mailbox}@{identifier.lower()}.{country.web_domain}",
        phone=_phone(rolls, country),
    )


def _phone(rolls: random.Random, country: Country) -> str:
    return country.phone(rolls.randint(0, 9999))
