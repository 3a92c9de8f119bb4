"""Companies in Xero and in QuickBooks Online, in two countries, with clients who pay in dollars, posted in one run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest

from harness.world import World, statuses
from tieout_simulators.month import Month, build_volume
from tieout_standalone.demo.proof import held_in_ledgers, measure

LEDGERS = ("xero", "qbo-us", "qbo-au")
INVOICES = 45
QBO_CALLS_LIMIT = 2  # at so few documents the reading of lists weighs, and that of a rate for each day
RATE, XEROS_RATE = Decimal("1.5142"), Decimal("0.6604")
"""Of a US dollar: the QuickBooks company's own in Australian ones, and the other way round what Xero takes that day."""
DOLLAR = {"id": 1, "currencyCode": "USD", "currencyIdentifier": "USD", "name": "US dollar", "numberOfDecimals": 2}


@pytest.mark.end_to_end
@pytest.mark.postgres
async def test_each_companys_documents_are_in_its_own_ledger_once_and_exact_to_the_cent_I1_I3_F108_F118_F122(
    new_postgres_world: Callable[..., AbstractContextManager[World]],
) -> None:
    month = build_volume(INVOICES, 6, organisations=3, ledger=LEDGERS)
    foreign = some_pay_in_dollars(month)
    with new_postgres_world(month) as world:
        world.installation.start()
        await world.configure()
        records = await world.run_to_rest()

        assert statuses(records) == {"batched": INVOICES}
        await world.once_and_only_once()
        await world.exact(records)
        organisation_of = {
            location: each["organisation_id"]
            for each in world.scene.companies.values()
            for location in each["connectwise_locations"]
        }
        held = {each.number: each.organisation for each in await held_in_ledgers(world.scene)}
        assert held == {each["number"]: organisation_of[each["location_id"]] for each in world.documents}
        currencies = await currencies_held(world)
        assert {number for number, currency in currencies.items() if currency == "USD"} >= foreign
        rates = {Decimal(record["document"]["currency_rate"]) for record in records if record["number"] in foreign}
        assert rates == {RATE, XEROS_RATE}
        calls = (await measure(world.scene, records, wall_s=0))["calls"]["qbo"]["total"]
        assert calls / (INVOICES * 2 / 3) <= QBO_CALLS_LIMIT, calls

        await world.run_to_rest()
        await world.once_and_only_once()


def some_pay_in_dollars(month: Month) -> set[str]:
    """Every third client of the Australian companies is billed in US dollars; the numbers of those invoices."""
    connectwise = month.connectwise["entities"]
    paying = [each["id"] for each in connectwise["/company/companies"] if each["currency"]["currencyCode"] == "AUD"]
    chosen = set(paying[::3])
    of_them = [each for each in connectwise["/finance/invoices"] if each["company"]["id"] in chosen]
    for record in (*of_them, *(each for each in connectwise["/company/companies"] if each["id"] in chosen)):
        record["currency"] = DOLLAR
    for organisation in month.xero["organisations"]:
        organisation["Currencies"].append({"Code": "USD", "Description": "US Dollar"})
    for company in month.qbo["companies"]:
        if company["CompanyInfo"]["Country"] == "AU":
            take_dollars(company)
    return {each["invoiceNumber"] for each in of_them}


def take_dollars(company: dict[str, Any]) -> None:
    """Multicurrency is on, and a rate for dollars is kept since before the month."""
    company["Preferences"]["CurrencyPrefs"]["MultiCurrencyEnabled"] = True
    company["CompanyCurrency"] = [{"Id": "1", "Code": "USD", "Name": "United States Dollar", "Active": True}]
    company["ExchangeRate"] = [{"SourceCurrencyCode": "USD", "AsOfDate": "2026-09-01", "Rate": RATE}]


async def currencies_held(world: World) -> dict[str, str | None]:
    return {each.number: each.currency for each in await held_in_ledgers(world.scene)}
