"""The ConnectWise client: paging, ids in as few calls as fit, export, batches, and its gate."""

import json
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tieout_providers.call import Answer, Call
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.paging import has_next_page
from tieout_providers.connectwise.requests import create_batch_call, export_invoices_call
from tieout_providers.errors import OutcomeUnknown, TooManyPages, Unavailable, Unreadable, Unsendable
from tieout_providers.json_exact import loads
from tieout_providers.testing import PretendedNetwork


def parameters(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


def rows(first: int, last: int) -> list[dict[str, Any]]:
    return [{"id": number, "name": f"Term {number}"} for number in range(first, last + 1)]


async def test_pages_end_where_a_page_is_short(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer_in_turn(httpx.Response(200, json=rows(1, 1000)), httpx.Response(200, json=rows(1001, 1003)))
    terms = await connectwise.billing_terms()
    assert [term.id for term in terms] == list(range(1, 1004))
    asked = [parameters(request) for request in network.requests[1:]]
    assert asked == [{"orderBy": "id asc", "page": page, "pageSize": "1000"} for page in ("1", "2")]


async def test_pages_end_where_the_link_header_says_so(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    more = '<https://cw/x?page=2>; rel="next", <https://cw/x?page=9>; rel="last"'
    done = '<https://cw/x?page=1>; rel="first", <https://cw/x?page=1>; rel="prev"'
    network.answer_in_turn(
        httpx.Response(200, json=rows(1, 2), headers={"Link": more}),
        httpx.Response(200, json=rows(3, 4), headers={"Link": done}),
    )
    assert len(await connectwise.billing_terms()) == 4


@pytest.mark.parametrize(
    ("link", "more"),
    [
        ('<https://cw/x?page=2>; rel="next"', True),
        ("<https://cw/x?page=2>; rel=next", True),
        ('<https://cw/x?page=1>; rel="first",<https://cw/x?page=2>;rel="Next"; title="x"', True),
        ('<https://cw/x?rel="next">; rel="last"', False),
        ('<https://cw/x?page=1>; rel="prev"', False),
    ],
)
def test_only_a_next_link_means_another_page(link: str, more: bool) -> None:
    assert has_next_page(Answer(200, {"link": link}, b""), [1], 1000) is more
    assert not has_next_page(Answer(200, {"link": link}, b""), [], 1000)


async def test_a_full_last_page_costs_one_empty_page(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer_in_turn(httpx.Response(200, json=rows(1, 1000)), httpx.Response(200, json=[]))
    assert len(await connectwise.billing_terms()) == 1000


async def test_a_list_without_end_is_an_error_and_not_half_a_list(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(json=rows(1, 1), headers={"Link": '<https://cw/x>; rel="next"'})
    with pytest.raises(TooManyPages, match="100 pages") as endless:
        await connectwise.billing_terms()
    assert endless.value.code == "cw.too_many_pages"
    assert len(network.requests) == 101


async def test_ids_travel_in_as_few_calls_as_the_address_allows(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    wanted = list(range(100_000, 100_600))

    def respond(request: httpx.Request) -> httpx.Response:
        assert len(str(request.url)) <= 2000
        among = parameters(request)["conditions"].removeprefix("id in (").removesuffix(")")
        return httpx.Response(200, json=[{"id": int(part)} for part in among.split(",")])

    network.respond = respond
    found = await connectwise.invoices([*wanted, wanted[0]])
    assert [invoice.id for invoice in found] == wanted
    assert len(network.requests) - 1 == 3


async def test_no_ids_are_no_call(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    assert await connectwise.companies([]) == []
    assert await connectwise.unposted_invoices(invoice_ids=[]) == []
    assert len(network.requests) == 1  # the discovery


async def test_the_unposted_list_is_asked_by_location_and_by_invoice(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(json=[{"id": 871429, "billingLogId": 39005, "total": 10.50}])
    everything = await connectwise.unposted_invoices()
    assert everything[0].billing_log_id == 39005
    await connectwise.unposted_invoices([2, 11])
    await connectwise.unposted_invoices([2], invoice_ids=[39005])
    asked = [parameters(request).get("conditions") for request in network.requests[1:]]
    assert asked == [None, "locationId in (2,11)", "locationId in (2) and billingLogId in (39005)"]
    assert network.last.url.path == "/v2025_1/apis/3.0/finance/accounting/unpostedinvoices"


async def test_one_unreadable_row_does_not_hide_the_others(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer(json=[{"id": 1, "total": 1.10}, {"id": 2, "total": "a lot"}, "row", {"id": 3, "total": "7.25"}])
    found = await connectwise.unposted_invoices()
    assert [(row.id, row.total) for row in found] == [(1, Decimal("1.10")), (3, Decimal("7.25"))]
    assert [(row.id, row.problem.partition(":")[0]) for row in found.unreadable] == [("2", "total"), (None, "")]
    assert "a lot" not in found.unreadable[0].problem


async def test_the_export_asks_for_invoices_by_id_and_reads_them_exactly(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(text='{"transactions": [{"id": 125, "documentNumber": "119", "total": 42.10}], "customers": null}')
    export = await connectwise.export_invoices([125], location_id=2, thru_date=date(2026, 1, 31), identifier="X-1")
    assert export.transactions[0].total == Decimal("42.10")
    assert export.customers == []
    assert network.last.url.path.endswith("/finance/accounting/export")
    assert json.loads(network.last.content) == {
        "batchIdentifier": "X-1",
        "locationId": 2,
        "includedInvoiceIds": [125],
        "thruDate": "2026-01-31T00:00:00Z",
        "summarizeInvoices": "Default",
        "exportInvoicesFlag": True,
    }


async def test_an_export_that_fails_is_a_read_that_can_be_halved(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    for status in (500, 504):
        network.answer(status)
        with pytest.raises(Unavailable):
            await connectwise.export_invoices([1, 2], location_id=None, thru_date=date(2026, 1, 31), identifier="X-1")
    network.answer(json=[])
    with pytest.raises(Unreadable, match="no GL export"):
        await connectwise.export_invoices([1], location_id=None, thru_date=date(2026, 1, 31), identifier="X-1")
    network.answer(json={"transactions": {}})
    with pytest.raises(Unreadable, match="no GL export"):
        await connectwise.export_invoices([1], location_id=None, thru_date=date(2026, 1, 31), identifier="X-1")


async def test_a_batch_takes_gl_entry_ids_under_its_identifier(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(201, json={"transactions": []}, headers={"Location": "https://cw/v/apis/3.0/finance/batches/284"})
    assert (await connectwise.create_batch("T-I119-0a1b", [1010, 1009])).batch_id == 284
    assert json.loads(network.last.content) == {
        "batchIdentifier": "T-I119-0a1b",
        "exportInvoicesFlag": True,
        "exportExpensesFlag": False,
        "exportProductsFlag": False,
        "processedRecordIds": [1010, 1009],
    }
    network.answer(201)
    assert (await connectwise.create_batch("T-I119-0a1b", [1010])).batch_id is None


async def test_a_batch_whose_answer_is_an_error_page_may_have_been_made(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(500, text="<html>")
    with pytest.raises(OutcomeUnknown):
        await connectwise.create_batch("T-I119", [1])


async def test_a_batch_is_found_by_its_own_name_only(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer(json=[{"id": 1, "batchIdentifier": "T-I1190"}, {"id": 2, "batchIdentifier": "t-i119"}])
    found = await connectwise.find_batch("T-I119")
    assert found is not None
    assert found.id == 2
    assert parameters(network.last)["conditions"] == 'batchIdentifier="T-I119"'
    network.answer(json=[])
    assert await connectwise.find_batch("T-I119") is None
    network.answer(json=[{"id": 1, "batchIdentifier": "T-I119"}, {"id": 2, "batchIdentifier": "T-I119"}])
    with pytest.raises(Unreadable) as several:
        await connectwise.find_batch("T-I119")
    assert several.value.code == "cw.batch_ambiguous"


async def test_a_bad_batch_identifier_never_reaches_the_network(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    for attempt in (
        connectwise.create_batch("a|b", [1]),
        connectwise.find_batch("O'Brien"),
        connectwise.export_invoices([1], location_id=None, thru_date=date(2026, 1, 1), identifier="x" * 51),
    ):
        with pytest.raises(Unsendable) as refused:
            await attempt
        assert refused.value.code == "cw.batch_identifier_bad"
    assert network.requests == []


def test_an_export_counts_as_a_read_and_a_batch_as_a_change() -> None:
    assert not export_invoices_call((1,), location_id=None, thru_date=date(2026, 1, 1), identifier="x").changes
    batch = create_batch_call("x", (1,))
    assert batch.changes
    assert Call.from_row(batch.as_row(), batch.body) == batch
    assert (
        loads(export_invoices_call((1,), location_id=0, thru_date=date(2026, 1, 1), identifier="x").body)["locationId"]
        == 0
    )


@pytest.mark.parametrize("ids", [(), (0,), (-1,), ("1",), (True,), (1.0,)])
def test_ids_are_positive_whole_numbers(ids: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        create_batch_call("x", ids)


PATHS = [
    ("billing_terms", (), "/finance/billingTerms"),
    ("billing_statuses", (), "/finance/billingStatuses"),
    ("tax_codes", (), "/finance/taxCodes"),
    ("currencies", (), "/finance/currencies"),
    ("payment_types", (), "/expense/paymentTypes"),
    ("locations", (), "/system/locations"),
    ("members", (), "/system/members"),
    ("expense_types", (), "/expense/types"),
    ("callbacks", (), "/system/callbacks"),
    ("accounting_package_setup", (), "/finance/accountingPackageSetup"),
    ("sites", (19,), "/company/companies/19/sites"),
    ("additions", (7,), "/finance/agreements/7/additions"),
    ("batch_entries", (284,), "/finance/accounting/batches/284/entries"),
    ("invoices", ([1],), "/finance/invoices"),
    ("companies", ([1],), "/company/companies"),
    ("contacts", ([1],), "/company/contacts"),
    ("agreements", ([1],), "/finance/agreements"),
    ("catalogue", ([1],), "/procurement/catalog"),
    ("products_of_invoices", ([1],), "/procurement/products"),
]


@pytest.mark.parametrize(("method", "arguments", "path"), PATHS, ids=[path for *_, path in PATHS])
async def test_each_list_is_asked_at_its_place(
    network: PretendedNetwork, connectwise: ConnectWise, method: str, arguments: tuple[Any, ...], path: str
) -> None:
    network.answer(json=[{"id": 1, "somethingNew": True}])
    found = await getattr(connectwise, method)(*arguments)
    assert [row.id for row in found] == [1]
    assert network.last.method == "GET"
    assert network.last.url.path == f"/v2025_1/apis/3.0{path}"


async def test_of_a_member_only_the_identifier_and_the_flag_are_asked_for_F175(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(json=[{"id": 21, "identifier": "ARO", "inactiveFlag": True}])
    (member,) = await connectwise.members()
    assert (member.identifier, member.inactive_flag) == ("ARO", True)
    assert network.last.url.params["fields"] == "id,identifier,inactiveFlag"


class CountingGate:
    """Notes what passes."""

    def __init__(self) -> None:
        self.before_calls: list[Call] = []
        self.answers: list[Answer | None] = []

    async def before(self, call: Call) -> None:
        self.before_calls.append(call)

    async def after(self, call: Call, answer: Answer | None) -> None:
        self.answers.append(answer)


async def test_every_call_passes_the_gate_and_its_answer_too_whatever_it_is_I5(network: PretendedNetwork) -> None:
    gate = CountingGate()
    client = ConnectWise(
        "cw.example.com", "acme", public_key="p", private_key="q", client_id="c", http=network.http, gate=gate
    )
    network.answer(json=[])
    await client.billing_terms()
    network.answer(429)
    with pytest.raises(Exception, match="used up"):
        await client.billing_terms()
    network.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable):
        await client.billing_terms()
    assert len(gate.before_calls) == len(network.requests) == 4
    assert [answer.status if answer else None for answer in gate.answers] == [200, 200, 429, None]
    await_raw = len(gate.before_calls)
    network.answer(json=[])
    await client.send(Call.get("/finance/billingTerms"))
    assert len(gate.before_calls) == await_raw
