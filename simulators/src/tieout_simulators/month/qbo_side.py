"""What a QuickBooks Online company holds before the run: its set-up, some customers, some items."""

from collections.abc import Iterator, Sequence

from tieout_simulators.month.arithmetic import to_cents
from tieout_simulators.month.catalogue import Product
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.lines import AGREEMENT, LABOUR
from tieout_simulators.month.places import Country, Location
from tieout_simulators.month.qbo_setup import ACCOUNT_IDS, item_tax, setup
from tieout_simulators.month.shapes import JsonObject
from tieout_simulators.month.tenant_settings import ADJUSTMENT_ITEM
from tieout_simulators.month.xero_setup import ROUNDING_ACCOUNT

FORMAT = "tieout-qbo/1"
QBO_APP: JsonObject = {
    "client_id": "HARBOURLINE0DEMO0QBO0CLIENT0ID00",
    "client_secret": "demo-qbo-secret-of-harbourline-it-not-a-secret",
    "verifier_token": "demo-qbo-verifier-not-a-secret",
}
FIRST_REALM = 9_341_450_000_000_000


def realm_id(location: Location) -> str:
    """The id of the company that keeps the books of a location."""
    return str(FIRST_REALM + location.id)


def qbo_company(
    name: str, location: Location, customers: Sequence[Customer], products: Sequence[Product]
) -> JsonObject:
    """A company without documents; every fourth customer is there under its exact name, and every ninth product.

    Its tokens work from the start, as if consent had just been given.
    """
    realm = realm_id(location)
    return {
        "realmId": realm,
        "access_token": f"demo-access-{realm}",
        "refresh_token": f"demo-refresh-{realm}",
        **setup(name, location),
        "Customer": [_customer(each) for each in customers[::4]],
        "Item": list(_items(products, location.region.country)),
        "Invoice": [],
        "CreditMemo": [],
    }


def _customer(customer: Customer) -> JsonObject:
    contact = customer.contact or customer.primary
    address = {
        "Line1": customer.street,
        "City": customer.suburb,
        "CountrySubDivisionCode": customer.state,
        "PostalCode": customer.postcode,
        "Country": customer.region.country.name,
    }
    return {
        "Id": str(customer.id),
        "DisplayName": customer.name,
        "CompanyName": customer.name,
        "Taxable": True,
        "PrimaryEmailAddr": {"Address": contact.email},
        "BillAddr": address,
        "SalesTermRef": {"value": str(customer.terms.id)},
    }


def _items(products: Sequence[Product], country: Country) -> Iterator[JsonObject]:
    """Two for services, the adjustment's, and every ninth product, each under its ConnectWise code."""
    yield _item("1", LABOUR, "Labour", "200", item_tax(country, taxable=True))
    yield _item("2", AGREEMENT, "Agreement", "210", item_tax(country, taxable=True))
    outside = item_tax(country, taxable=False, in_scope=False)
    yield _item("3", ADJUSTMENT_ITEM, "Rounding adjustment", ROUNDING_ACCOUNT, outside)
    for product in products[::9]:
        tax = item_tax(country, taxable=product.taxable)
        item = _item(str(product.id), product.code, product.name, product.family.account, tax)
        yield {**item, "UnitPrice": to_cents(product.price)}


def _item(item_id: str, code: str, text: str, account: str, tax: JsonObject) -> JsonObject:
    return {
        "Id": item_id,
        "Name": code,
        "Sku": code,
        "Description": text,
        "Type": "Service",
        "IncomeAccountRef": {"value": ACCOUNT_IDS[account]},
        **tax,
    }
