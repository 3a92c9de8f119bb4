"""Two tenants, four owner levels, four companies: Xero in Australia and in the United Kingdom, QuickBooks Online in the
United States and in Australia, with clients who pay in dollars; 1,000 documents posted by one installation, while its
tokens are renewed again and again, its key is replaced, and a third tenant is deleted."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import httpx
import pytest

from harness.bodies import keep_bodies, sent_numbers, undescribed, written
from harness.leaving import approve_nothing, has_left, leave, own_month, rows_of, told_of
from harness.vendor_clients import ReadBack, by_python_quickbooks, by_xero_python
from harness.world import Records, World, books_agree, statuses
from tieout_simulators.month import Month, build_volume
from tieout_standalone.demo.proof import held_in_ledgers, measure
from tieout_standalone.tie_out import TieOut

AUSTRALIAN, BRITISH_AND_AMERICAN = ("qbo-au", "xero"), ("xero-uk", "qbo-us")
INVOICES_OF_A_TENANT = 500
INVOICES_OF_THE_LEAVING = 6
LINES = 3
CREDITS_EVERY = 10
RUN_TIMEOUT_S = 600
LOOK_EVERY_S = 1  # a look costs what posting a document does
UNHURRIED = {
    # The product's own: with the tests' short deadlines a queue of hundreds is announced again and again.
    "TIEOUT_ANNOUNCE_AFTER_S": "60",
    "TIEOUT_LEASE_S": "60",
    "TIEOUT_PROVIDER_TIMEOUT_S": "30",
    "TIEOUT_LEDGER_TIMEOUT_S": "30",
    "TIEOUT_BULK_LINGER_S": "1",
    "TIEOUT_BATCH_LINGER_S": "1",
}
TOKENS_LIVE_S = 70
RENEWED = {"TIEOUT_TOKEN_REFRESH_MARGIN_S": "65"}
"""A service asks for another token after ten seconds, and config-api renews after five: many times in one run."""
TOKEN_CALLS = {"xero": "POST /connect/token", "qbo": "POST /oauth2/v1/tokens/bearer"}
QBO_CALLS_LIMIT = 0.5
RATE, XEROS_RATE, XEROS_BRITISH_RATE = Decimal("1.5142"), Decimal("0.6604"), Decimal("1.2706")
"""Of a US dollar: the QuickBooks company's own in Australian ones, and the other way round what Xero takes that day."""
DOLLAR = {"id": 1, "currencyCode": "USD", "currencyIdentifier": "USD", "name": "US dollar", "numberOfDecimals": 2}
TAX_CODES = {
    "volume-msp-sydney": {"10 AUD", "11 AUD", "10 USD"},
    "volume-msp-melbourne": {"OUTPUT AUD", "EXEMPTOUTPUT AUD", "OUTPUT USD"},
    "volume-msp-london": {
        "OUTPUT2 GBP",
        "ZERORATEDOUTPUT GBP",
        "EXEMPTOUTPUT GBP",
        "DRCHARGE20 GBP",
        "ZERORATEDOUTPUT USD",
    },
    "volume-msp-sacramento": {"21", "NON"},
}
"""In which amounts must be, company by company."""
TAXED = {
    "volume-msp-sydney": {"10 AUD", "10 USD"},
    "volume-msp-melbourne": {"OUTPUT AUD", "OUTPUT USD"},
    "volume-msp-london": {"OUTPUT2 GBP"},
    "volume-msp-sacramento": {"21"},
}
"""And those that alone bear tax."""


@pytest.mark.end_to_end
@pytest.mark.postgres
@pytest.mark.timeout(900)
async def test_a_thousand_documents_of_two_tenants_tie_out_to_the_cent_I1_I3_I7_F10_F14_F108_F118_F122_F130_F251(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    australian = build_volume(INVOICES_OF_A_TENANT, LINES, 2, 7, AUSTRALIAN, CREDITS_EVERY)
    foreign = some_pay_in_dollars(australian)
    other = build_volume(INVOICES_OF_A_TENANT, LINES, 2, 8, BRITISH_AND_AMERICAN, CREDITS_EVERY)
    for month in (australian, other):
        for books in (month.xero, month.qbo):
            books["app"]["access_token_s"] = TOKENS_LIVE_S
    with (
        new_postgres_world(australian) as harbour,
        harbour.beside("crown", other) as crown,
        harbour.beside("tern", own_month("tern", INVOICES_OF_THE_LEAVING)) as tern,
    ):
        harbour.installation.start(**UNHURRIED, **RENEWED)
        for world in (harbour, crown):
            for ledger in world.scene.ledgers:
                await keep_bodies(ledger)
            await world.configure()
        for world in (harbour, crown):
            await press_sync_all(world)
        await harbour.until(harbour.some_batched, timeout_s=300)
        replaced = await asyncio.to_thread(harbour.installation.maintain, "keys", "rotate")
        assert replaced.returncode == 0, replaced.stderr
        await approve_nothing(tern)
        await tern.configure()
        held = await leave(tern)
        records = {world.tenant: await all_told(world) for world in (harbour, crown)}

        for world in (harbour, crown):
            await each_document_is_in_its_own_ledger(world, records[world.tenant])
            for company, tied in (await world.tie_out(records[world.tenant])).items():
                is_exact(company, tied)
            await other_peoples_clients_read_the_same(world)
            await what_was_sent_is_described(world)
            await nothing_is_mailed(world)
            await tokens_were_renewed_on_the_way(world)
        assert rates(records["harbourline"], foreign) == {RATE, XEROS_RATE}
        assert rates(records["crown"], dollar_invoices(crown)) == {XEROS_BRITISH_RATE}
        calls = (await measure(crown.scene, records["crown"], wall_s=0))["calls"]["qbo"]["total"]
        assert calls / (INVOICES_OF_A_TENANT / 2) <= QBO_CALLS_LIMIT, calls

        await has_left(tern, held)
        told = told_of(tern)
        for world in (harbour, crown):
            await world.run_to_rest()
            await world.once_and_only_once()
        assert told_of(tern) == told
        assert await rows_of(tern) == []


async def press_sync_all(world: World) -> None:
    """One action for each company, whatever its ledger (F130)."""
    async with world.api() as api:
        await api.put(f"/tenants/{world.tenant}/options", {"hide_sync_all": False}, **{"If-Match": '"0"'})
        for company in world.scene.companies:
            pressed = await api.post(f"/tenants/{world.tenant}/sync-all", {"company_id": company})
            assert [each["family"] for each in pressed["families"] if each["run"]] == ["invoices"]


async def all_told(world: World) -> Records:
    """The records at rest. A batch may be told before the document that it is of."""

    async def told() -> Records | None:
        records = await world.records()
        return records if all(each["document"] for each in records) else None

    await world.rest(timeout_s=RUN_TIMEOUT_S, every_s=LOOK_EVERY_S)
    return await world.until(told)


async def each_document_is_in_its_own_ledger(world: World, records: Records) -> None:
    """Both tenants' ConnectWises give out the same numbers and ids."""
    assert statuses(records) == {"batched": INVOICES_OF_A_TENANT}
    await world.once_and_only_once()
    held = {each.number: each.organisation for each in await held_in_ledgers(world.scene)}
    due = {each["number"]: organisation_of(world, each) for each in world.documents}
    books_agree(held == due, sorted(held.items() ^ due.items())[:10])


def is_exact(company: str, tied: TieOut) -> None:
    """Each sum of the ledger is ConnectWise's, and there is something under each."""
    books_agree(tied.differences == [], (company, tied.differences[:10]))
    assert tied.documents == INVOICES_OF_A_TENANT / 2
    assert tied.adjustments == 0
    for sums in (tied.by_account, tied.by_tax_code, tied.tax_by_code, tied.by_receivable, tied.by_currency):
        assert all(connectwise == ledger != 0 for connectwise, ledger in sums.values()), (company, sums)
    assert len(tied.by_account) >= 4
    assert set(tied.by_tax_code) >= TAX_CODES[company]
    assert set(tied.tax_by_code) == TAXED[company]
    assert {name.split()[0] for name in tied.by_receivable} == {"610"}


async def other_peoples_clients_read_the_same(world: World) -> None:
    expected: dict[str, dict[str, ReadBack]] = {}
    for each in world.documents:
        of_organisation = expected.setdefault(organisation_of(world, each), {})
        of_organisation[each["number"]] = ReadBack(abs(each["tax"]), abs(each["total"]))
    read: dict[str, dict[str, ReadBack]] = {}
    month = world.scene.month
    xero, quickbooks = world.scene.ledger("xero"), world.scene.ledger("qbo")
    for organisation in month.xero["organisations"]:
        identifier = organisation["tenantId"]
        read[identifier] = by_xero_python(xero.url, await xero_token(xero.url, month), identifier)
    for company in month.qbo["companies"]:
        read[company["realmId"]] = by_python_quickbooks(quickbooks.url, company["access_token"], company["realmId"])
    assert read == expected


async def xero_token(url: str, month: Month) -> str:
    app = month.xero["app"]
    form = {"grant_type": "client_credentials", "scope": "accounting.invoices"}
    async with httpx.AsyncClient(base_url=url) as http:
        answer = await http.post("/connect/token", data=form, auth=(app["client_id"], app["client_secret"]))
    return str(answer.raise_for_status().json()["access_token"])


async def what_was_sent_is_described(world: World) -> None:
    numbers = [await sent_numbers(ledger) for ledger in world.scene.ledgers]
    assert set().union(*numbers) == {each["number"] for each in world.documents}
    for ledger in world.scene.ledgers:
        faults = await undescribed(ledger)
        assert faults == [], (ledger.name, faults[:10])


async def nothing_is_mailed(world: World) -> None:
    """ConnectWise sends the invoices; a ledger is never asked to."""
    for ledger in world.scene.ledgers:
        routes = (await ledger.read("calls"))["by_route"]
        assert not [route for route in routes if "email" in route.lower() or "/send" in route.lower()]
        for call in await written(ledger):
            assert "NeedToSend" not in call["request"]
            assert '"SentToContact":true' not in "".join(call["request"].split())


async def tokens_were_renewed_on_the_way(world: World) -> None:
    """And no record failed of it. QuickBooks' refresh tokens rotate with each renewal."""
    for ledger in world.scene.ledgers:
        assert (await ledger.read("calls"))["by_route"][TOKEN_CALLS[ledger.name]] > 1


def organisation_of(world: World, document: dict[str, Any]) -> str:
    (organisation,) = (
        str(each["organisation_id"])
        for each in world.scene.companies.values()
        if document["location_id"] in each["connectwise_locations"]
    )
    return organisation


def dollar_invoices(world: World) -> set[str]:
    """Of the British company; in the United States everybody pays in dollars."""
    invoices = world.scene.month.connectwise["entities"]["/finance/invoices"]
    return {each["invoiceNumber"] for each in invoices if each["taxCode"]["name"] == "EXPORT"}


def rates(records: Records, numbers: Iterable[str]) -> set[Decimal]:
    """At which rates of exchange the ledgers took some documents."""
    wanted = set(numbers)
    return {Decimal(each["document"]["currency_rate"]) for each in records if each["number"] in wanted}


def some_pay_in_dollars(month: Month) -> set[str]:
    """Every third client is billed in US dollars; the numbers of those invoices."""
    connectwise = month.connectwise["entities"]
    chosen = {each["id"] for each in connectwise["/company/companies"][::3]}
    of_them = [each for each in connectwise["/finance/invoices"] if each["company"]["id"] in chosen]
    for record in (*of_them, *(each for each in connectwise["/company/companies"] if each["id"] in chosen)):
        record["currency"] = DOLLAR
    numbers = {each["invoiceNumber"] for each in of_them}
    for document in month.expected["documents"]:
        if document["number"] in numbers:
            document["currency"] = "USD"
    for organisation in month.xero["organisations"]:
        organisation["Currencies"].append({"Code": "USD", "Description": "US Dollar"})
    for company in month.qbo["companies"]:
        take_dollars(company)
    return numbers


def take_dollars(company: dict[str, Any]) -> None:
    """Multicurrency is on, and a rate for dollars is kept since before the month."""
    company["Preferences"]["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    company["CompanyCurrency"] = [{"Id": "1", "Code": "USD", "Name": "United States Dollar", "Active": True}]
    company["ExchangeRate"] = [{"SourceCurrencyCode": "USD", "AsOfDate": "2026-09-01", "Rate": RATE}]
