"""The Xero client: tokens added at the last moment, reads in few calls, lists that are never half."""

import json
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tieout_providers.call import Answer, Call
from tieout_providers.errors import NotFound, OutcomeUnknown, Throttled, TooManyPages, Unreadable, Unsendable
from tieout_providers.testing import PretendedNetwork
from tieout_providers.xero import Xero, XeroCalls, XeroLedger

TENANT = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
GUID = "5ceffde5-6786-4987-b03a-bf88d262c286"


@pytest.fixture
def ledger(xero: Xero) -> XeroLedger:
    return xero.ledger(TENANT, "token-1")


def asked(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


async def test_the_token_is_added_when_a_stored_call_is_sent(network: PretendedNetwork, xero: Xero) -> None:
    network.answer(200, json={"Invoices": []})
    stored = XeroCalls(TENANT).approve("Invoices", [GUID], key="key-1")
    for token in ("token-1", "token-2"):
        await xero.send(Call.from_row(stored.as_row(), stored.body), token)
    first, second = network.requests
    assert [request.headers["authorization"] for request in (first, second)] == ["Bearer token-1", "Bearer token-2"]
    assert first.content == second.content == stored.body
    assert first.headers["idempotency-key"] == "key-1"
    assert first.headers["xero-tenant-id"] == TENANT
    assert str(first.url) == "https://api.xero.com/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4"


@pytest.mark.parametrize("token", ["", "a\r\nx: y", "ä"])
async def test_a_token_that_would_break_the_header_is_refused_before_sending(
    network: PretendedNetwork, xero: Xero, token: str
) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        await xero.send(Call.get("/x"), token)
    assert network.requests == []


async def test_a_400_about_elements_comes_back_as_an_answer(network: PretendedNetwork, xero: Xero) -> None:
    network.answer(400, json={"Elements": [{"InvoiceNumber": "A"}]})
    answer = await xero.send(XeroCalls(TENANT).approve("Invoices", [GUID], key="k"), "t")
    assert answer.status == 400


def test_only_safe_addresses_are_taken_F3(network: PretendedNetwork) -> None:
    with pytest.raises(Unsendable) as refused:
        Xero("http://api.xero.com", http=network.http)
    assert refused.value.code == "xero.base_url_bad"
    assert Xero("http://127.0.0.1:4711/", http=network.http).base_url == "http://127.0.0.1:4711"


async def test_connections_are_the_organisations_that_a_token_reaches(network: PretendedNetwork, xero: Xero) -> None:
    network.answer(
        json=[{"id": "1", "tenantId": TENANT, "tenantType": "ORGANISATION", "tenantName": "Demo",
               "createdDateUtc": "2019-12-07T18:46:19.5165400"}]
    )  # fmt: skip
    (connection,) = await xero.connections("token-1")
    assert (connection.tenant_id, connection.tenant_name) == (TENANT, "Demo")
    assert network.last.url.path == "/connections"
    network.answer(json={"oops": 1})
    with pytest.raises(Unreadable):
        await xero.connections("token-1")
    network.answer(text="<html>")
    with pytest.raises(Unreadable):
        await xero.connections("token-1")


async def test_the_organisation_tells_its_lock_dates(network: PretendedNetwork, ledger: XeroLedger) -> None:
    network.answer(
        json={"Organisations": [{"OrganisationID": GUID, "BaseCurrency": "NZD", "Class": "ULTRA",
                                 "PeriodLockDate": "/Date(1546214400000+0000)/"}]}
    )  # fmt: skip
    organisation = await ledger.organisation()
    assert (organisation.base_currency, organisation.plan) == ("NZD", "ULTRA")
    assert str(organisation.period_lock_date) == "2018-12-31"
    assert organisation.end_of_year_lock_date is None
    network.answer(json={"Organisations": []})
    with pytest.raises(Unreadable, match="0 readable organisations"):
        await ledger.organisation()


async def test_reference_data_keeps_values_that_nobody_knew(network: PretendedNetwork, ledger: XeroLedger) -> None:
    network.respond = lambda request: httpx.Response(200, json=REFERENCE[request.url.path.rpartition("/")[2]])
    accounts = await ledger.accounts()
    assert [(account.code, account.type, account.account_class) for account in accounts] == [
        ("200", "NEWTYPE", "REVENUE")
    ]
    (rate,) = await ledger.tax_rates()
    assert (rate.tax_type, str(rate.effective_rate), rate.tax_components[0].is_compound) == ("TAX001", "12.5", True)
    (category,) = await ledger.tracking_categories()
    assert [(option.name, option.status) for option in category.options] == [("East", "ARCHIVED")]
    assert [currency.code for currency in await ledger.currencies()] == ["NZD"]
    assert [action.allowed for action in await ledger.actions()] == [True, False]
    (item,) = await ledger.items()
    assert item.sales_details is not None
    assert str(item.sales_details.unit_price) == "25.0625"


REFERENCE: dict[str, dict[str, Any]] = {
    "Accounts": {"Accounts": [{"AccountID": GUID, "Code": "200", "Type": "NEWTYPE", "Class": "REVENUE"}]},
    "TaxRates": {
        "TaxRates": [
            {"Name": "Odd", "TaxType": "TAX001", "EffectiveRate": "12.5", "TaxComponents": [{"IsCompound": True}]}
        ]
    },
    "TrackingCategories": {
        "TrackingCategories": [{"Name": "Region", "Options": [{"Name": "East", "Status": "ARCHIVED"}]}]
    },
    "Currencies": {"Currencies": [{"Code": "NZD", "Description": "New Zealand Dollar"}]},
    "Actions": {"Actions": [{"Name": "CreateApprovedInvoice", "Status": "ALLOWED"}, {"Status": "NOT-ALLOWED"}]},
    "Items": {"Items": [{"Code": "A", "SalesDetails": {"UnitPrice": "25.0625"}, "PurchaseDetails": {}}]},
}


async def test_contacts_are_read_to_the_last_page(network: PretendedNetwork, ledger: XeroLedger) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        page = int(asked(request)["page"])
        row = {"ContactID": f"id-{page}", "Name": f"Contact {page}"}
        return httpx.Response(200, json={"pagination": {"page": page, "pageCount": 3}, "Contacts": [row]})

    network.respond = respond
    assert [contact.name for contact in await ledger.contacts()] == ["Contact 1", "Contact 2", "Contact 3"]
    with pytest.raises(TooManyPages) as endless:
        await ledger.contacts(max_pages=2)
    assert endless.value.code == "xero.too_many_pages"


async def test_forty_values_travel_in_one_call_and_an_address_never_grows_too_long(
    network: PretendedNetwork, ledger: XeroLedger
) -> None:
    network.answer(json={"Invoices": [], "Contacts": [], "CreditNotes": [], "Items": []})
    await ledger.invoices_by_number([f"INV-{n:05}" for n in range(81)] + ["INV-00000"])
    assert [asked(request)["InvoiceNumbers"].count(",") + 1 for request in network.requests] == [40, 40, 1]
    network.requests.clear()
    names = [f"Customer {n} " + "é" * 100 for n in range(10)]
    await ledger.contacts_where("Name", names)
    assert all(len(request.url.raw_path) <= 2000 for request in network.requests)
    assert sum(asked(request)["where"].count("Name==") for request in network.requests) == 10
    network.requests.clear()
    await ledger.contacts_by_id([GUID])
    await ledger.credit_notes_by_number(["CR-1"])
    await ledger.items_by_code(["A"])
    await ledger.invoices_by_id([GUID])
    assert len(network.requests) == 4
    assert await ledger.invoices_by_number([]) == []
    assert len(network.requests) == 4


async def test_bills_of_the_same_number_are_not_taken_for_invoices_behaviour_1(
    network: PretendedNetwork, ledger: XeroLedger
) -> None:
    rows = [{"Type": kind, "InvoiceNumber": "INV-1", "InvoiceID": GUID} for kind in ("ACCPAY", "ACCREC")]
    network.answer(json={"Invoices": rows})
    assert [invoice.type for invoice in await ledger.invoices_by_number(["INV-1"])] == ["ACCREC"]


async def test_one_credit_note_or_none(network: PretendedNetwork, ledger: XeroLedger) -> None:
    network.answer(json={"CreditNotes": [{"CreditNoteID": GUID, "CreditNoteNumber": "CR-1"}]})
    note = await ledger.credit_note(GUID)
    assert note is not None
    assert note.number == "CR-1"
    network.answer(404, text="not found")
    assert await ledger.credit_note(GUID) is None
    with pytest.raises(NotFound):
        await ledger.accounts()


async def test_an_unreadable_row_is_named_beside_the_good_ones(network: PretendedNetwork, ledger: XeroLedger) -> None:
    rows = [{"InvoiceID": GUID, "Type": "ACCREC", "Total": "lots"}, {"InvoiceID": "2", "Type": "ACCREC", "Total": 1}]
    network.answer(json={"Invoices": rows})
    found = await ledger.invoices_by_number(["A"])
    assert [invoice.id for invoice in found] == ["2"]
    assert [row.id for row in found.unreadable] == [GUID]


@pytest.mark.parametrize("body", ["{}", "[]", "<html>", '{"Items": null}', '{"Items": {}}'])
async def test_an_answer_without_its_list_is_no_empty_list(
    network: PretendedNetwork, ledger: XeroLedger, body: str
) -> None:
    network.answer(text=body)
    with pytest.raises(Unreadable):
        await ledger.items()


async def test_nothing_changed_since_is_an_empty_list(network: PretendedNetwork, ledger: XeroLedger) -> None:
    from datetime import UTC, datetime

    network.answer(304)
    assert await ledger.items(modified_since=datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert await ledger.contacts(modified_since=datetime(2026, 1, 1, tzinfo=UTC)) == []


class Gate:
    """Notes what passes."""

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, int | None]] = []

    async def before(self, call: Call) -> None:
        """Let everything pass."""

    async def after(self, call: Call, answer: Answer | None) -> None:
        self.seen.append((call.header("xero-tenant-id"), answer.status if answer else None))


async def test_reads_pass_the_gate_with_their_organisation_and_sends_do_not_I5(network: PretendedNetwork) -> None:
    gate = Gate()
    xero = Xero(http=network.http, gate=gate)
    network.answer(429, headers={"X-Rate-Limit-Problem": "minute", "Retry-After": "7"})
    with pytest.raises(Throttled):
        await xero.ledger(TENANT, "t").accounts()
    network.fail(httpx.ReadError("reset"))
    with pytest.raises(Exception, match="nothing was changed"):
        await xero.ledger(TENANT, "t").accounts()
    with pytest.raises(OutcomeUnknown):
        await xero.send(XeroCalls(TENANT).approve("Invoices", [GUID], key="k"), "t")
    assert gate.seen == [(TENANT, 429), (TENANT, None)]


async def test_the_numbers_of_an_answer_are_exact(network: PretendedNetwork, ledger: XeroLedger) -> None:
    network.answer(text='{"Invoices": [{"Type": "ACCREC", "Total": 9007199254740993.01, "CurrencyRate": 1.100000}]}')
    (invoice,) = await ledger.invoices_by_number(["A"])
    assert (str(invoice.total), str(invoice.currency_rate)) == ("9007199254740993.01", "1.100000")
    assert json.loads('{"a": 9007199254740993.01}')["a"] != invoice.total
