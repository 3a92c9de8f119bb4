"""One QuickBooks in process, without sockets; every test gets an app and companies of its own."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.qbo.cli import build_gateway

collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else ["test_qbo_sim_reference.py"]

ROCK, PUMP, STOCK, OLD_ITEM, LABOUR = "11", "12", "13", "14", "15"
ABC, GONE, BOLT = "1", "2", "3"


def _account(account_id: str, name: str, kind: str, sub_kind: str = "") -> dict[str, Any]:
    return {"Id": account_id, "Name": name, "AccountType": kind, "AccountSubType": sub_kind}


def _rate(rate_id: str, name: str, percent: str) -> dict[str, Any]:
    return {"Id": rate_id, "Name": name, "RateValue": Decimal(percent), "AgencyRef": {"value": "1"}}


def _code(code_id: str, name: str, *rates: str | tuple[str, str, int]) -> dict[str, Any]:
    details = [rate if isinstance(rate, tuple) else (rate, "TaxOnAmount", 0) for rate in rates]
    return {
        "Id": code_id,
        "Name": name,
        "Taxable": True,
        "TaxGroup": True,
        "SalesTaxRateList": {
            "TaxRateDetail": [
                {"TaxRateRef": {"value": rate_id}, "TaxTypeApplicable": applies, "TaxOrder": order}
                for rate_id, applies, order in details
            ]
        },
        "PurchaseTaxRateList": {"TaxRateDetail": []},
    }


def company(realm_id: str, **more: Any) -> dict[str, Any]:
    """A US company with manual sales tax and custom document numbers."""
    income = {"IncomeAccountRef": {"value": "79"}}
    preferences = {
        "AccountingInfoPrefs": {
            "ClassTrackingPerTxnLine": True,
            "TrackDepartments": True,
            "ClassTrackingPerTxn": False,
        },
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "AutoApplyCredit": False},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        "OtherPrefs": {"NameValue": []},
    }
    given = {
        "realmId": realm_id,
        "CompanyInfo": {"CompanyName": "Harbour IT", "Country": "US"},
        "Preferences": preferences,
        "TaxAgency": [{"Id": "1", "DisplayName": "Board"}],
        "TaxRate": [_rate("3", "California", "8"), _rate("4", "City", "0.75"), _rate("5", "County", "0.125")],
        "TaxCode": [_code("2", "California", "3"), _code("6", "Tucson", "3", "4", "5")],
        "Account": [
            _account("79", "Sales of Product Income", "Income", "SalesOfProductIncome"),
            _account("80", "Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
            _account("81", "Inventory Asset", "Other Current Asset", "Inventory"),
            _account("82", "Retainers", "Other Current Liability", "TrustAccountsLiabilities"),
            _account("4", "Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
            _account("86", "Discounts given", "Income", "DiscountsRefundsGiven"),
        ],
        "Term": [
            {"Id": "3", "Name": "Net 30", "Type": "STANDARD", "DueDays": 30},
            {"Id": "5", "Name": "20th", "Type": "DATE_DRIVEN", "DayOfMonthDue": 20, "DueNextMonthDays": 5},
        ],
        "Class": [{"Id": "500", "Name": "Managed"}, {"Id": "501", "Name": "Old", "Active": False}],
        "Department": [{"Id": "600", "Name": "North"}],
        "Employee": [{"Id": "9", "DisplayName": "Emily Platt"}],
        "Customer": [
            {
                "Id": ABC,
                "DisplayName": "Amy's Bird Sanctuary",
                "PrimaryEmailAddr": {"Address": "amy@example.com"},
                "BillAddr": {"Line1": "4581 Finch St.", "CountrySubDivisionCode": "CA", "PostalCode": "94326"},
            },
            {"Id": GONE, "DisplayName": "Gone", "Active": False},
            {"Id": BOLT, "DisplayName": "Bolt & Co", "Taxable": False},
        ],
        "Vendor": [{"Id": "7", "DisplayName": "Norton Lumber"}],
        "Item": [
            {"Id": ROCK, "Name": "Rock Fountain", "Type": "Service", "Taxable": True, **income},
            {"Id": PUMP, "Name": "Pump", "Type": "NonInventory", "Taxable": True, "Sku": "P-1", **income},
            {"Id": STOCK, "Name": "Router", "Type": "Inventory", "QtyOnHand": 5, **income},
            {"Id": OLD_ITEM, "Name": "Old (deleted)", "Type": "Service", "Active": False, **income},
            {"Id": LABOUR, "Name": "Labour", "Type": "Service", **income},
        ],
    }
    groups = more.pop("Preferences", {})
    for group, values in groups.items():
        preferences[group] = {**preferences.get(group, {}), **values}  # type: ignore[dict-item]
    return {**given, **more}


def au_company(realm_id: str, **more: Any) -> dict[str, Any]:
    """An Australian company: GST of 10 %, a free code, two rates, a compound and an old one; two currencies."""
    given = company(
        realm_id,
        CompanyInfo={"CompanyName": "Harbour IT", "Country": "AU"},
        Preferences={"CurrencyPrefs": {"HomeCurrency": {"value": "AUD"}}, **more.pop("Preferences", {})},
        TaxRate=[
            _rate("20", "GST", "10"),
            _rate("21", "Free", "0"),
            _rate("22", "Wine", "29"),
            _rate("23", "PST", "7"),
        ],
        TaxCode=[
            _code("10", "GST", "20"),
            _code("11", "GST free", "21"),
            _code("12", "GST and wine", "20", "22"),
            _code("13", "PST on GST", ("20", "TaxOnAmount", 1), ("23", "TaxOnAmountPlusTax", 2)),
            {**_code("14", "Old", "20"), "Active": False},
        ],
        CompanyCurrency=[{"Id": "1", "Code": "USD", "Name": "United States Dollar"}],
    )
    given["Customer"].append({"Id": "5", "DisplayName": "Yankee", "CurrencyRef": {"value": "AUD"}})
    return {**given, **more}


def line(amount: Any = "100", item: str = ROCK, text: str | None = None, **detail: Any) -> dict[str, Any]:
    """A sales line; a plain amount unless Qty and UnitPrice are given."""
    exact = {
        name: exact_json.loads(value) if isinstance(value, str) and name in ("Qty", "UnitPrice") else value
        for name, value in detail.items()
    }
    described = {} if text is None else {"Description": text}
    return {
        **described,
        "Amount": exact_json.loads(str(amount)),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}, **exact},
    }


def form(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An invoice or credit memo for ABC."""
    return {"CustomerRef": {"value": ABC}, "TxnDate": "2026-10-31", "Line": list(lines) or [line()], **fields}


class Qbo:
    """A client of one company; answers come with exact decimals."""

    line = staticmethod(line)
    form = staticmethod(form)

    def __init__(self, gateway: Gateway, http: httpx.AsyncClient, realm_id: str, app: dict[str, Any]) -> None:
        self.gateway, self.http, self.realm_id, self.app = gateway, http, realm_id, app
        self.access_token = f"access-{realm_id}"
        self.refresh_token = f"refresh-{realm_id}"

    async def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) or body is None else exact_json.dumps(body)
        headers = {"Authorization": f"Bearer {self.access_token}", "Accept": "application/json"}
        url = f"/v3/company/{self.realm_id}/{path}"
        return await self.http.request(method, url, content=content, headers=headers, params=query)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    async def post(self, kind: str, body: Any, **query: Any) -> Any:
        """Write an entity; what the answer shows of it."""
        answer = await self.call("POST", kind.lower(), body, **query)
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)[kind]

    async def invoice(self, *lines: dict[str, Any], **fields: Any) -> Any:
        return await self.post("Invoice", form(*lines, **fields))

    async def credit(self, *lines: dict[str, Any], **fields: Any) -> Any:
        return await self.post("CreditMemo", form(*lines, **fields))

    async def read(self, kind: str, entity_id: str) -> Any:
        return (await self.get(f"{kind.lower()}/{entity_id}"))[kind]

    async def refused(self, kind: str, body: Any, **query: Any) -> tuple[str, str]:
        """Code and detail of the fault that a write gets."""
        return fault(await self.call("POST", kind.lower(), body, **query))

    async def query(self, text: str) -> Any:
        return (await self.get("query", query=text))["QueryResponse"]

    async def query_refused(self, text: str) -> tuple[str, str]:
        return fault(await self.call("GET", "query", query=text))

    async def token(self, **form: str) -> httpx.Response:
        credentials = (self.app["client_id"], self.app["client_secret"])
        return await self.http.post("/oauth2/v1/tokens/bearer", data=form, auth=credentials)

    async def sim(self, path: str, body: Any) -> Any:
        answer = await self.http.post(f"/_sim/{path}", content=exact_json.dumps(body))
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    async def event(self, kind: str, **fields: Any) -> Any:
        return await self.sim("event", {"kind": kind, "realmId": self.realm_id, **fields})

    async def advance(self, seconds: float) -> None:
        await self.sim("clock", {"advance_s": seconds})


def fault(answer: httpx.Response) -> tuple[str, str]:
    """Code and detail of a service fault."""
    assert answer.status_code == 400, answer.text
    (error,) = answer.json()["Fault"]["Error"]
    return error["code"], error["Detail"]


def state_of(given: dict[str, Any], **app: Any) -> dict[str, Any]:
    """A data file with one company that brings its tokens along."""
    realm_id = given["realmId"]
    settings = {"client_id": f"app-{realm_id}", "client_secret": "secret", "verifier_token": "verifier", **app}
    settings.setdefault("realm_minute_limit", 100_000)
    settings.setdefault("realm_app_second_limit", 100_000)
    settings.setdefault("batch_minute_limit", 100)
    tokens = {"access_token": f"access-{realm_id}", "refresh_token": f"refresh-{realm_id}"}
    return {"format": "tieout-qbo/1", "app": settings, "companies": [{**given, **tokens}]}


@pytest.fixture
def gateway() -> Gateway:
    return build_gateway()


@pytest.fixture
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://qbo.test") as client:
        yield client


@pytest.fixture
def open_company(gateway: Gateway, http: httpx.AsyncClient) -> Callable[..., Qbo]:
    """Make a company, US unless ``made_by`` says otherwise, with an app of its own."""

    def make(made_by: Callable[..., dict[str, Any]] = company, app: dict[str, Any] | None = None, **more: Any) -> Qbo:
        realm_id = str(uuid.uuid4().int)[:16]
        state = state_of(made_by(realm_id, **more), **(app or {}))
        gateway.simulator.load(exact_json.loads(exact_json.dumps(state)))
        return Qbo(gateway, http, realm_id, state["app"])

    return make


@pytest.fixture
def qbo(open_company: Callable[..., Qbo]) -> Qbo:
    return open_company()


@pytest.fixture
def au(open_company: Callable[..., Qbo]) -> Qbo:
    return open_company(au_company)


@pytest.fixture
def companies() -> Any:
    """The factories, for tests that write files of their own."""
    return {"us": company, "au": au_company, "state_of": state_of}
