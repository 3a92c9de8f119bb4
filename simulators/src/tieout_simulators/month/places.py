"""Where and on what terms an MSP bills: its ConnectWise location, billing terms and tax codes."""

from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.month.table_files import words


@dataclass(frozen=True)
class Terms:
    """A ConnectWise billing term; its cross-reference is the number of days."""

    id: int
    name: str
    days: int


@dataclass(frozen=True)
class TaxCode:
    """A ConnectWise tax code with one level, in percent."""

    id: int
    identifier: str
    description: str
    xref: str
    percent: Decimal
    agency: str


@dataclass(frozen=True)
class Currency:
    """A currency in ConnectWise's table."""

    id: int
    code_id: int
    code: str
    name: str
    symbol: str = "$"


@dataclass(frozen=True)
class Country:
    """A country as ConnectWise names it, with its money and what its servers and addresses look like."""

    id: int
    identifier: str
    name: str
    currency: Currency
    web_domain: str
    phone_prefix: str
    phone_digits: int
    time_zone: str
    cloud_region: str
    retired_tax_codes: tuple[TaxCode, ...] = ()

    def phone(self, roll: int) -> str:
        """A telephone number that rings nowhere, of a roll from 0 to 9999."""
        return f"{self.phone_prefix}{roll % 10**self.phone_digits:0{self.phone_digits}d}"


@dataclass(frozen=True)
class State:
    """A state in ConnectWise's table."""

    id: int
    identifier: str
    name: str


@dataclass(frozen=True)
class Region:
    """Where customers of a location are, and the tax they pay there."""

    country: Country
    state: State
    towns: tuple[str, ...]
    postcode: str
    tax_code: TaxCode
    billed_in: Currency | None = None
    """Another currency than the country's."""

    @property
    def currency(self) -> Currency:
        return self.billed_in or self.country.currency


TERMS = (Terms(10, "7 days", 7), Terms(11, "14 days", 14), Terms(12, "20 days", 20), Terms(13, "30 days", 30))

GST = TaxCode(18, "GST", "Goods and services tax", "GST", Decimal("10"), "ATO")
VAT = TaxCode(31, "VAT20", "Value added tax, standard rate", "VAT20", Decimal("20"), "HMRC")
ZERO_RATED = TaxCode(32, "VAT0", "Zero-rated", "VAT0", Decimal("0"), "HMRC")
REVERSE_CHARGE = TaxCode(33, "RC20", "Reverse charge: the customer accounts for the tax", "RC20", Decimal("0"), "HMRC")
EXPORT = TaxCode(34, "EXPORT", "Supplied abroad", "EXPORT", Decimal("0"), "HMRC")
PST_OLD = TaxCode(19, "PST-OLD", "Provincial tax, no longer used", "PST-OLD", Decimal("7"), "PST")

AUSTRALIA = Country(
    id=13,
    identifier="AU",
    name="Australia",
    currency=Currency(7, 5, "AUD", "Australian dollar"),
    web_domain="example.com.au",
    # 5550 xxxx is the range that Australian films use: it rings nowhere.
    phone_prefix="02 5550 ",
    phone_digits=4,
    time_zone="AUS Eastern Standard Time",
    cloud_region="AU",
    retired_tax_codes=(PST_OLD,),
)
UNITED_STATES = Country(
    id=1,
    identifier="US",
    name="United States",
    currency=Currency(1, 1, "USD", "US dollar"),
    web_domain="example.com",
    # 555-0100 to 555-0199 are kept for fiction in every area.
    phone_prefix="555-01",
    phone_digits=2,
    time_zone="Central Standard Time",
    cloud_region="NA",
)
UNITED_KINGDOM = Country(
    id=77,
    identifier="GB",
    name="United Kingdom",
    currency=Currency(9, 12, "GBP", "Pound sterling", "£"),
    web_domain="example.com",
    # 01632 960000 to 960999 are kept for drama.
    phone_prefix="01632 960",
    phone_digits=3,
    time_zone="GMT Standard Time",
    cloud_region="EU",
)

NEW_SOUTH_WALES = Region(AUSTRALIA, State(77, "NSW", "New South Wales"), words("cities"), "2000", GST)
ENGLAND = Region(UNITED_KINGDOM, State(201, "ENG", "England"), words("british_cities"), "EC1A 4HD", VAT)


@dataclass(frozen=True)
class Location:
    """A ConnectWise billing location (owner level); it is also the first tracking option."""

    id: int
    name: str
    region: Region = NEW_SOUTH_WALES


SYDNEY = Location(11, "Sydney")

DEPARTMENTS = {"Managed": 21, "Projects": 22, "Hardware": 23, "Software": 24, "Support": 25}
"""ConnectWise departments; their names are also the second tracking option."""
