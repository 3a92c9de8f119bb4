"""xero-python as oracle: it reads what the simulator serves, and the simulator takes what it sends."""

import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from xero_python.accounting import (
    AccountingApi,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    HistoryRecord,
    HistoryRecords,
    Invoice,
    Invoices,
    Item,
    Items,
    LineItem,
    LineItemTracking,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, HTTPStatusException, RateLimitException
from xero_python.identity import IdentityApi

pytestmark = [pytest.mark.http, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
D = Decimal


def client(xero: Any) -> ApiClient:
    token = {
        "access_token": xero.headers["Authorization"].partition(" ")[2],
        "scope": ["accounting.invoices"],
        "expires_in": 1800,
        "expires_at": 4_000_000_000,
        "token_type": "Bearer",
    }
    oauth = OAuth2Token(client_id=xero.app["client_id"], client_secret=xero.app["client_secret"])
    oauth.update_token(**token)
    configuration = Configuration(oauth2_token=oauth)
    configuration.oauth2_token = oauth
    api_client = ApiClient(configuration, oauth2_token_getter=lambda: token, oauth2_token_saver=token.update)
    api_client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    return api_client


@pytest.fixture
def sdk(xero: Any) -> Any:
    return AccountingApi(client(xero), base_url=f"{xero.url}/api.xro/2.0")


def test_it_reads_the_connections(xero: Any) -> None:
    (connection,) = IdentityApi(client(xero), base_url=xero.url).get_connections()
    assert (connection.tenant_id, connection.tenant_name) == (xero.tenant_id, "Demo Company (NZ)")


def test_it_refreshes_lists_disconnects_and_revokes(xero: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, path in (("refresh_token_url", "token"), ("revoke_token_url", "revocation")):
        monkeypatch.setattr(TokenApi, name, f"{xero.url}/connect/{path}")
    back, app = "https://tieout.example/callback", xero.app["client_id"]
    asked = {"response_type": "code", "client_id": app, "redirect_uri": back, "scope": "offline_access"}
    page = xero.http.get("/identity/connect/authorize", params=asked)
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    token = xero.token(grant_type="authorization_code", code=code, redirect_uri=back).json()
    api = client(xero)
    oauth = api.configuration.oauth2_token
    oauth.update_token(**token)
    api.set_oauth2_token(token)
    assert oauth.refresh_access_token(api)
    assert oauth.refresh_token != token["refresh_token"]
    identity = IdentityApi(api, base_url=xero.url)
    (connection,) = identity.get_connections()
    identity.delete_connection(connection.id)
    assert identity.get_connections() == []
    assert oauth.revoke_access_token(api)
    left = xero.token(grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert left.json() == {"error": "invalid_grant"}


def test_it_reads_the_reference_data(xero: Any, sdk: Any) -> None:
    xero.event("set_lock_date", period="2025-12-31")
    (organisation,) = sdk.get_organisations(xero.tenant_id).organisations
    assert (organisation.name, organisation.base_currency.value) == ("Demo Company (NZ)", "NZD")
    assert organisation.period_lock_date == datetime.date(2025, 12, 31)
    actions = sdk.get_organisation_actions(xero.tenant_id).actions
    assert ("CreateApprovedInvoice", "ALLOWED") in [(action.name, action.status) for action in actions]
    accounts = {account.code: account for account in sdk.get_accounts(xero.tenant_id).accounts}
    assert (accounts["200"].type.value, accounts["860"].system_account) == ("REVENUE", "ROUNDING")
    rates = {rate.tax_type: rate for rate in sdk.get_tax_rates(xero.tenant_id).tax_rates}
    assert rates["TAX001"].effective_rate == D("14.9750")
    assert [part.is_compound for part in rates["TAX001"].tax_components] == [False, True]
    categories = sdk.get_tracking_categories(xero.tenant_id).tracking_categories
    assert [category.name for category in categories] == ["Location", "Segment", "Team"]
    currencies = sdk.get_currencies(xero.tenant_id).currencies
    assert [currency.code.value for currency in currencies] == ["NZD", "USD"]


def test_it_makes_and_reads_contacts(xero: Any, sdk: Any) -> None:
    made = sdk.create_contacts(
        xero.tenant_id, Contacts(contacts=[Contact(name="Oak Hill Dental", contact_number="CW-21")])
    )
    assert made.contacts[0].contact_status == "ACTIVE"
    page = sdk.get_contacts(xero.tenant_id, page=1, include_archived=True)
    assert {contact.name for contact in page.contacts} == {"ABC Limited", "Gone Limited", "Oak Hill Dental"}
    assert page.pagination.item_count == 3
    (found,) = sdk.get_contacts(xero.tenant_id, where='ContactNumber=="CW-21"').contacts
    assert found.contact_id == made.contacts[0].contact_id


def test_it_makes_and_reads_items(xero: Any, sdk: Any) -> None:
    made = sdk.create_items(xero.tenant_id, Items(items=[Item(code="A", name="Adaptor")]), unitdp=4)
    assert made.items[0].is_sold is True
    labour = next(item for item in sdk.get_items(xero.tenant_id).items if item.code == "LAB")
    assert (labour.sales_details.unit_price, labour.sales_details.account_code) == (D("95.00"), "200")


def test_it_creates_an_invoice_through_put_and_reads_it_back(xero: Any, sdk: Any) -> None:
    tracking = [LineItemTracking(name="Location", option="North")]
    lines = [
        LineItem(description="Product", quantity=1.0, unit_amount=amount, account_code="200", tracking=tracking)
        for amount in (25.06, 25.61, 25.63)
    ]
    invoice = Invoice(
        type="ACCREC",
        contact=Contact(contact_id=xero.contact_id),
        invoice_number="INV-1",
        date=datetime.date(2026, 1, 31),
        due_date=datetime.date(2026, 2, 28),
        line_items=lines,
        status="AUTHORISED",
    )
    body = Invoices(invoices=[invoice])
    answer = sdk.create_invoices(xero.tenant_id, body, summarize_errors=False, unitdp=4, idempotency_key="k1")
    (made,) = answer.invoices
    assert (made.status_attribute_string, made.total_tax, made.total) == ("OK", D("11.44"), D("87.74"))
    (read,) = sdk.get_invoices(xero.tenant_id, where='InvoiceNumber=="INV-1"', page=1).invoices
    assert (read.invoice_id, read.date, read.due_date) == (made.invoice_id, invoice.date, invoice.due_date)
    assert [line.tax_amount for line in read.line_items] == [D("3.76"), D("3.84"), D("3.84")]
    assert read.line_items[0].tracking[0].option == "North"
    assert read.updated_date_utc.tzinfo is not None
    (alone,) = sdk.get_invoice(xero.tenant_id, made.invoice_id, unitdp=4).invoices
    assert alone.line_items[0].unit_amount == D("25.0600")


def test_it_sees_each_elements_error(xero: Any, sdk: Any) -> None:
    bad = Invoice(type="ACCREC", contact=Contact(contact_id=xero.contact_id), line_items=[LineItem(account_code="999")])
    good = Invoice(type="ACCREC", contact=Contact(contact_id=xero.contact_id), invoice_number="INV-2")
    both = sdk.create_invoices(xero.tenant_id, Invoices(invoices=[bad, good]), summarize_errors=False).invoices
    (refused,) = (each for each in both if each.has_errors)
    assert refused.validation_errors[0].message == "Account code '999' is not a valid code for this document."
    with pytest.raises(AccountingBadRequestException) as caught:
        sdk.create_invoices(xero.tenant_id, Invoices(invoices=[bad]), summarize_errors=True)
    assert caught.value.error_data["Type"] == "ValidationException"


def test_it_makes_and_reads_credit_notes_and_history(xero: Any, sdk: Any) -> None:
    line = LineItem(description="Return", quantity=2.0, unit_amount=12.5, account_code="200")
    note = CreditNote(
        type="ACCRECCREDIT", contact=Contact(contact_id=xero.contact_id), credit_note_number="CN-1", line_items=[line]
    )
    (made,) = sdk.create_credit_notes(xero.tenant_id, CreditNotes(credit_notes=[note])).credit_notes
    (read,) = sdk.get_credit_notes(xero.tenant_id, page=1).credit_notes
    assert (read.credit_note_id, read.remaining_credit, read.total) == (made.credit_note_id, D("28.75"), D("28.75"))
    records = HistoryRecords(history_records=[HistoryRecord(details="posted")])
    history = sdk.create_credit_note_history(xero.tenant_id, made.credit_note_id, records)
    assert history.history_records[0].details == "posted"


def test_it_understands_being_throttled_and_being_unknown(xero: Any, sdk: Any) -> None:
    too_many = {"status": 429, "body": {}, "headers": {"X-Rate-Limit-Problem": "minute", "Retry-After": "1"}}
    xero.sim("faults", [{"route": "GET /Organisation", "then": {**too_many, "content_type": "application/json"}}])
    with pytest.raises(RateLimitException):
        sdk.get_organisations(xero.tenant_id)
    xero.gateway.simulator.expire_tokens()
    with pytest.raises(HTTPStatusException):
        sdk.get_organisations(xero.tenant_id)
