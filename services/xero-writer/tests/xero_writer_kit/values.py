"""Documents, drafts and plans by hand."""

from typing import Any

from tieout_contracts.documents import LedgerContact, LedgerDocument, LedgerLine, TrackingAssignment
from tieout_posting.ledger import Draft
from tieout_posting.testing import plans
from tieout_posting.testing.plans import Poster

ORGANISATION = "0a1b2c3d-0000-4000-8000-00000000000a"
POSTER = Poster("harbourline-au", "xero", "xero-101", ORGANISATION)
TENANT, COMPANY, CONNECTION, BOOKS = POSTER.tenant_id, POSTER.company_id, POSTER.connection, POSTER.books
CONTACT_ID = "11111111-2222-4333-8444-555555555555"
CATEGORY_ID, OPTION_ID = "c0000000-0000-4000-8000-000000000001", "0f000000-0000-4000-8000-000000000001"
KEYS = {"Location\x1fSydney": f"{CATEGORY_ID} {OPTION_ID}"}
SYDNEY = TrackingAssignment(category="Location", option="Sydney")

planned = POSTER.planned


def line(amount: str, tax: str, **changes: Any) -> LedgerLine:
    return plans.line(amount, tax, **{"account_code": "200", "tax_code": "OUTPUT"} | changes)


def document(number: str = "20418", **changes: Any) -> LedgerDocument:
    """Two lines: 4 × 20.1234 and one of 20.00, 100.49 and 10.05 tax."""
    lines = (
        line("80.49", "8.05", quantity="4", unit_amount="20.1234"),
        line("20.00", "2.00", description="Onsite visit", item_code=None),
    )
    return plans.document(number, **{"lines": lines, "currency": "AUD", "contact": contact()} | changes)


def contact(**changes: Any) -> LedgerContact:
    return plans.contact(**{"name": "Fabrikam Pty Ltd"} | changes)


def draft(planned: LedgerDocument | None = None, mark: str = "intent") -> Draft:
    return Draft(planned or document(), CONTACT_ID, mark)
