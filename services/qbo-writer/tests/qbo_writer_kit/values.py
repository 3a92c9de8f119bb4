"""Documents, drafts and plans by hand."""

from typing import Any

from tieout_contracts.documents import LedgerContact, LedgerDocument, LedgerLine
from tieout_posting.ledger import Draft
from tieout_posting.testing import plans
from tieout_posting.testing.plans import Poster

ORGANISATION = "9130357992221046"
POSTER = Poster("harbourline-us", "qbo", "qbo-101", ORGANISATION)
TENANT, COMPANY, CONNECTION, BOOKS = POSTER.tenant_id, POSTER.company_id, POSTER.connection, POSTER.books
CONTACT_ID = "1"
POSTING_ID = "7b2f7c1e-5a43-5f0a-9c55-1f2d7c0a9b11"
US_KEYS = {
    "currency": "USD",
    "tax": "by_hand",
    "charset": "latin-1",
    "class place": "line",
    "account:4000": "79",
    "account:4100": "83",
    "rates:NON": "",
    "rates:2": "3",
    "class:Managed": "500",
    "location:North": "600",
    "item:WS": "11",
    "account of item:WS": "4000",
    "item:Sales 4000": "12",
    "account of item:Sales 4000": "4000",
}
AU_KEYS = {
    **{name: value for name, value in US_KEYS.items() if name != "charset"},
    "currency": "AUD",
    "tax": "by_line",
    "rates:10": "20",
    "rates:11": "21",
    "rates:12": "20 22",
}

planned = POSTER.planned


def line(amount: str, tax: str, **changes: Any) -> LedgerLine:
    return plans.line(amount, tax, **{"account_code": "4000", "tax_code": "2"} | changes)


def document(number: str = "20418", **changes: Any) -> LedgerDocument:
    """Two lines: 4 × 20.1234 and one of 20.00, 100.49 and 8.04 tax."""
    lines = (
        line("80.49", "6.44", quantity="4", unit_amount="20.1234"),
        line("20.00", "1.60", description="Onsite visit", item_code=None),
    )
    return plans.document(number, **{"lines": lines, "currency": "USD", "contact": contact()} | changes)


def contact(**changes: Any) -> LedgerContact:
    return plans.contact(**{"name": "Fabrikam Inc"} | changes)


def draft(planned: LedgerDocument | None = None, mark: str = POSTING_ID) -> Draft:
    return Draft(planned or document(), CONTACT_ID, mark)
