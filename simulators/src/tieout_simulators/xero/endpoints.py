"""The API's routes."""

from collections.abc import Callable

from starlette.responses import Response

from tieout_simulators.xero import contact_endpoints, item_endpoints, reference_endpoints
from tieout_simulators.xero.document_endpoints import DocumentEndpoints
from tieout_simulators.xero.documents import CREDIT_NOTE, INVOICE
from tieout_simulators.xero.history_endpoints import HistoryEndpoints
from tieout_simulators.xero.request import XeroRequest

PREFIX = "/api.xro/2.0"
Endpoint = Callable[[XeroRequest], Response]


def _documents(
    kind_name: str, documents: DocumentEndpoints, history: HistoryEndpoints
) -> list[tuple[str, str, Endpoint]]:
    return [
        ("GET", f"/{kind_name}", documents.get_many),
        ("PUT", f"/{kind_name}", documents.put_many),
        ("POST", f"/{kind_name}", documents.post_many),
        ("GET", f"/{kind_name}/{{document}}", documents.get_one),
        ("POST", f"/{kind_name}/{{document}}", documents.post_one),
        ("GET", f"/{kind_name}/{{document}}/History", history.get),
        ("PUT", f"/{kind_name}/{{document}}/History", history.put),
    ]


ENDPOINTS: list[tuple[str, str, Endpoint]] = [
    ("GET", "/Organisation", reference_endpoints.get_organisation),
    ("GET", "/Organisation/Actions", reference_endpoints.get_actions),
    ("GET", "/Accounts", reference_endpoints.get_accounts),
    ("GET", "/Accounts/{account_id}", reference_endpoints.get_account),
    ("GET", "/TaxRates", reference_endpoints.get_tax_rates),
    ("GET", "/TaxRates/{tax_type}", reference_endpoints.get_tax_rate),
    ("GET", "/TrackingCategories", reference_endpoints.get_tracking_categories),
    ("GET", "/Currencies", reference_endpoints.get_currencies),
    ("GET", "/Contacts", contact_endpoints.get_contacts),
    ("PUT", "/Contacts", contact_endpoints.put_contacts),
    ("POST", "/Contacts", contact_endpoints.post_contacts),
    ("GET", "/Contacts/{contact}", contact_endpoints.get_contact),
    ("POST", "/Contacts/{contact}", contact_endpoints.post_contact),
    ("GET", "/Items", item_endpoints.get_items),
    ("PUT", "/Items", item_endpoints.put_items),
    ("POST", "/Items", item_endpoints.post_items),
    ("GET", "/Items/{item}", item_endpoints.get_item),
    ("POST", "/Items/{item}", item_endpoints.post_item),
    *_documents("Invoices", DocumentEndpoints(INVOICE), HistoryEndpoints(INVOICE)),
    *_documents("CreditNotes", DocumentEndpoints(CREDIT_NOTE), HistoryEndpoints(CREDIT_NOTE)),
]
"""Method, template and handler; the first that fits answers."""
