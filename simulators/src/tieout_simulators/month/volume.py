"""Months for benches and load tests: many documents over many organisations, all of them postable."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Literal, get_args

from tieout_simulators.month.build import Month
from tieout_simulators.month.catalogue import Product, catalogue
from tieout_simulators.month.companies import Customer, many_customers
from tieout_simulators.month.connectwise_side import connectwise_data
from tieout_simulators.month.dice import dice
from tieout_simulators.month.documents import Document, Issued
from tieout_simulators.month.invoices import Makers
from tieout_simulators.month.numbering import Numbering
from tieout_simulators.month.places import Location
from tieout_simulators.month.qbo_side import FORMAT, QBO_APP, qbo_company, realm_id
from tieout_simulators.month.regions import american_location, australian_location
from tieout_simulators.month.shapes import JsonObject
from tieout_simulators.month.tenant_settings import company_settings, expectations, qbo_company_settings
from tieout_simulators.month.xero_ids import xero_id
from tieout_simulators.month.xero_side import APP, empty_organisation

LedgerOfVolume = Literal["xero", "qbo-us", "qbo-au"]
LEDGERS = get_args(LedgerOfVolume)
FIRST_LOCATION = 101
MAX_INVOICES = 50_000
MAX_LINES = 200
MAX_ORGANISATIONS = 200
FEWEST_CUSTOMERS = 25
MOST_CUSTOMERS = 60
COMPANY_IDS_PER_ORGANISATION = 100


def build_volume(
    invoices: int, lines: int, organisations: int = 1, seed: int = 7, ledger: LedgerOfVolume = "xero"
) -> Month:
    """`invoices` standard invoices in all, `lines` lines each (the tax line not counted), shared evenly.

    Each organisation has its own ConnectWise location (ids from 101), its own 25 to 60 customers and its own
    organisation in the ledger: Xero, or QuickBooks Online in the United States (each location has its own sales tax)
    or in Australia. `expected["settings"]["companies"]` has one entry for each. Raises ValueError outside the limits.
    """
    _check("invoices", invoices, MAX_INVOICES)
    _check("lines", lines, MAX_LINES)
    _check("organisations", organisations, MAX_ORGANISATIONS)
    if ledger not in LEDGERS:
        msg = f"ledger must be one of {', '.join(LEDGERS)}, not {ledger}"
        raise ValueError(msg)
    located = american_location if ledger == "qbo-us" else australian_location
    locations = tuple(located(FIRST_LOCATION + index, index) for index in range(organisations))
    clients = {each.id: _customers(each, seed) for each in locations}
    products = catalogue()
    issued = list(Numbering().issue(_documents(invoices, lines, locations, clients, products, seed)))
    connectwise = connectwise_data(
        customers=[customer for location in locations for customer in clients[location.id]],
        products=products,
        agreements=[],
        issued=issued,
        locations=locations,
        row_copies={},
    )
    if ledger == "xero":
        return _in_xero(connectwise, issued, locations)
    return _in_qbo(connectwise, issued, locations, clients, products)


def _in_xero(connectwise: JsonObject, issued: list[Issued], locations: tuple[Location, ...]) -> Month:
    organised = [(location, _company_name(location)) for location in locations]
    xero: JsonObject = {
        "format": "tieout-xero/1",
        "app": dict(APP),
        "organisations": [empty_organisation(name, _tenant(name), location.name) for location, name in organised],
    }
    companies = [company_settings(name, f"xero-{location.id}", _tenant(name), location) for location, name in organised]
    return Month(connectwise, xero, expectations(issued, companies, []))


def _in_qbo(
    connectwise: JsonObject,
    issued: list[Issued],
    locations: tuple[Location, ...],
    clients: dict[int, tuple[Customer, ...]],
    products: tuple[Product, ...],
) -> Month:
    organised = [(location, _company_name(location)) for location in locations]
    qbo: JsonObject = {
        "format": FORMAT,
        "app": dict(QBO_APP),
        "companies": [qbo_company(name, location, clients[location.id], products) for location, name in organised],
    }
    companies = [qbo_company_settings(name, realm_id(location), location) for location, name in organised]
    currency = locations[0].region.country.currency.code
    return Month(connectwise, {}, expectations(issued, companies, [], ledger="qbo", currency=currency), qbo)


def _documents(
    invoices: int,
    lines: int,
    locations: tuple[Location, ...],
    clients: dict[int, tuple[Customer, ...]],
    products: tuple[Product, ...],
    seed: int,
) -> Iterator[Document]:
    makers = Makers(products, dice(seed, "volume"))
    for _, location in zip(range(invoices), cycle(locations), strict=False):
        document = makers.standard(makers.rolls.choice(clients[location.id]), None, count=lines)
        yield replace(document, location=location, tax_code=location.region.tax_code)


def _company_name(location: Location) -> str:
    return f"Volume MSP {location.name}"


def _customers(location: Location, seed: int) -> tuple[Customer, ...]:
    count = dice(seed, f"clients of {location.id}").randint(FEWEST_CUSTOMERS, MOST_CUSTOMERS)
    first_id = 10_000 + (location.id - FIRST_LOCATION) * COMPANY_IDS_PER_ORGANISATION
    return many_customers(count, seed, first_id=first_id, organisation=location.id, region=location.region)


def _tenant(name: str) -> str:
    return xero_id("organisation", name)


def _check(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        msg = f"{name} must be from 1 to {most}, not {value}"
        raise ValueError(msg)
