"""Months for benches and load tests: many documents over many organisations, all of them postable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Literal, get_args

from tieout_simulators.month.build import Month
from tieout_simulators.month.catalogue import Product, catalogue
from tieout_simulators.month.companies import Customer, many_customers
from tieout_simulators.month.connectwise_side import connectwise_data
from tieout_simulators.month.dice import dice
from tieout_simulators.month.documents import Document
from tieout_simulators.month.invoices import Makers
from tieout_simulators.month.numbering import Numbering
from tieout_simulators.month.places import ENGLAND, Location
from tieout_simulators.month.qbo_side import FORMAT, QBO_APP, qbo_company, realm_id
from tieout_simulators.month.regions import (
    american_location,
    australian_location,
    british_location,
    with_british_positions,
)
from tieout_simulators.month.shapes import JsonObject
from tieout_simulators.month.tenant_settings import company_settings, expectations, qbo_company_settings
from tieout_simulators.month.xero_ids import xero_id
from tieout_simulators.month.xero_side import APP, empty_organisation

LedgerOfVolume = Literal["xero", "xero-uk", "qbo-us", "qbo-au"]
LEDGERS = get_args(LedgerOfVolume)
FIRST_LOCATION = 101
MAX_INVOICES = 50_000
MAX_LINES = 200
MAX_ORGANISATIONS = 200
FEWEST_CUSTOMERS = 25
MOST_CUSTOMERS = 60
COMPANY_IDS_PER_ORGANISATION = 100


def build_volume(
    invoices: int,
    lines: int,
    organisations: int = 1,
    seed: int = 7,
    ledger: LedgerOfVolume | Sequence[LedgerOfVolume] = "xero",
    credits_every: int | None = None,
) -> Month:
    """`invoices` standard invoices in all, `lines` lines each (the tax line not counted), shared evenly; of those of
    each organisation every `credits_every`-th is a credit memo, of a few lines.

    Each organisation has its own ConnectWise location (ids from 101), its own 25 to 60 customers and its own books:
    in Xero in Australia or in the United Kingdom (where some customers are zero-rated, some account for the tax
    themselves, and one pays in dollars), or in QuickBooks Online in the United States (each location has its own sales
    tax) or in Australia. Of several ledgers the organisations take one each, in turn.
    `expected["settings"]["companies"]` has one entry for each. Raises ValueError outside the limits.
    """
    _check("invoices", invoices, MAX_INVOICES)
    _check("lines", lines, MAX_LINES)
    _check("organisations", organisations, MAX_ORGANISATIONS)
    ledgers = (ledger,) if isinstance(ledger, str) else tuple(ledger)
    if not ledgers or set(ledgers) - set(LEDGERS):
        msg = f"ledger must be one of {', '.join(LEDGERS)}, not {ledger}"
        raise ValueError(msg)
    books = [_books(index, taken) for index, taken in zip(range(organisations), cycle(ledgers), strict=False)]
    locations = tuple(each.location for each in books)
    clients = {each.id: _customers(each, seed) for each in locations}
    products = catalogue()
    makers = Makers(products, dice(seed, "volume"))
    issued = list(Numbering().issue(_documents(makers, invoices, lines, clients, locations, credits_every)))
    connectwise = connectwise_data(
        customers=[customer for location in locations for customer in clients[location.id]],
        products=products,
        agreements=[],
        issued=issued,
        locations=locations,
        row_copies={},
    )
    return Month(
        connectwise=connectwise,
        xero=_in_xero([each for each in books if each.is_in_xero], clients),
        expected=expectations(issued, [each.settings() for each in books], []),
        qbo=_in_qbo([each for each in books if not each.is_in_xero], clients, products),
    )


@dataclass(frozen=True)
class _Books:
    """An organisation: where it bills, and where its books are."""

    location: Location
    ledger: LedgerOfVolume

    @property
    def is_in_xero(self) -> bool:
        return self.ledger.startswith("xero")

    @property
    def name(self) -> str:
        return f"Volume MSP {self.location.name}"

    @property
    def tenant(self) -> str:
        return xero_id("organisation", self.name)

    def settings(self) -> JsonObject:
        if self.is_in_xero:
            return company_settings(self.name, f"xero-{self.location.id}", self.tenant, self.location)
        return qbo_company_settings(self.name, realm_id(self.location), self.location)


def _books(index: int, ledger: LedgerOfVolume) -> _Books:
    located = {"qbo-us": american_location, "xero-uk": british_location}.get(ledger, australian_location)
    return _Books(located(FIRST_LOCATION + index, index), ledger)


def _in_xero(books: list[_Books], clients: dict[int, tuple[Customer, ...]]) -> JsonObject:
    if not books:
        return {}
    organisations = [
        empty_organisation(each.name, each.tenant, each.location, clients[each.location.id]) for each in books
    ]
    return {"format": "tieout-xero/1", "app": dict(APP), "organisations": organisations}


def _in_qbo(books: list[_Books], clients: dict[int, tuple[Customer, ...]], products: tuple[Product, ...]) -> JsonObject:
    if not books:
        return {}
    companies = [qbo_company(each.name, each.location, clients[each.location.id], products) for each in books]
    return {"format": FORMAT, "app": dict(QBO_APP), "companies": companies}


def _documents(
    makers: Makers,
    invoices: int,
    lines: int,
    clients: dict[int, tuple[Customer, ...]],
    locations: tuple[Location, ...],
    credits_every: int | None,
) -> Iterator[Document]:
    for index, location in zip(range(invoices), cycle(locations), strict=False):
        customer = makers.rolls.choice(clients[location.id])
        if credits_every and (index // len(locations) + 1) % credits_every == 0:
            document = makers.credit_memo(customer)
        else:
            document = makers.standard(customer, None, count=lines)
        yield replace(document, location=location, tax_code=customer.region.tax_code)


def _customers(location: Location, seed: int) -> tuple[Customer, ...]:
    count = dice(seed, f"clients of {location.id}").randint(FEWEST_CUSTOMERS, MOST_CUSTOMERS)
    first_id = 10_000 + (location.id - FIRST_LOCATION) * COMPANY_IDS_PER_ORGANISATION
    customers = many_customers(count, seed, first_id=first_id, organisation=location.id, region=location.region)
    return with_british_positions(customers) if location.region == ENGLAND else customers


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        msg = f"{name} must be from 1 to {most}, not {value}"
        raise ValueError(msg)
