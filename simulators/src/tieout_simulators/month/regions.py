"""The regions of a volume's locations: Australia everywhere the same, in the United States a tax of each place."""

from decimal import Decimal

from tieout_simulators.month.places import UNITED_STATES, Location, Region, State, TaxCode
from tieout_simulators.month.table_files import rows, words

FIRST_TAX_CODE = 900


def australian_location(location_id: int, index: int) -> Location:
    """The index-th location; after the last city they begin again, numbered."""
    cities = words("cities")
    again, city = divmod(index, len(cities))
    return Location(location_id, _numbered(cities[city], again))


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


def _numbered(name: str, again: int) -> str:
    return f"{name} {again + 1}" if again else name
