"""python-quickbooks and intuit-oauth as oracles: they read what the simulator serves, which takes what they send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects.base import Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.creditmemo import CreditMemo
from quickbooks.objects.customer import Customer
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.invoice import Invoice
from quickbooks.objects.item import Item
from quickbooks.objects.payment import Payment
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.vendor import Vendor

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.qbo.cli import build_gateway

pytestmark = pytest.mark.http
D = Decimal
REALM = "9130353"


class _Session(requests.Session):
    access_token = f"access-{REALM}"


@pytest.fixture
def url(companies: dict[str, Callable[..., Any]]) -> Iterator[str]:
    gateway = build_gateway()
    state = companies["state_of"](companies["us"](REALM))
    gateway.simulator.load(exact_json.loads(exact_json.dumps(state)))
    with serving_in_thread(gateway) as address:
        yield address


@pytest.fixture
def sdk(url: str) -> Iterator[QuickBooks]:
    with _Session() as session:
        client = QuickBooks(company_id=REALM, minorversion=75, use_decimal=True)
        client.api_url_v3, client.session = f"{url}/v3", session
        yield client


def reference(value: str) -> Ref:
    made = Ref()
    made.value = value
    return made


def filled(form: Any, *amounts: str, item: str = "15") -> Any:
    """An invoice or credit memo of the library's own, junk defaults and all."""
    form.CustomerRef = reference("1")
    for amount in amounts:
        line = SalesItemLine()
        line.Amount, line.SalesItemLineDetail = D(amount), SalesItemLineDetail()
        line.SalesItemLineDetail.ItemRef = reference(item)
        line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 1, D(amount)
        line.SalesItemLineDetail.ServiceDate = None
        form.Line.append(line)
    return form


def test_it_creates_and_reads_back_invoices_and_credit_memos_with_the_same_totals(sdk: QuickBooks) -> None:
    made = filled(Invoice(), "61.17", "0.01").save(qb=sdk, request_id="r-1")
    assert (made.TotalAmt, made.Balance) == (D("61.18"), D("61.18"))
    read = Invoice.get(made.Id, qb=sdk)
    assert [line.Amount for line in read.Line] == [D("61.17"), D("0.01"), D("61.18")]
    assert (read.TotalAmt, read.CustomerRef.name) == (D("61.18"), "Amy's Bird Sanctuary")
    credit = filled(CreditMemo(), "61.18").save(qb=sdk)
    assert CreditMemo.get(credit.Id, qb=sdk).RemainingCredit == D("61.18")
    assert Customer.get("1", qb=sdk).Balance == 0
    assert filled(Invoice(), "61.17").save(qb=sdk, request_id="r-1").Id == made.Id


def test_it_lists_filters_and_counts(sdk: QuickBooks) -> None:
    customers = {each.DisplayName for each in Customer.all(qb=sdk)}
    assert customers == {"Amy's Bird Sanctuary", "Bolt & Co"}
    assert Customer.filter(DisplayName="Amy's Bird Sanctuary", qb=sdk)[0].Id == "1"
    assert Customer.filter(Active=False, qb=sdk)[0].DisplayName == "Gone (deleted)"
    assert Item.count(qb=sdk) == 4
    assert [each.Name for each in Item.all(order_by="Name DESC", max_results=2, qb=sdk)] == ["Router", "Rock Fountain"]
    assert CompanyInfo.all(qb=sdk)[0].CompanyName == "Harbour IT"
    (code,) = TaxCode.filter(Id="2", qb=sdk)
    assert code.SalesTaxRateList.TaxRateDetail[0].TaxRateRef.value == "3"


def test_it_updates_voids_and_deletes(sdk: QuickBooks) -> None:
    made = filled(Invoice(), "10").save(qb=sdk)
    made.PrivateNote = "changed"
    made = made.save(qb=sdk)
    assert (made.SyncToken, made.TotalAmt) == ("1", 10)
    voided = made.void(qb=sdk)["Invoice"]
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided")
    credit = filled(CreditMemo(), "10").save(qb=sdk)
    assert credit.delete(qb=sdk)["CreditMemo"]["status"] == "Deleted"
    with pytest.raises(ObjectNotFoundException):
        CreditMemo.get(credit.Id, qb=sdk)


def test_it_writes_names_and_payments(sdk: QuickBooks) -> None:
    vendor = Vendor()
    vendor.DisplayName = "Acme Supplies"
    assert vendor.save(qb=sdk).Active is True
    other = Customer()
    other.DisplayName = "acme supplies"
    with pytest.raises(QuickbooksException) as raised:
        other.save(qb=sdk)
    assert raised.value.error_code == 6240
    made = filled(Invoice(), "10").save(qb=sdk)
    payment = Payment()
    payment.CustomerRef, payment.TotalAmt = reference("1"), 4
    payment = payment.save(qb=sdk)
    assert payment.UnappliedAmt == 4
    assert Payment.get(payment.Id, qb=sdk).void(qb=sdk)["Payment"]["TotalAmt"] == 0
    assert Invoice.get(made.Id, qb=sdk).Balance == 10


def test_it_understands_the_refusals(sdk: QuickBooks) -> None:
    wrong = filled(Invoice(), "10")
    wrong.Line[0].SalesItemLineDetail.Qty = 2
    with pytest.raises(QuickbooksException) as raised:
        wrong.save(qb=sdk)
    assert (raised.value.error_code, raised.value.detail.endswith("Supplied value:10")) == (6070, True)
    with pytest.raises(ValidationException) as missing:
        filled(Invoice(), "10", item="999").save(qb=sdk)
    assert missing.value.error_code == 2500


def test_it_sends_batches_and_reads_changes(sdk: QuickBooks) -> None:
    outcome = batch_create([filled(Invoice(), "1"), filled(Invoice(), "2")], qb=sdk)
    assert [each.TotalAmt for each in outcome.successes] == [1, 2]
    since = datetime.now(UTC) - timedelta(minutes=5)
    changed = change_data_capture([Invoice], since.isoformat(timespec="seconds"), qb=sdk)
    assert {each.TotalAmt for each in changed.Invoice} == {1, 2}


def test_intuits_own_client_gets_refreshes_and_revokes_tokens(url: str) -> None:
    discovery = f"{url}/.well-known/openid_sandbox_configuration/"
    with AuthClient(f"app-{REALM}", "secret", "https://tieout.example/callback", discovery) as client:
        page = client.get_authorization_url([Scopes.ACCOUNTING])
        query = parse_qs(urlsplit(client.get(page, allow_redirects=False).headers["location"]).query)
        assert query["state"] == [client.state_token]
        client.get_bearer_token(query["code"][0], query["realmId"][0])
        first = client.refresh_token
        client.refresh()
        assert client.refresh_token != first
        with pytest.raises(AuthClientError):
            client.refresh(first)
        session = _Session()
        session.access_token = client.access_token
        books = QuickBooks(company_id=client.realm_id, minorversion=75)
        books.api_url_v3, books.session = f"{url}/v3", session
        assert CompanyInfo.all(qb=books)[0].Country == "US"
        assert client.revoke()
        with pytest.raises(AuthorizationException):
            CompanyInfo.all(qb=books)
        session.close()
