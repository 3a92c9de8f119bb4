"""What the vendors' own clients read of the documents that were posted: each number's tax and total."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import requests
from quickbooks import QuickBooks
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.invoice import Invoice
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

PAGE = 100


class ReadBack(NamedTuple):
    tax: Decimal
    total: Decimal


def by_xero_python(url: str, access_token: str, organisation_id: str) -> dict[str, ReadBack]:
    lasting = {"token_type": "Bearer", "expires_in": 1800, "expires_at": 4_000_000_000}
    token = {"access_token": access_token, "scope": ["accounting.invoices"], **lasting}
    oauth = OAuth2Token(client_id="app", client_secret="secret")
    oauth.update_token(**token)
    client = ApiClient(
        Configuration(oauth2_token=oauth), oauth2_token_getter=lambda: token, oauth2_token_saver=lambda _: None
    )
    api = AccountingApi(client, base_url=f"{url}/api.xro/2.0")
    found = {}
    for each in _pages(lambda page: api.get_invoices(organisation_id, page=page, unitdp=4).invoices):
        found[each.invoice_number] = ReadBack(each.total_tax, each.total)
    for each in _pages(lambda page: api.get_credit_notes(organisation_id, page=page, unitdp=4).credit_notes):
        found[each.credit_note_number] = ReadBack(each.total_tax, each.total)
    return found


def _pages(read: Any) -> Iterator[Any]:
    for page in count(1):
        rows = read(page)
        yield from rows
        if not rows:
            return


def by_python_quickbooks(url: str, access_token: str, realm_id: str) -> dict[str, ReadBack]:
    with requests.Session() as session:
        session.access_token = access_token  # type: ignore[attr-defined]
        session.headers["Authorization"] = f"Bearer {access_token}"
        client = QuickBooks(company_id=realm_id, minorversion=75, use_decimal=True)
        client.api_url_v3, client.session = f"{url}/v3", session
        found = {}
        for kind in (Invoice, CreditMemo):
            for each in kind.all(max_results=1000, qb=client):
                tax = each.TxnTaxDetail.TotalTax if each.TxnTaxDetail else 0
                found[each.DocNumber] = ReadBack(Decimal(tax), Decimal(each.TotalAmt))
        return found
