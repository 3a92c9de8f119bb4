"""The ConnectWise client against the simulator in a process of its own, on a believable month."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from tieout_providers.connectwise import ConnectWise, models
from tieout_providers.connectwise.conditions import where
from tieout_providers.errors import Forbidden, NotFound, OutcomeUnknown, Rejected, Throttled, Unauthorised, Unavailable
from tieout_providers.reading import Rows

pytestmark = pytest.mark.http

Month = Any
LATEST = date(2100, 1, 1)


@pytest.fixture(scope="module")
def url(simulator: Callable[[str], Any]) -> Iterator[str]:
    with simulator("connectwise") as address:
        yield address


@pytest.fixture
async def control(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{url}/_sim", timeout=10, trust_env=False) as client:
        yield client
        await client.delete("/faults")


@pytest.fixture
async def client(url: str, month: Month) -> AsyncIterator[ConnectWise]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield signed_in(url, month, http)


def signed_in(url: str, month: Month, http: httpx.AsyncClient, **changes: str) -> ConnectWise:
    server = {**month["connectwise"]["server"], **changes}
    return ConnectWise(
        url,
        server["company_id"],
        public_key=server["public_key"],
        private_key=server["private_key"],
        client_id=server["client_id"],
        http=http,
    )


async def exported(client: ConnectWise, invoice_ids: list[int]) -> list[models.GLTransaction]:
    export = await client.export_invoices(invoice_ids, location_id=None, thru_date=LATEST, identifier="TIEOUT-LOOK")
    assert export.transactions.unreadable == []
    return export.transactions


async def test_the_keys_are_proved_by_the_system_information(client: ConnectWise) -> None:
    info = await client.system_info()
    assert info.licensed("GLInterface") is True
    assert (await client.company_info()).codebase == "v2025_16/"


async def test_the_whole_unposted_list_is_read(client: ConnectWise, month: Month) -> None:
    rows = await client.unposted_invoices()
    assert rows.unreadable == []
    closed = {row["id"] for row in month["connectwise"]["entities"]["/finance/invoices"] if row["status"]["isClosed"]}
    assert {row.billing_log_id for row in rows} <= closed
    assert len({row.billing_log_id for row in rows}) > 200
    assert all(row.total is not None and row.invoice_date and row.invoice_number for row in rows)
    some = [row.billing_log_id for row in rows[:5] if row.billing_log_id]
    assert {row.billing_log_id for row in await client.unposted_invoices(invoice_ids=some)} == set(some)
    location = rows[0].location_id
    assert location is not None
    assert len(await client.unposted_invoices([location])) <= len(rows)
    assert await client.unposted_invoices([location + 999]) == []


async def test_small_pages_give_the_same_list(client: ConnectWise) -> None:
    path = "/finance/accounting/unpostedinvoices"
    paged = await client.rows(path, models.UnpostedInvoice, page_size=50)
    whole = await client.unposted_invoices()
    assert [row.id for row in paged] == [row.id for row in whole]


async def test_every_exported_document_balances_and_names_its_entries(client: ConnectWise) -> None:
    listed = sorted({row.billing_log_id for row in await client.unposted_invoices() if row.billing_log_id})
    documents: list[models.GLTransaction] = []
    for first in range(0, len(listed), 50):
        documents += await exported(client, listed[first : first + 50])
    assert {document.id for document in documents} <= set(listed)
    assert len(documents) > 200
    for document in documents:
        assert document.total == -sum(detail.total or 0 for detail in document.detail)
        assert len(document.gl_entry_rec_ids()) > len(document.detail)


async def test_an_unposted_invoice_without_entries_is_missing_from_the_export(
    client: ConnectWise, month: Month
) -> None:
    with_entries = {row["id"] for row in month["connectwise"]["gl_transactions"]}
    without = [row.billing_log_id for row in await client.unposted_invoices() if row.billing_log_id not in with_entries]
    assert without
    assert await exported(client, [found for found in without if found]) == []


async def test_everything_that_a_capture_needs_is_read_in_few_calls(
    client: ConnectWise, control: httpx.AsyncClient
) -> None:
    ids = sorted({row.billing_log_id for row in await client.unposted_invoices() if row.billing_log_id})
    await control.delete("/calls")
    invoices = await client.invoices(ids)
    company_ids = sorted({bill_to.id for row in invoices if (bill_to := row.bill_to_company) and bill_to.id})
    companies = await client.companies(company_ids)
    contacts = await client.contacts(
        [row.billing_contact.id for row in companies if row.billing_contact and row.billing_contact.id]
    )
    products = await client.products_of_invoices(ids)
    catalogue = await client.catalogue(
        [row.catalog_item.id for row in products if row.catalog_item and row.catalog_item.id]
    )
    agreements = await client.agreements([row.agreement.id for row in invoices if row.agreement and row.agreement.id])
    additions = await client.additions(agreements[0].id or 0)
    sites = await client.sites(company_ids[0])
    terms, codes, statuses = await client.billing_terms(), await client.tax_codes(), await client.billing_statuses()
    currencies, locations, callbacks = await client.currencies(), await client.locations(), await client.callbacks()
    lists: list[Rows[Any]] = [invoices, companies, contacts, products, catalogue, agreements, additions, sites, terms]
    lists += [codes, statuses, currencies, locations, callbacks]
    assert [rows.unreadable for rows in lists] == [[]] * len(lists)
    assert [row.id for row in companies] == company_ids
    assert sorted(row.id or 0 for row in invoices) == ids
    assert all((products, catalogue, agreements, sites, terms, codes, statuses, currencies, locations))
    assert any(row.email for row in contacts)
    assert any(level.tax_code_xref for code in codes for level in code.levels)
    calls = (await control.get("/calls")).json()["total"]
    assert calls / len(ids) < 0.1


async def test_the_life_of_a_batch(client: ConnectWise) -> None:
    listed = [row.billing_log_id for row in await client.unposted_invoices() if row.billing_log_id]
    document = (await exported(client, listed[-20:]))[-1]
    invoice_id = document.id or 0
    identifier = f"TIEOUT-I{invoice_id}-0a1b2c3d"
    assert await client.find_batch(identifier) is None
    created = await client.create_batch(identifier, document.gl_entry_rec_ids())
    found = await client.find_batch(identifier)
    assert found is not None
    assert created.batch_id in (None, found.id)
    entries = await client.batch_entries(found.id or 0)
    assert {entry.id for entry in entries} == set(document.gl_entry_rec_ids())
    assert await client.unposted_invoices(invoice_ids=[invoice_id]) == []
    (invoice,) = await client.invoices([invoice_id])
    assert invoice.gl_batch is not None
    assert invoice.gl_batch.name == identifier
    with pytest.raises(Rejected) as again:
        await client.create_batch(identifier, document.gl_entry_rec_ids())
    assert not again.value.may_have_happened


async def test_a_batch_whose_answer_was_lost_is_found_by_its_identifier_I6(
    client: ConnectWise, control: httpx.AsyncClient
) -> None:
    made: list[bool] = []
    faults: list[dict[str, Any]] = [
        {"status": 500, "body": "<html>oops</html>", "content_type": "text/html", "after_handling": True},
        {"drop": "after"},
        {"drop": "before"},
    ]
    for number, then in enumerate(faults):
        await client.discover()
        invoice_id = (await client.unposted_invoices())[0].billing_log_id or 0
        (document,) = await exported(client, [invoice_id])
        rule = {"route": "POST /finance/accounting/batches", "nth": 1, "times": 1, "then": then}
        (await control.post("/faults", json=[rule])).raise_for_status()
        with pytest.raises(OutcomeUnknown):
            await client.create_batch(f"TIEOUT-LOST-{number}", document.gl_entry_rec_ids())
        await control.delete("/faults")
        made.append(await client.find_batch(f"TIEOUT-LOST-{number}") is not None)
    assert made == [True, True, False]


@pytest.mark.parametrize(
    ("then", "kind", "code"),
    [
        ({"status": 502, "body": "<html>Bad</html>", "content_type": "text/html"}, Unavailable, "cw.unavailable"),
        ({"drop": "before"}, Unavailable, "cw.unavailable"),
        ({"status": 429, "body": '{"error":"ConnectWiseAPI","message":"Too many requests."}',
          "headers": {"Retry-After": "72000"}}, Throttled, "cw.throttled_minute"),
        ({"status": 403, "body": '{"code":"Security","message":"No rights."}'}, Forbidden, "cw.forbidden"),
    ],
)  # fmt: skip
async def test_a_fault_on_a_read_is_told_apart(
    client: ConnectWise, control: httpx.AsyncClient, then: dict[str, Any], kind: type[Exception], code: str
) -> None:
    rule = {"route": "GET /finance/taxCodes", "then": then}
    (await control.post("/faults", json=[rule])).raise_for_status()
    with pytest.raises(kind) as caught:
        await client.tax_codes()
    assert getattr(caught.value, "code", None) == code
    assert await client.tax_codes()


async def test_wrong_keys_and_unknown_companies_are_told(url: str, month: Month) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(Unauthorised):
            await signed_in(url, month, http, private_key="wrong").tax_codes()
        with pytest.raises(NotFound) as unknown:
            await signed_in(url, month, http, company_id="nobody").tax_codes()
        assert unknown.value.code == "cw.company_unknown"


async def test_a_condition_that_the_server_refuses_is_a_rejection(client: ConnectWise) -> None:
    with pytest.raises(Rejected):
        await client.rows("/finance/taxCodes", models.TaxCode, where("noSuchField").equals(1))


@pytest.mark.parametrize(
    ("number", "name"),
    list(enumerate(["O'Brien & Sons", 'The "Best" Ltd', "100% [x] *wild* a/b?c#d+e", "Zoë"], 9_000_001)),
)
async def test_a_quoted_value_finds_exactly_what_bears_it(
    client: ConnectWise, control: httpx.AsyncClient, number: int, name: str
) -> None:
    company = {"id": number, "identifier": "QUOTE", "name": name}
    loaded = {"format": "tieout-connectwise/1", "entities": {"/company/companies": [company]}}
    (await control.post("/load", json=loaded)).raise_for_status()
    found = await client.rows("/company/companies", models.Company, where("name").equals(name))
    assert [row.name for row in found] == [name]
