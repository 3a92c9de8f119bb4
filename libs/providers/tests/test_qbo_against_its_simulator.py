"""The client against the QuickBooks simulator in a process of its own."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from tieout_providers.call import Call
from tieout_providers.errors import Forbidden, OutcomeUnknown, Rejected, Throttled, Unauthorised
from tieout_providers.json_exact import dumps
from tieout_providers.qbo import Element, Qbo, QboIdentity, QboLedger, consent_url, match_by_bid, parse_batch
from tieout_providers.qbo.batch import Change, create, delete, update, void
from tieout_providers.qbo.bodies import (
    CreditMemoBody,
    CustomerBody,
    CustomerChange,
    DocumentChange,
    InvoiceBody,
    ItemBody,
    ItemChange,
    Ref,
    SalesItemDetail,
    SalesLine,
    TxnTaxDetail,
)
from tieout_providers.qbo.reads import Document

pytestmark = pytest.mark.http

REALM, APP = "9130357992221046", {"client_id": "app", "client_secret": "secret"}
TOKEN = "a-token-of-the-data-file"
BOOKS: dict[str, Any] = {
    "realmId": REALM,
    "access_token": TOKEN,
    "CompanyInfo": {"CompanyName": "Harbour IT", "Country": "US"},
    "Preferences": {
        "AccountingInfoPrefs": {"ClassTrackingPerTxnLine": True, "BookCloseDate": "2025-12-31"},
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
    },
    "TaxAgency": [{"Id": "1", "DisplayName": "Board"}],
    "TaxRate": [{"Id": "3", "Name": "California", "RateValue": 8, "AgencyRef": {"value": "1"}}],
    "TaxCode": [
        {
            "Id": "2",
            "Name": "California",
            "Taxable": True,
            "TaxGroup": True,
            "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnAmount"}]},
        }
    ],
    "Account": [{"Id": "79", "Name": "Sales", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"}],
    "Term": [{"Id": "3", "Name": "Net 30", "Type": "STANDARD", "DueDays": 30}],
    "Class": [{"Id": "500", "Name": "Managed"}],
    "Department": [{"Id": "600", "Name": "North"}],
    "CompanyCurrency": [{"Id": "1", "Code": "CAD", "Name": "Canadian Dollar"}],
    "Customer": [
        {"Id": "1", "DisplayName": "Amy's Bird Sanctuary"},
        {"Id": "2", "DisplayName": "Gone", "Active": False},
    ],
    "Vendor": [{"Id": "7", "DisplayName": "Norton Lumber"}],
    "Employee": [{"Id": "9", "DisplayName": "Emily Platt"}],
    "Item": [{"Id": "11", "Name": "Labour", "Type": "Service", "Sku": "L-1", "IncomeAccountRef": {"value": "79"}}],
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data: Path = tmp_path_factory.mktemp("qbo") / "qbo.json"
    limits = {"realm_minute_limit": 100_000, "realm_app_second_limit": 10_000, "batch_minute_limit": 10_000}
    data.write_bytes(dumps({"format": "tieout-qbo/1", "app": APP | limits, "companies": [BOOKS]}))
    command = [sys.executable, "-m", "tieout_simulators", "qbo", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["listening"]
        finally:
            process.terminate()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
async def control(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{url}/_sim", timeout=10, trust_env=False) as client:
        yield client
        await client.delete("/faults")


@pytest.fixture
def qbo(url: str, http: httpx.AsyncClient) -> Qbo:
    return Qbo(url, http=http)


@pytest.fixture
def ledger(qbo: Qbo) -> QboLedger:
    return qbo.ledger(REALM, TOKEN)


def line(amount: str = "100.00", **detail: Any) -> SalesLine:
    return SalesLine(amount=Decimal(amount), sales_item_line_detail=SalesItemDetail(item_ref=Ref(value="11"), **detail))


def invoice(number: str, *lines: SalesLine, **fields: Any) -> InvoiceBody:
    standard: dict[str, Any] = {"txn_date": date(2026, 11, 1), "customer_ref": Ref(value="1"), "doc_number": number}
    return InvoiceBody(line=lines or (line(),), **{**standard, **fields})


def numbers(count: int) -> list[str]:
    stem = uuid4().hex[:8]
    return [f"T-{stem}-{number}" for number in range(count)]


async def said(qbo: Qbo, ledger: QboLedger, changes: Mapping[str, Change], key: str = "") -> Mapping[str, Element]:
    call = ledger.calls.batch(changes, request_id=key or str(uuid4()))
    matched = match_by_bid(parse_batch(await qbo.send(call, TOKEN)), list(changes))
    assert (matched.missing, matched.ambiguous, matched.unasked) == ((), (), ())
    return matched.found


async def test_a_person_connects_a_company_and_the_pair_rotates(url: str, http: httpx.AsyncClient) -> None:
    back = "http://localhost/callback"
    consent = await http.get(consent_url("app", back, "state-1", url=f"{url}/connect/oauth2"))
    told = parse_qs(urlsplit(consent.headers["location"]).query)
    assert (told["state"], told["realmId"]) == (["state-1"], [REALM])
    identity = QboIdentity(url, url, http=http)
    first = await identity.exchange("app", "secret", told["code"][0], back)
    assert first.hard_expires_in_s is not None
    second = await identity.refresh("app", "secret", first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert (await Qbo(url, http=http).ledger(REALM, second.access_token).company_info()).company_name == "Harbour IT"
    with pytest.raises(Unauthorised) as used:
        await identity.refresh("app", "secret", first.refresh_token)
    assert used.value.code == "qbo.invalid_grant"
    with pytest.raises(Unauthorised) as wrong:
        await identity.refresh("app", "wrong", second.refresh_token)
    assert wrong.value.code == "qbo.invalid_client"
    with pytest.raises(Forbidden):
        await Qbo(url, http=http).ledger("1", second.access_token).company_info()
    with pytest.raises(Unauthorised) as unknown:
        await Qbo(url, http=http).ledger(REALM, "nonsense").company_info()
    assert unknown.value.code == "qbo.unauthorised"


async def test_reference_data_is_read_whole(ledger: QboLedger) -> None:
    company, preferences = await ledger.company_info(), await ledger.preferences()
    assert (company.company_name, company.country) == ("Harbour IT", "US")
    assert preferences.currency_prefs.home_currency is not None
    assert preferences.currency_prefs.home_currency.value == "USD"
    assert str(preferences.accounting_info_prefs.book_close_date) == "2025-12-31"
    lists: list[tuple[Any, str]] = [
        (await ledger.accounts(), "Account"),
        (await ledger.tax_codes(), "TaxCode"),
        (await ledger.tax_rates(), "TaxRate"),
        (await ledger.terms(), "Term"),
        (await ledger.classes(), "Class"),
        (await ledger.departments(), "Department"),
        (await ledger.currencies(), "CompanyCurrency"),
        (await ledger.items(), "Item"),
        (await ledger.customers(), "Customer"),
        (await ledger.vendors(), "Vendor"),
        (await ledger.employees(), "Employee"),
    ]
    for rows, kind in lists:
        assert rows.unreadable == []
        assert {each["Id"] for each in BOOKS[kind]} <= {row.id for row in rows}, kind
    assert {row.id for row in lists[1][0]} >= {"TAX", "NON"}
    assert [row.sku for row in lists[7][0] if row.id == "11"] == ["L-1"]
    assert {row.id: row.active for row in lists[8][0]}["2"] is False


async def test_thirty_invoices_travel_in_one_call_and_are_found_by_number_and_id(qbo: Qbo, ledger: QboLedger) -> None:
    wanted = numbers(30)
    made = await said(qbo, ledger, {str(n): create(invoice(number)) for n, number in enumerate(wanted)})
    assert {element.row["DocNumber"] for element in made.values()} == set(wanted)
    assert {element.sync_token for element in made.values()} == {"0"}
    by_number = await ledger.invoices_by_number(wanted)
    by_id = await ledger.invoices_by_id([element.id or "" for element in made.values()])
    assert {row.doc_number for row in by_number} == {row.doc_number for row in by_id} == set(wanted)
    assert all(row.line and str(row.total_amt) in ("100", "100.00", "100.0") for row in by_number)


async def test_a_taxed_invoice_and_a_credit_memo_come_back_as_sent(qbo: Qbo, ledger: QboLedger) -> None:
    (taxed, credited) = numbers(2)
    taxable = line("1861.08", qty=Decimal("128.35"), unit_price=Decimal("14.5"), tax_code_ref=Ref(value="TAX"))
    tax = TxnTaxDetail(txn_tax_code_ref=Ref(value="2"))
    memo = CreditMemoBody(txn_date=date(2026, 11, 1), customer_ref=Ref(value="1"), doc_number=credited, line=(line(),))
    made = await said(
        qbo,
        ledger,
        {"1": create(invoice(taxed, taxable, txn_tax_detail=tax, private_note="ours")), "2": create(memo)},
    )
    shown = Document.model_validate(made["1"].row)
    assert (shown.private_note, shown.due_date) == ("ours", shown.due_date)
    assert shown.txn_tax_detail is not None
    assert (shown.txn_tax_detail.total_tax, shown.total_amt) == (Decimal("148.89"), Decimal("2009.97"))
    (found,) = await ledger.credit_memos_by_number([credited])
    assert found.id == made["2"].id
    assert [row.id for row in await ledger.credit_memos_by_id([found.id or ""])] == [found.id]


async def test_a_members_fault_leaves_the_others_alone(qbo: Qbo, ledger: QboLedger) -> None:
    bad = line("1.00", tax_code_ref=Ref(value="2"))
    nobody = invoice("x", customer_ref=Ref(value="99999"))
    answered = await said(
        qbo,
        ledger,
        {"a": create(invoice(numbers(1)[0], bad)), "b": create(invoice(numbers(1)[0])), "c": create(nobody)},
    )
    assert [answered[bid].ok for bid in "abc"] == [False, True, False]
    assert (answered["a"].codes, answered["c"].codes) == (("6100",), ("2500",))
    assert all(answered[bid].decided for bid in "abc")


async def test_the_same_request_id_is_answered_again_even_after_a_deletion(qbo: Qbo, ledger: QboLedger) -> None:
    (number,), key = numbers(1), str(uuid4())
    first = (await said(qbo, ledger, {"1": create(invoice(number))}, key))["1"]
    again = (await said(qbo, ledger, {"1": create(invoice(number))}, key))["1"]
    assert first.id == again.id
    assert len(await ledger.invoices_by_number([number])) == 1
    gone = (await said(qbo, ledger, {"1": delete("Invoice", first.id or "", "0")}))["1"]
    assert gone.deleted
    assert await ledger.invoices_by_number([number]) == []
    replayed = (await said(qbo, ledger, {"1": create(invoice(number))}, key))["1"]
    assert replayed.id == first.id
    assert await ledger.invoices_by_number([number]) == []
    assert (await said(qbo, ledger, {"1": create(invoice(number))}))["1"].id != first.id


async def test_a_document_that_was_changed_is_not_deleted_with_its_old_version(qbo: Qbo, ledger: QboLedger) -> None:
    made = (await said(qbo, ledger, {"1": create(invoice(numbers(1)[0]))}))["1"]
    change = DocumentChange(id=made.id or "", sync_token="0", private_note="mine now")
    changed = (await said(qbo, ledger, {"1": update("Invoice", change)}))["1"]
    assert (changed.sync_token, changed.row["PrivateNote"], changed.row["TotalAmt"]) == ("1", "mine now", 100)
    stale = (await said(qbo, ledger, {"1": delete("Invoice", made.id or "", "0")}))["1"]
    assert stale.codes == ("5010",)
    with pytest.raises(Rejected) as refused:
        await qbo.send(ledger.calls.change(delete("Invoice", made.id or "", "0"), request_id=uuid4().hex), TOKEN)
    assert refused.value.code == "qbo.stale"
    voided = (await said(qbo, ledger, {"1": void("Invoice", made.id or "", "1")}))["1"]
    assert (voided.ok, voided.row["TotalAmt"], voided.row["PrivateNote"]) == (True, 0, "Voided")


async def test_customers_and_items_are_made_and_changed(qbo: Qbo, ledger: QboLedger) -> None:
    name = f"Zürich {uuid4().hex[:6]}"
    made = await said(
        qbo,
        ledger,
        {
            "c": create(CustomerBody(display_name=name, notes="ours")),
            "v": create(CustomerBody(display_name="Norton Lumber")),
            "i": create(ItemBody(name=name, sku="S", income_account_ref=Ref(value="79"))),
        },
    )
    assert [made[bid].ok for bid in "cvi"] == [True, False, True]
    assert made["v"].codes == ("6240",)
    changed = await said(
        qbo,
        ledger,
        {
            "c": update("Customer", CustomerChange(id=made["c"].id or "", sync_token="0", given_name="Ann")),
            "i": update("Item", ItemChange(id=made["i"].id or "", sync_token="0", sku="T")),
        },
    )
    assert (changed["c"].row["GivenName"], changed["c"].row["DisplayName"]) == ("Ann", name)
    assert (changed["i"].row["Sku"], changed["i"].row["Name"]) == ("T", name)
    (customer,) = await ledger.customers_by_id([made["c"].id or ""])
    assert (customer.notes, customer.given_name) == ("ours", "Ann")


async def test_faults_of_the_gateway_are_told_apart(qbo: Qbo, ledger: QboLedger, control: httpx.AsyncClient) -> None:
    call = ledger.calls.batch({"1": create(invoice(numbers(1)[0]))}, request_id=str(uuid4()))
    thens: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"status": 503}, OutcomeUnknown),
        ({"drop": "after"}, OutcomeUnknown),
        ({"status": 429}, Throttled),
    ]
    for then, kind in thens:
        (await control.post("/faults", json=[{"route": "POST /batch", "then": then}])).raise_for_status()
        with pytest.raises(kind):
            await qbo.send(call, TOKEN)
    element = parse_batch(await qbo.send(Call.from_row(call.as_row(), call.body), TOKEN))[0]
    assert element.ok
    assert [row.id for row in await ledger.invoices_by_number([element.row["DocNumber"]])] == [element.id]
