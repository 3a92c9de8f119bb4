"""What the API member's security role must allow, by what is read with it.

The names are those of ConnectWise's security roles. Which name opens which path is not published (docs/unverified.md):
this table is the one place that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Right:
    """`name` as it stands in the security role; `path` is a list that answers with it and is refused without it."""

    name: str
    path: str


RIGHTS: Mapping[str, Right] = {
    "unposted": Right("Finance > Accounting Interface (Inquire All)", "/finance/accounting/unpostedinvoices"),
    "batch": Right("Finance > Accounting Interface (Inquire All)", "/finance/accounting/batches"),
    "invoice": Right("Finance > Invoicing (Inquire All)", "/finance/invoices"),
    "addition": Right("Finance > Agreements (Inquire All)", "/finance/agreements"),
    "company": Right("Companies > Company Maintenance (Inquire All)", "/company/companies"),
    "site": Right("Companies > Company Maintenance (Inquire All)", "/company/companies"),
    "contact": Right("Companies > Contacts (Inquire All)", "/company/contacts"),
    "product": Right("Procurement > Products (Inquire All)", "/procurement/products"),
    "catalogue": Right("Procurement > Product Catalog (Inquire All)", "/procurement/catalog"),
    "tax code": Right("System > Table Setup (Inquire All)", "/finance/taxCodes"),
}

WRITES = "Finance > Accounting Interface (Add, Edit, Delete)"
"""What marks records as posted. Only a batch shows whether it is there, and a test must make none."""
