"""Several currencies."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

D = Decimal
GST = {"TaxCodeRef": {"value": "10"}}
SEVERAL = {"CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "AUD"}}}


@pytest.fixture
def au(open_company: Callable[..., Any], companies: dict[str, Callable[..., Any]]) -> Any:
    def with_rates(realm_id: str) -> dict[str, Any]:
        given: dict[str, Any] = companies["au"](realm_id, Preferences=SEVERAL)
        given["Customer"].append({"Id": "8", "DisplayName": "Dollar Inc", "CurrencyRef": {"value": "USD"}})
        given["ExchangeRate"] = [
            {"SourceCurrencyCode": "USD", "TargetCurrencyCode": "AUD", "AsOfDate": "2026-10-01", "Rate": D("1.5")},
            {"SourceCurrencyCode": "USD", "TargetCurrencyCode": "AUD", "AsOfDate": "2026-10-15", "Rate": D("1.53")},
        ]
        return given

    return open_company(with_rates)


def dollars(au: Any, **fields: Any) -> dict[str, Any]:
    customer = {"CustomerRef": {"value": "8"}, "CurrencyRef": {"value": "USD"}}
    return {**au.form(au.line("100", **GST)), **customer, **fields}


async def test_the_rate_is_1_where_none_is_sent_and_that_is_a_trap(au: Any) -> None:
    made = await au.post("Invoice", dollars(au))
    assert (made["ExchangeRate"], made["HomeTotalAmt"]) == (1, 110)


async def test_home_totals_follow_the_rate_and_payments(au: Any) -> None:
    made = await au.post("Invoice", dollars(au, ExchangeRate=D("1.5333")))
    assert (made["TotalAmt"], made["HomeTotalAmt"], made["HomeBalance"]) == (110, D("168.66"), D("168.66"))
    assert made["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    await au.event("add_payment", Id=made["Id"], Amount=10)
    assert (await au.read("Invoice", made["Id"]))["HomeBalance"] == D("153.33")


async def test_the_currency_is_required_known_and_the_customers(au: Any) -> None:
    without = dollars(au)
    del without["CurrencyRef"]
    assert (await au.refused("Invoice", without))[0] == "2020"
    assert (await au.refused("Invoice", dollars(au, CurrencyRef={"value": "EUR"})))[0] == "2220"
    assert (await au.refused("Invoice", dollars(au, CurrencyRef={"value": "AUD"})))[0] == "6000"
    assert (await au.refused("Invoice", dollars(au, ExchangeRate=-1)))[0] == "2090"


async def test_the_home_currency_has_no_rate_of_its_own(au: Any) -> None:
    made = await au.invoice(au.line("100", **GST), CurrencyRef={"value": "AUD"}, ExchangeRate=2)
    assert (made["ExchangeRate"], made["HomeTotalAmt"]) == (1, 110)


async def test_a_customers_currency_is_fixed(au: Any) -> None:
    made = await au.post("Customer", {"DisplayName": "Buck", "CurrencyRef": {"value": "USD"}})
    other = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "AUD"}}
    assert (await au.refused("Customer", other))[0] == "6000"
    same = await au.post("Customer", {**other, "CurrencyRef": {"value": "USD"}})
    assert same["CurrencyRef"]["value"] == "USD"


async def test_a_payment_must_be_in_the_forms_currency(au: Any) -> None:
    made = await au.post("Invoice", dollars(au))
    line = {"Amount": 10, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}
    sent = {"CustomerRef": {"value": "8"}, "TotalAmt": 10, "Line": [line]}
    assert (await au.refused("Payment", sent))[0] == "2020"
    assert (await au.post("Payment", {**sent, "CurrencyRef": {"value": "USD"}}))["UnappliedAmt"] == 0


async def test_exchange_rates_are_read_as_of_a_day(au: Any) -> None:
    async def rate(**query: str) -> Any:
        return (await au.get("exchangerate", **query))["ExchangeRate"]["Rate"]

    assert await rate(sourcecurrencycode="USD", asofdate="2026-10-14") == D("1.5")
    assert await rate(sourcecurrencycode="USD", asofdate="2026-11-30") == D("1.53")
    early = await au.call("GET", "exchangerate", sourcecurrencycode="USD", asofdate="2026-01-01")
    assert early.json()["Fault"]["Error"][0]["code"] == "610"
    garbled = await au.call("GET", "exchangerate", sourcecurrencycode="USD", asofdate="then")
    assert garbled.json()["Fault"]["Error"][0]["code"] == "2060"
    unknown = await au.call("GET", "exchangerate", sourcecurrencycode="EUR")
    assert unknown.json()["Fault"]["Error"][0]["code"] == "2220"
    assert (await au.query("SELECT * FROM ExchangeRate WHERE SourceCurrencyCode = 'USD'"))["maxResults"] == 2
    assert (await au.query("SELECT * FROM CompanyCurrency"))["CompanyCurrency"][0]["Code"] == "USD"


async def test_without_several_currencies_only_the_home_one_is_taken(qbo: Any) -> None:
    made = await qbo.invoice(CurrencyRef={"value": "USD"}, ExchangeRate=1)
    assert "ExchangeRate" not in made
    assert (await qbo.refused("Invoice", qbo.form(CurrencyRef={"value": "EUR"})))[0] == "2220"
