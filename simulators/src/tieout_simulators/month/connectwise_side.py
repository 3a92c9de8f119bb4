"""`connectwise.json`: everything ConnectWise holds, in its own API shapes."""

from collections.abc import Sequence

from tieout_simulators.month.agreements import Agreement
from tieout_simulators.month.billing_records import (
    addition_record,
    agreement_record,
    catalogue_record,
    invoice_record,
    product_records,
)
from tieout_simulators.month.catalogue import Product
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.customer_records import company_record, contact_record, site_record
from tieout_simulators.month.documents import Issued
from tieout_simulators.month.gl import gl_customer, gl_transaction
from tieout_simulators.month.places import Location
from tieout_simulators.month.setup_records import setup_entities
from tieout_simulators.month.shapes import JsonObject

SERVER: JsonObject = {
    "company_id": "harbourline",
    "public_key": "DemoPublicKey0001",
    "private_key": "DemoPrivateKey0001",
    "client_id": "7d1f2c34-51a0-4b0e-9b62-0d6a5b7e9c01",
    "codebase": "v2025_16/",
    "version": "v2025.16.11408",
}


def connectwise_data(
    *,
    customers: Sequence[Customer],
    products: Sequence[Product],
    agreements: Sequence[tuple[Agreement, Location]],
    issued: Sequence[Issued],
    locations: tuple[Location, ...],
    row_copies: dict[str, int],
) -> JsonObject:
    """The data file. `row_copies` names invoices that the unposted list shows more than once."""
    payers = {customer.bill_to.id: customer.bill_to for customer in customers}
    return {
        "format": "tieout-connectwise/1",
        "server": dict(SERVER),
        "entities": {
            "/company/companies": [company_record(customer) for customer in customers],
            "/company/companies/{id}/sites": {str(each.id): [site_record(each)] for each in customers},
            "/company/contacts": [contact_record(each, person) for each in customers for person in each.people],
            "/finance/invoices": [invoice_record(each) for each in issued],
            **setup_entities(locations, customers),
            "/procurement/products": [record for each in issued for record in product_records(each)],
            "/procurement/catalog": [catalogue_record(product) for product in products],
            "/finance/agreements": [agreement_record(agreement, location) for agreement, location in agreements],
            "/finance/agreements/{id}/additions": {
                str(agreement.id): [addition_record(addition, agreement) for addition in agreement.additions]
                for agreement, _ in agreements
                if agreement.additions
            },
        },
        "gl_transactions": [gl_transaction(each) for each in issued if each.document.has_gl_entries],
        "gl_customers": [gl_customer(payer) for payer in payers.values()],
        "batches": [],
        "unposted_row_copies": row_copies,
    }
