"""A volume in the United Kingdom: standard rate, zero-rated, exempt, reverse charge, and a client who pays dollars."""

from collections import Counter
from decimal import Decimal

import pytest

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.exact_json import dumps, loads
from tieout_simulators.month import Month, build_volume
from tieout_simulators.xero.simulator import XeroSimulator


@pytest.fixture(scope="module")
def british() -> Month:
    return build_volume(240, 3, 1, ledger="xero-uk", credits_every=10)


def test_customers_have_positions_of_their_own_and_only_the_standard_rate_makes_tax(british: Month) -> None:
    taxes: dict[str, set[bool]] = {}
    for transaction in british.connectwise["gl_transactions"]:
        taxes.setdefault(transaction["taxCode"]["name"], set()).add(bool(transaction["salesTax"]))
    assert taxes == {"VAT20": {True}, "VAT0": {False}, "RC20": {False}, "EXPORT": {False}}
    lines = [line for each in british.connectwise["gl_transactions"] for line in each["detail"]]
    assert any(line["glTypeId"] == "RP" and not line["taxableFlag"] for line in lines)  # exempt


def test_the_client_abroad_pays_in_dollars_and_everybody_else_in_pounds(british: Month) -> None:
    invoices = british.connectwise["entities"]["/finance/invoices"]
    currencies = {(each["taxCode"]["name"] == "EXPORT", each["currency"]["currencyCode"]) for each in invoices}
    assert currencies == {(True, "USD"), (False, "GBP")}
    assert {each["currency"] for each in british.expected["documents"]} == {"USD", "GBP"}
    kept = british.connectwise["entities"]["/finance/currencies"]
    assert [each["currencyIdentifier"] for each in kept] == ["GBP", "USD"]


def test_every_tenth_document_is_a_credit_memo(british: Month) -> None:
    kinds = Counter(each["kind"] for each in british.expected["documents"])
    assert kinds == {"invoice": 216, "credit_memo": 24}


def test_xero_has_a_rate_for_every_mapped_code_that_may_stand_on_revenue(british: Month) -> None:
    simulator = XeroSimulator(SimulatorClock())
    simulator.load(loads(dumps(british.xero)))
    (books,) = simulator.books.values()
    tax = british.expected["settings"]["companies"][0]["tax"]
    mapped = {rule["connectwise_tax_code"]: rule["ledger_tax_code"] for rule in tax["rules"]}
    codes = {*mapped.values(), *(rule["ledger_tax_code"] for rule in tax["zeros"]), tax["out_of_scope"]}
    assert all(books.chart.tax_rates[code].shape["CanApplyToRevenue"] for code in codes)
    assert books.chart.tax_rates[mapped["VAT20"]].rate == Decimal(20)
    assert {books.chart.tax_rates[code].rate for code in codes - {mapped["VAT20"]}} == {0}
    assert {account.shape["TaxType"] for account in books.chart.accounts.values()} <= set(books.chart.tax_rates)
    assert [each["Code"] for each in simulator.dump()["organisations"][0]["Currencies"]] == ["GBP", "USD"]
