"""The regions of a volume's locations and their customers.

Australia is everywhere the same, in the United States each place has its tax, in England each customer has a position.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import cycle

from tieout_simulators.month.companies import Customer
from tieout_simulators.month.places import (
    ENGLAND,
    EXPORT,
    REVERSE_CHARGE,
    UNITED_STATES,
    VAT,
    ZERO_RATED,
    Location,
    Region,
    State,
    TaxCode,
)
from tieout_simulators.month.table_files import rows, words

FIRST_TAX_CODE = 900
BRITISH_POSITIONS = (VAT, VAT, REVERSE_CHARGE, VAT, ZERO_RATED)


def australian_location(location_id: int, index: int) -> Location:
    """The index-th location; after the last city they begin again, numbered."""
    return Location(location_id, _city("cities", index))


def british_location(location_id: int, index: int) -> Location:
    """The index-th location in England."""
    return Location(location_id, _city("british_cities", index), ENGLAND)


def with_british_positions(customers: Sequence[Customer]) -> tuple[Customer, ...]:
    """Some account for the tax themselves or are zero-rated; the first is abroad and pays in dollars."""
    abroad, *others = customers
    exported = replace(abroad.region, tax_code=EXPORT, billed_in=UNITED_STATES.currency)
    positions = zip(others, cycle(BRITISH_POSITIONS), strict=False)
    at_home = (replace(each, region=replace(each.region, tax_code=tax_code)) for each, tax_code in positions)
    return replace(abroad, region=exported), *at_home


def american_location(location_id: int, index: int) -> Location:
    """The index-th place of `us_places.csv` with its combined sales tax: a tax code of its own in ConnectWise."""
    places = rows("us_places")
    again, place = divmod(index, len(places))
    row = places[place]
    name = _numbered(row["city"], again)
    tax_name = f"{row['state']} {name}"
    tax_code = TaxCode(
        id=FIRST_TAX_CODE + location_id,
        identifier=tax_name,
        description=f"Combined sales tax of {name}, {row['state_name']}",
        xref=tax_name,
        percent=Decimal(row["combined_rate"]),
        agency=f"{row['state_name']} revenue",
    )
    state = State(int(row["state_id"]), row["state"], row["state_name"])
    return Location(location_id, name, Region(UNITED_STATES, state, (row["city"],), row["postcode"], tax_code))


def _city(kind: str, index: int) -> str:
    cities = words(kind)
    again, city = divmod(index, len(cities))
    return _numbered(cities[city], again)


def _numbered(name: str, again: int) -> str:
    return f"{name} {again + 1}" if again else name
