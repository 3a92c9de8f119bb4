"""The client: tokens added at the last moment, lists that are never half, reads that pass the gate."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tieout_providers.call import Answer, Call
from tieout_providers.errors import OutcomeUnknown, Throttled, TooManyPages, Unreadable, Unsendable
from tieout_providers.qbo import Qbo, QboCalls, QboLedger
from tieout_providers.qbo.batch import delete
from tieout_providers.qbo.reads import CurrencyPrefs, Ref
from tieout_providers.testing import PretendedNetwork

REALM = "9130357992221046"


@pytest.fixture
def qbo(network: PretendedNetwork) -> Qbo:
    return Qbo(http=network.http)


@pytest.fixture
def ledger(qbo: Qbo) -> QboLedger:
    return qbo.ledger(REALM, "token-1")


def queries(network: PretendedNetwork) -> list[str]:
    return [parse_qs(request.url.query.decode())["query"][0] for request in network.requests]


def page(**rows: Any) -> httpx.Response:
    return httpx.Response(200, json={"QueryResponse": rows, "time": "2026-01-01T00:00:00.000-07:00"})


async def test_the_token_is_added_when_a_stored_call_is_sent(network: PretendedNetwork, qbo: Qbo) -> None:
    network.answer(200, json={"BatchItemResponse": []})
    stored = QboCalls(REALM).batch({"1": delete("Invoice", "7", "0")}, request_id="r-1")
    for token in ("token-1", "token-2"):
        await qbo.send(Call.from_row(stored.as_row(), stored.body), token)
    first, second = network.requests
    assert [request.headers["authorization"] for request in (first, second)] == ["Bearer token-1", "Bearer token-2"]
    assert first.content == second.content == stored.body
    assert "idempotency-key" not in first.headers
    assert str(first.url) == (
        f"https://quickbooks.api.intuit.com/v3/company/{REALM}/batch?requestid=r-1&minorversion=75"
    )


async def test_a_batch_with_faults_comes_back_as_an_answer(network: PretendedNetwork, qbo: Qbo) -> None:
    network.answer(200, json={"BatchItemResponse": [{"bId": "1", "Fault": {"Error": [], "type": "ValidationFault"}}]})
    call = QboCalls(REALM).batch({"1": delete("Invoice", "7", "0")}, request_id="r-1")
    assert (await qbo.send(call, "t")).status == 200


@pytest.mark.parametrize("token", ["", "a\r\nx: y", "ä"])
async def test_a_token_that_would_break_the_header_is_refused_before_sending(
    network: PretendedNetwork, qbo: Qbo, token: str
) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        await qbo.send(Call.get("/x"), token)
    assert network.requests == []


def test_only_safe_addresses_are_taken_F3(network: PretendedNetwork) -> None:
    with pytest.raises(Unsendable) as refused:
        Qbo("http://quickbooks.api.intuit.com", http=network.http)
    assert refused.value.code == "qbo.base_url_bad"
    assert Qbo("http://127.0.0.1:4711/", http=network.http).base_url == "http://127.0.0.1:4711"


async def test_the_company_and_its_preferences_are_read(network: PretendedNetwork, ledger: QboLedger) -> None:
    network.answer_in_turn(
        httpx.Response(
            200,
            json={
                "CompanyInfo": {
                    "CompanyName": "Acme",
                    "Country": "US",
                    "NameValue": [{"Name": "OfferingSku", "Value": "QuickBooks Online Plus"}],
                }
            },
        ),
        httpx.Response(
            200,
            json={
                "Preferences": {
                    "AccountingInfoPrefs": {"BookCloseDate": "2025-12-31", "ClassTrackingPerTxnLine": True},
                    "SalesFormsPrefs": {"CustomTxnNumbers": True},
                    "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
                    "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
                    "OtherPrefs": {"NameValue": [{"Name": "WarnDuplicateBillNumber", "Value": "true"}]},
                }
            },
        ),
    )
    company, preferences = await ledger.company_info(), await ledger.preferences()
    assert (company.company_name, company.country, company.setting("OfferingSku")) == (
        "Acme",
        "US",
        "QuickBooks Online Plus",
    )
    assert company.setting("Missing") is None
    assert str(preferences.accounting_info_prefs.book_close_date) == "2025-12-31"
    assert preferences.sales_forms_prefs.custom_txn_numbers is True
    assert preferences.currency_prefs.home_currency is not None
    assert preferences.setting("WarnDuplicateBillNumber") == "true"


def test_a_reference_may_be_a_bare_text() -> None:
    assert CurrencyPrefs.model_validate({"HomeCurrency": "USD"}).home_currency == Ref(value="USD")


@pytest.mark.parametrize("body", ["{}", '{"CompanyInfo": []}', "<html>", '{"CompanyInfo": null}'])
async def test_an_answer_without_the_company_is_unreadable(
    network: PretendedNetwork, ledger: QboLedger, body: str
) -> None:
    network.answer(text=body)
    with pytest.raises(Unreadable):
        await ledger.company_info()


async def test_lists_come_whole_with_what_was_made_inactive(network: PretendedNetwork, ledger: QboLedger) -> None:
    network.respond = lambda request: page(
        **{parse_qs(request.url.query.decode())["query"][0].split(" from ")[1].split()[0]: [{"Id": "1", "Name": "A"}]}
    )
    for read in (
        ledger.accounts,
        ledger.tax_codes,
        ledger.tax_rates,
        ledger.terms,
        ledger.classes,
        ledger.departments,
        ledger.currencies,
        ledger.items,
        ledger.customers,
        ledger.vendors,
        ledger.employees,
    ):
        assert [row.id for row in await read()] == ["1"]
    assert all("where Active in (true, false)" in query for query in queries(network))
    assert len(network.requests) == 11


async def test_a_list_is_read_to_its_last_page_and_a_row_that_moved_counts_once(
    network: PretendedNetwork, ledger: QboLedger
) -> None:
    full = [{"Id": str(number), "DisplayName": str(number)} for number in range(1000)]
    network.answer_in_turn(page(Customer=full), page(Customer=[{"Id": "999"}, {"Id": "1000"}]))
    customers = await ledger.customers()
    assert len(customers) == 1001
    assert [query.split("startposition ")[1] for query in queries(network)] == [
        "1 maxresults 1000",
        "1001 maxresults 1000",
    ]


async def test_a_list_that_ends_exactly_with_a_page_is_asked_once_more(
    network: PretendedNetwork, ledger: QboLedger
) -> None:
    network.answer_in_turn(page(Term=[{"Id": str(number)} for number in range(1000)]), page())
    assert len(await ledger.terms()) == 1000


async def test_a_list_without_an_end_is_no_list(network: PretendedNetwork, ledger: QboLedger) -> None:
    network.respond = lambda _: page(Item=[{"Id": str(number)} for number in range(1000)])
    with pytest.raises(TooManyPages) as endless:
        await ledger.items()
    assert endless.value.code == "qbo.too_many_pages"


async def test_many_values_travel_in_few_calls_and_an_address_never_grows_too_long(
    network: PretendedNetwork, ledger: QboLedger
) -> None:
    network.answer(json={"QueryResponse": {}})
    numbers = [f"INV-{n:05}" for n in range(250)]
    await ledger.invoices_by_number([*numbers, "INV-00000"])
    assert sum(query.count("'INV-") for query in queries(network)) == 250
    assert len(network.requests) == 3
    network.requests.clear()
    await ledger.credit_memos_by_number(["é" * 21 + str(n) for n in range(100)])
    assert len(network.requests) > 1
    assert all(len(request.url.raw_path) <= 4000 for request in network.requests)
    network.requests.clear()
    await ledger.invoices_by_id(["1"])
    await ledger.credit_memos_by_id(["2"])
    await ledger.customers_by_id(["3", "4"])
    assert [query.split(" where ")[1].split(" startposition")[0] for query in queries(network)] == [
        "Id = '1'",
        "Id = '2'",
        "Id in ('3', '4') and Active in (true, false)",
    ]
    assert await ledger.invoices_by_number([]) == []
    assert len(network.requests) == 3


async def test_an_unreadable_row_is_named_beside_the_good_ones(network: PretendedNetwork, ledger: QboLedger) -> None:
    network.answer_in_turn(page(Invoice=[{"Id": "1", "TotalAmt": "lots"}, {"Id": "2", "TotalAmt": 1}]))
    found = await ledger.invoices_by_number(["A"])
    assert [invoice.id for invoice in found] == ["2"]
    assert [row.id for row in found.unreadable] == ["1"]


@pytest.mark.parametrize("body", ["{}", "[]", "<html>", '{"QueryResponse": []}', '{"QueryResponse": {"Item": {}}}'])
async def test_an_answer_that_is_none_is_no_empty_list(network: PretendedNetwork, ledger: QboLedger, body: str) -> None:
    network.answer(text=body)
    with pytest.raises(Unreadable):
        await ledger.items()


async def test_a_document_is_read_with_its_lines_tax_and_links(network: PretendedNetwork, ledger: QboLedger) -> None:
    network.answer(
        text="""{"QueryResponse": {"Invoice": [{"Id": "7", "SyncToken": "0", "DocNumber": "1037",
        "TxnDate": "2026-01-31", "CustomerRef": {"value": "1", "name": "Amy"}, "CurrencyRef": {"value": "USD"},
        "ExchangeRate": 1.100000,
        "Line": [{"Id": "1", "LineNum": 1, "Amount": 275.0, "DetailType": "SalesItemLineDetail",
          "SalesItemLineDetail": {"ItemRef": {"value": "5"}, "UnitPrice": 91.6666667, "Qty": 3,
                                  "TaxCodeRef": {"value": "TAX"}}},
          {"Amount": 275.0, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}],
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": 22.00,
          "TaxLine": [{"Amount": 22.00, "TaxLineDetail": {"TaxRateRef": {"value": "3"}, "TaxPercent": 8}}]},
        "LinkedTxn": [{"TxnId": "9", "TxnType": "Payment"}], "TotalAmt": 9007199254740993.01, "EmailStatus": "NotSet",
        "MetaData": {"CreateTime": "2026-01-31T12:58:07-07:00"}}]}}"""
    )
    (invoice,) = await ledger.invoices_by_number(["1037"])
    assert (invoice.sync_token, str(invoice.txn_date), str(invoice.total_amt)) == (
        "0",
        "2026-01-31",
        "9007199254740993.01",
    )
    detail = invoice.line[0].sales_item_line_detail
    assert detail is not None
    assert (str(detail.unit_price), str(detail.qty)) == ("91.6666667", "3")
    assert invoice.line[1].detail_type == "SubTotalLineDetail"
    assert invoice.txn_tax_detail is not None
    assert str(invoice.txn_tax_detail.total_tax) == "22.00"
    assert invoice.linked_txn[0].txn_type == "Payment"
    assert invoice.meta_data is not None
    assert str(invoice.meta_data.create_time) == "2026-01-31 19:58:07+00:00"


class Gate:
    """Notes what passes."""

    def __init__(self) -> None:
        self.seen: list[int | None] = []

    async def before(self, call: Call) -> None:
        """Let everything pass."""

    async def after(self, call: Call, answer: Answer | None) -> None:
        self.seen.append(answer.status if answer else None)


async def test_reads_pass_the_gate_and_sends_do_not_I5(network: PretendedNetwork) -> None:
    gate = Gate()
    qbo = Qbo(http=network.http, gate=gate)
    network.answer(429, json={"Fault": {"Error": [{"code": "3001"}]}})
    with pytest.raises(Throttled):
        await qbo.ledger(REALM, "t").accounts()
    network.fail(httpx.ReadError("reset"))
    with pytest.raises(Exception, match="nothing was changed"):
        await qbo.ledger(REALM, "t").accounts()
    with pytest.raises(OutcomeUnknown):
        await qbo.send(QboCalls(REALM).batch({"1": delete("Invoice", "7", "0")}, request_id="r"), "t")
    assert gate.seen == [429, None]


async def test_a_rate_of_exchange_is_read_for_a_day(network: PretendedNetwork, ledger: QboLedger) -> None:
    shown = {"SourceCurrencyCode": "USD", "TargetCurrencyCode": "AUD", "AsOfDate": "2026-10-30", "Rate": 1.5142}
    network.answer(200, json={"ExchangeRate": shown, "time": "2026-10-31T00:00:00-07:00"})
    found = await ledger.exchange_rate("USD", date(2026, 10, 31))
    assert found is not None
    assert (found.source_currency_code, found.as_of_date, found.rate) == ("USD", date(2026, 10, 30), Decimal("1.5142"))
    (request,) = network.requests
    assert request.url.path == f"/v3/company/{REALM}/exchangerate"
    assert dict(request.url.params) == {"sourcecurrencycode": "USD", "asofdate": "2026-10-31", "minorversion": "75"}


@pytest.mark.parametrize("code", ["610", "2220"])
async def test_a_company_without_the_rate_or_the_currency_has_none(
    network: PretendedNetwork, ledger: QboLedger, code: str
) -> None:
    fault = {"Error": [{"Message": "No", "Detail": "no", "code": code}], "type": "ValidationFault"}
    network.answer(400, json={"Fault": fault})
    assert await ledger.exchange_rate("XAU", date(2026, 10, 31)) is None
