"""A volume for QuickBooks Online: its simulator takes it in and makes ConnectWise's totals of every invoice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tieout_simulators.connectwise.simulator import ConnectWise
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.exact_json import dumps, loads
from tieout_simulators.month import Month, build_volume
from tieout_simulators.month.cli import main
from tieout_simulators.qbo.cli import build_gateway

LEDGERS = ("qbo-us", "qbo-au")
CENT = Decimal("0.01")
UNLIMITED = {"realm_minute_limit": 100_000, "realm_app_second_limit": 100_000}


@pytest.fixture(scope="module", params=LEDGERS)
def month(request: pytest.FixtureRequest) -> Month:
    return build_volume(45, 6, 3, ledger=request.param)


@pytest.fixture(scope="module")
def american() -> Month:
    return build_volume(45, 6, 3, ledger="qbo-us")


@pytest.fixture
async def http(month: Month) -> AsyncIterator[httpx.AsyncClient]:
    gateway = build_gateway()
    state = loads(dumps(month.qbo))
    gateway.simulator.load({**state, "app": {**state["app"], **UNLIMITED}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=gateway), base_url="http://qbo.test") as client:
        yield client


@dataclass
class Writer:
    """An honest writer of one company: it makes the customers and items it lacks, and posts what the GL export says."""

    http: httpx.AsyncClient
    company: dict[str, Any]
    settings: dict[str, Any]
    prices: dict[int, Decimal]

    def __post_init__(self) -> None:
        self.customers = {each["DisplayName"]: each["Id"] for each in self.company["Customer"]}
        self.items = {each["Name"]: each["Id"] for each in self.company["Item"]}
        self.accounts = {each["AcctNum"]: each["Id"] for each in self.company["Account"]}
        self.departments = {each["Name"]: each["Id"] for each in self.company["Department"]}
        self.classes = {each["Name"]: each["Id"] for each in self.company["Class"]}
        self.tax_codes = {
            rule["connectwise_tax_code"]: rule["ledger_tax_code"] for rule in self.settings["tax"]["rules"]
        }
        self.is_american = self.company["CompanyInfo"]["Country"] == "US"

    async def invoice(self, exported: dict[str, Any]) -> dict[str, Any]:
        lines = [await self._line(line) for line in exported["detail"] if line["glTypeId"] != "ST"]
        location = exported["glClass"].split(":")[0]
        body = {
            "DocNumber": exported["documentNumber"],
            "TxnDate": exported["documentDate"][:10],
            "CustomerRef": {"value": await self._customer(exported["company"]["name"])},
            "DepartmentRef": {"value": self.departments[location]},
            "Line": lines,
        }
        if self.is_american:
            body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": self.tax_codes[exported["taxCode"]["name"]]}}
        else:
            body["GlobalTaxCalculation"] = "TaxExcluded"
        return await self._post("Invoice", body)

    async def _line(self, line: dict[str, Any]) -> dict[str, Any]:
        amount, quantity = -line["total"], -line["quantity"]
        price = self.prices.get(line.get("product", {}).get("id", 0), line["itemPrice"])
        fits = (quantity * price).quantize(CENT, ROUND_HALF_UP) == amount
        item = await self._item(line["glItemId"], line["accountNumber"])
        detail = {
            "ItemRef": {"value": item},
            "ClassRef": {"value": self.classes[line["glClass"].split(":")[1]]},
            "TaxCodeRef": {"value": self._line_tax(line)},
            **({"Qty": quantity, "UnitPrice": price} if fits else {}),
        }
        return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}

    def _line_tax(self, line: dict[str, Any]) -> str:
        if not line["taxableFlag"]:
            return str(self.settings["tax"]["untaxed"])
        return "TAX" if self.is_american else str(self.tax_codes[line["taxCode"]["name"]])

    async def _customer(self, name: str) -> str:
        if name not in self.customers:
            self.customers[name] = (await self._post("Customer", {"DisplayName": name}))["Id"]
        return str(self.customers[name])

    async def _item(self, code: str, account: str) -> str:
        if code not in self.items:
            income = {"IncomeAccountRef": {"value": self.accounts[account]}}
            self.items[code] = (await self._post("Item", {"Name": code, "Type": "Service", **income}))["Id"]
        return str(self.items[code])

    async def _post(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.company['access_token']}", "Accept": "application/json"}
        url = f"/v3/company/{self.company['realmId']}/{kind.lower()}"
        answer = await self.http.post(url, content=dumps(body), headers=headers)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = loads(answer.content)[kind]
        return made


def writers(month: Month, http: httpx.AsyncClient) -> dict[int, Writer]:
    """By ConnectWise location."""
    prices = {each["id"]: each["price"] for each in month.connectwise["entities"]["/procurement/products"]}
    companies = {each["realmId"]: each for each in month.qbo["companies"]}
    return {
        settings["connectwise_locations"][0]: Writer(http, companies[settings["organisation_id"]], settings, prices)
        for settings in month.expected["settings"]["companies"]
    }


async def test_quickbooks_makes_connectwise_s_total_and_tax_of_every_invoice(
    month: Month, http: httpx.AsyncClient
) -> None:
    by_location = writers(month, http)
    exported = {each["id"]: each for each in month.connectwise["gl_transactions"]}
    assert len(exported) == len(month.expected["documents"]) == 45
    for each in month.expected["documents"]:
        made = await by_location[each["location_id"]].invoice(exported[each["invoice_id"]])
        assert (made["DocNumber"], made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (
            each["number"],
            each["total"],
            each["tax"],
        )
        assert made["CurrencyRef"]["value"] == each["currency"]


def test_connectwise_s_simulator_takes_it_in_too(month: Month) -> None:
    simulator = ConnectWise(SimulatorClock())
    assert simulator.load(loads(dumps(month.connectwise)))["gl_transactions"] == 45


def test_settings_name_the_companies_and_tax_codes_that_are_there(month: Month) -> None:
    for settings, company in zip(month.expected["settings"]["companies"], month.qbo["companies"], strict=True):
        assert (settings["ledger"], settings["organisation_id"]) == ("qbo", company["realmId"])
        assert settings["ledger_connection"] == f"qbo-{settings['connectwise_locations'][0]}"
        tax = settings["tax"]
        named = {tax["untaxed"], tax["out_of_scope"], *(rule["ledger_tax_code"] for rule in tax["rules"])}
        assert named <= {code["Id"] for code in company["TaxCode"]}
        assert settings["adjustment"]["item_code"] in {item["Name"] for item in company["Item"]}
        assert settings["adjustment"]["account"] in {account["AcctNum"] for account in company["Account"]}


def test_account_numbers_are_connectwise_s(month: Month) -> None:
    used = {
        line["accountNumber"]
        for transaction in month.connectwise["gl_transactions"]
        for line in (*transaction["detail"], transaction)
    }
    for company in month.qbo["companies"]:
        assert used <= {account["AcctNum"] for account in company["Account"] if account["Active"]}


def test_customers_and_items_that_are_there_are_some_of_connectwise_s(month: Month) -> None:
    customers = {each["name"] for each in month.connectwise["entities"]["/company/companies"]}
    codes = {each["identifier"] for each in month.connectwise["entities"]["/procurement/catalog"]}
    for company in month.qbo["companies"]:
        names = {each["DisplayName"] for each in company["Customer"]}
        assert names
        assert names < customers
        assert codes & {each["Name"] for each in company["Item"]}


def test_an_american_location_has_its_own_tax_in_both_systems(american: Month) -> None:
    levels = {
        each["identifier"]: each["levelOneRate"] for each in american.connectwise["entities"]["/finance/taxCodes"]
    }
    assert len(levels) == 3
    for settings, company in zip(american.expected["settings"]["companies"], american.qbo["companies"], strict=True):
        (rule,) = settings["tax"]["rules"]
        (rate,) = company["TaxRate"]
        assert rate["RateValue"] == levels[rule["connectwise_tax_code"]]


def test_no_american_record_names_australia_its_money_or_its_tax(american: Month) -> None:
    written = dumps([american.connectwise, american.qbo, american.expected])
    for word in (b'"AUD"', b'"GST"', b'"Australia"', b".com.au", b'"NSW"', b'"AU"'):
        assert word not in written
    currencies = {each["currency"]["currencyCode"] for each in american.connectwise["entities"]["/finance/invoices"]}
    assert currencies == {"USD"}


@pytest.mark.parametrize("ledger", LEDGERS)
def test_the_same_seed_gives_the_same_volume_for_quickbooks(ledger: Any) -> None:
    one, same, other = (build_volume(6, 3, 2, seed, ledger) for seed in (7, 7, 8))
    assert dumps([one.connectwise, one.qbo, one.expected]) == dumps([same.connectwise, same.qbo, same.expected])
    assert one.connectwise["gl_transactions"] != other.connectwise["gl_transactions"]


def test_the_files_of_a_month_are_those_of_its_ledger(american: Month, tmp_path: Path) -> None:
    assert american.xero == {}
    assert [path.name for path in american.write(tmp_path)] == ["connectwise.json", "qbo.json", "expected.json"]
    assert loads((tmp_path / "qbo.json").read_bytes()) == american.qbo


def test_the_command_writes_a_volume_for_quickbooks(tmp_path: Path) -> None:
    wanted = ["--seed", "3", "--out", str(tmp_path), "--invoices", "4", "--lines", "2", "--ledger", "qbo-au"]
    assert main(wanted) == 0
    assert loads((tmp_path / "qbo.json").read_bytes()) == build_volume(4, 2, seed=3, ledger="qbo-au").qbo


def test_the_command_has_no_demo_month_for_quickbooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--ledger", "qbo-us"])
    assert "--ledger goes with --invoices" in capsys.readouterr().err


def test_two_hundred_american_places_have_tax_codes_of_their_own() -> None:
    month = build_volume(1, 1, 200, ledger="qbo-us")
    tax_codes = month.connectwise["entities"]["/finance/taxCodes"]
    for key in ("id", "identifier"):
        assert len({each[key] for each in tax_codes}) == 200


def test_a_ledger_that_is_not_known_is_refused() -> None:
    unknown: Any = "sage"
    with pytest.raises(ValueError, match="ledger must be one of xero, xero-uk, qbo-us, qbo-au, not sage"):
        build_volume(1, 1, ledger=unknown)


def test_organisations_take_several_ledgers_in_turn() -> None:
    month = build_volume(8, 2, 4, ledger=("xero", "qbo-us", "qbo-au"))
    companies = month.expected["settings"]["companies"]
    assert [each["ledger"] for each in companies] == ["xero", "qbo", "qbo", "xero"]
    assert list(month.ledgers) == ["xero", "qbo"]
    assert len(month.xero["organisations"]) == len(month.qbo["companies"]) == 2
    booked = [each["tenantId"] for each in month.xero["organisations"]]
    booked += [each["realmId"] for each in month.qbo["companies"]]
    assert sorted(booked) == sorted(each["organisation_id"] for each in companies)
    assert {(each["location_id"], each["currency"]) for each in month.expected["documents"]} == {
        (101, "AUD"), (102, "USD"), (103, "AUD"), (104, "AUD"),
    }  # fmt: skip
    ConnectWise(SimulatorClock()).load(month.connectwise)


def test_no_ledger_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="ledger must be one of"):
        build_volume(1, 1, ledger=())
