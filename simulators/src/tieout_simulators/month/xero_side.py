"""What the Xero organisation holds before the run: set-up, some contacts and items, what a former tool posted."""

from collections.abc import Iterable, Sequence
from datetime import date

from tieout_simulators.month.arithmetic import to_cents
from tieout_simulators.month.catalogue import Product
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.documents import Disposition, Issued
from tieout_simulators.month.lines import AGREEMENT, LABOUR
from tieout_simulators.month.places import SYDNEY, Currency, Location
from tieout_simulators.month.shapes import JsonObject, present
from tieout_simulators.month.table_files import words
from tieout_simulators.month.tenant_settings import ADJUSTMENT_ITEM
from tieout_simulators.month.xero_documents import without_last_line, xero_invoice
from tieout_simulators.month.xero_ids import xero_id
from tieout_simulators.month.xero_setup import ROUNDING_ACCOUNT, chart, organisation, xero_day

APP: JsonObject = {
    "client_id": "HARBOURLINE0DEMO0XERO0CLIENT0ID0",
    "client_secret": "demo-xero-secret-of-harbourline-it-not-a-secret",
    "day_limit": 5000,
    "minute_limit": 60,
    "concurrent_limit": 5,
}
DEMO_NAME = "Harbourline IT Pty Ltd"
DEMO_TENANT = xero_id("organisation", DEMO_NAME)
OTHER_LOCATIONS = ("Melbourne", "Brisbane")
ENTERED = xero_day(date(2025, 11, 4))


def demo_organisation(issued: Sequence[Issued], products: Sequence[Product]) -> JsonObject:
    """The demo's one organisation."""
    posted_before = [
        each for each in issued if each.document.case.disposition in (Disposition.ADOPT, Disposition.CONFLICT)
    ]
    payers = _known_payers(posted_before, issued)
    return {
        "tenantId": DEMO_TENANT,
        "Organisation": organisation(DEMO_NAME, DEMO_TENANT),
        **chart(DEMO_TENANT, (SYDNEY.name, *OTHER_LOCATIONS)),
        "Contacts": [*_contacts(payers), *_strangers()],
        "Items": list(_items(products)),
        "Invoices": [_as_posted_before(each) for each in posted_before],
        "CreditNotes": [],
    }


def empty_organisation(name: str, tenant_id: str, location: Location, customers: Sequence[Customer]) -> JsonObject:
    """An organisation that is set up, with every currency that its customers pay in, and holds nothing yet."""
    nothing: JsonObject = {"Contacts": [], "Items": [], "Invoices": [], "CreditNotes": []}
    country = location.region.country
    foreign = [each for each in _currencies(customers) if each != country.currency]
    return {
        "tenantId": tenant_id,
        "Organisation": organisation(name, tenant_id, country),
        **chart(tenant_id, (location.name,), country, foreign),
        **nothing,
    }


def _currencies(customers: Sequence[Customer]) -> list[Currency]:
    return list(dict.fromkeys(each.region.currency for each in customers))


def _as_posted_before(issued: Issued) -> JsonObject:
    contact_id = _contact_id(issued.document.bill_to)
    if issued.document.case.disposition is Disposition.CONFLICT:
        return xero_invoice(without_last_line(issued), contact_id)
    return xero_invoice(issued, contact_id)


def _known_payers(posted_before: Iterable[Issued], issued: Iterable[Issued]) -> list[Customer]:
    """Those of the documents that are in Xero already, and every fourth of the others."""
    known = {each.document.bill_to.id: each.document.bill_to for each in posted_before}
    everybody = {each.document.bill_to.id: each.document.bill_to for each in issued}
    others = [customer for key, customer in sorted(everybody.items()) if key not in known and customer.contact]
    return [*known.values(), *others[::4]]


def _contacts(payers: Iterable[Customer]) -> Iterable[JsonObject]:
    """Contacts with the customer's exact name; some carry its account number, most none."""
    for index, customer in enumerate(payers):
        yield present(
            ContactID=_contact_id(customer),
            ContactStatus="ACTIVE",
            Name=customer.name,
            AccountNumber=customer.account_number if index % 3 == 2 else None,
            EmailAddress=customer.contact.email if customer.contact and index % 2 else "",
            Addresses=[
                {
                    "AddressType": "POBOX",
                    "AddressLine1": customer.street,
                    "City": customer.suburb,
                    "Region": customer.state,
                    "PostalCode": customer.postcode,
                    "Country": "Australia",
                }
            ],
            IsCustomer=True,
            IsSupplier=False,
            UpdatedDateUTC=ENTERED,
        )


def _strangers() -> Iterable[JsonObject]:
    """Contacts that ConnectWise does not know: former customers, one of them archived, and a supplier."""
    for index, name in enumerate(words("former_customers")):
        yield {
            "ContactID": xero_id("contact", name),
            "ContactStatus": "ARCHIVED" if index == 0 else "ACTIVE",
            "Name": name,
            "IsCustomer": True,
            "UpdatedDateUTC": ENTERED,
        }
    yield {
        "ContactID": xero_id("contact", "Longreach Distribution"),
        "ContactStatus": "ACTIVE",
        "Name": "Longreach Distribution",
        "IsSupplier": True,
        "UpdatedDateUTC": ENTERED,
    }


def _items(products: Sequence[Product]) -> Iterable[JsonObject]:
    """The items that somebody made already: two for services, the adjustment's, and every ninth product."""
    yield _item(LABOUR, "Labour", "200")
    yield _item(AGREEMENT, "Agreement", "210")
    yield _item(ADJUSTMENT_ITEM, "Rounding adjustment", ROUNDING_ACCOUNT, tax_type="BASEXCLUDED")
    for product in products[::9]:
        tax_type = "OUTPUT" if product.taxable else "EXEMPTOUTPUT"
        item = _item(product.code, product.name, product.family.account, tax_type=tax_type)
        item["SalesDetails"]["UnitPrice"] = to_cents(product.price)
        yield item


def _item(code: str, name: str, account: str, *, tax_type: str = "OUTPUT") -> JsonObject:
    return {
        "ItemID": xero_id("item", code),
        "Code": code,
        "Name": name,
        "Description": name,
        "SalesDetails": {"AccountCode": account, "TaxType": tax_type},
        "PurchaseDetails": {},
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": False,
        "UpdatedDateUTC": ENTERED,
    }


def _contact_id(customer: Customer) -> str:
    return xero_id("contact", customer.name)
