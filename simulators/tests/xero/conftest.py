"""One Xero over real sockets; every test gets an app and an organisation of its own."""

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tieout_simulators.frame import exact_json
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import serving_in_thread
from tieout_simulators.xero.cli import build_gateway

collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else ["test_xero_openapi.py"]

API = "/api.xro/2.0"
ABC, GONE = "0c0a0000-0000-4000-8000-0000000000ab", "0c0a0000-0000-4000-8000-0000000000cd"
REVENUE_ONLY = {"CanApplyToExpenses": False}
COSTS_ONLY = {"CanApplyToRevenue": False}


def _rate(name: str, tax_type: str, *rates: str, **more: Any) -> dict[str, Any]:
    components = [
        {"Name": f"Part {index}", "Rate": exact_json.loads(rate), "IsCompound": False, "IsNonRecoverable": False}
        for index, rate in enumerate(rates)
    ]
    return {"Name": name, "TaxType": tax_type, "ReportTaxType": "OUTPUT", "TaxComponents": components, **more}


def organisation(tenant_id: str) -> dict[str, Any]:
    """A New Zealand company with a small chart of accounts, two contacts and three items."""
    compound = _rate("GST then levy", "TAX001", "5", "9.5")
    compound["TaxComponents"][1]["IsCompound"] = True
    return {
        "tenantId": tenant_id,
        "Organisation": {"Name": "Demo Company (NZ)", "BaseCurrency": "NZD", "CountryCode": "NZ", "Version": "NZ"},
        "Currencies": [
            {"Code": "NZD", "Description": "New Zealand Dollar"},
            {"Code": "USD", "Description": "US Dollar"},
        ],
        "TaxRates": [
            _rate("15% GST on Income", "OUTPUT2", "15", **REVENUE_ONLY),
            _rate("15% GST on Expenses", "INPUT2", "15", **COSTS_ONLY),
            _rate("No GST", "ZERORATED", "0"),
            _rate("Two parts", "TAX002", "5", "9.975"),
            _rate("Old", "TAX009", "12.5", Status="DELETED"),
            compound,
        ],
        "Accounts": [
            {"Code": "090", "Name": "Cheque", "Type": "BANK", "TaxType": "NONE", "CurrencyCode": "NZD"},
            {"Code": "200", "Name": "Sales", "Type": "REVENUE", "TaxType": "OUTPUT2"},
            {"Code": "260", "Name": "Old sales", "Type": "REVENUE", "TaxType": "OUTPUT2", "Status": "ARCHIVED"},
            {"Code": "400", "Name": "Advertising", "Type": "EXPENSE", "TaxType": "INPUT2"},
            {"Code": "610", "Name": "Receivable", "Type": "CURRENT", "TaxType": "NONE", "SystemAccount": "DEBTORS"},
            {"Code": "630", "Name": "Stock", "Type": "INVENTORY", "TaxType": "NONE"},
            {"Code": "860", "Name": "Rounding", "Type": "EXPENSE", "TaxType": "NONE", "SystemAccount": "ROUNDING"},
        ],
        "TrackingCategories": [
            {"Name": "Location", "Options": [{"Name": "North"}, {"Name": "South", "Status": "ARCHIVED"}]},
            {"Name": "Segment", "Options": [{"Name": "Managed"}, {"Name": "Project"}]},
            {"Name": "Team", "Options": [{"Name": "A"}]},
            {"Name": "Closed", "Status": "ARCHIVED", "Options": [{"Name": "X"}]},
        ],
        "Contacts": [
            {"ContactID": ABC, "Name": "ABC Limited", "ContactNumber": "CW-19", "AccountNumber": "ABC01"},
            {"ContactID": GONE, "Name": "Gone Limited", "ContactNumber": "CW-20", "ContactStatus": "ARCHIVED"},
        ],
        "Items": [
            {
                "Code": "LAB",
                "Name": "Labour",
                "Description": "Labour, hourly",
                "SalesDetails": {"UnitPrice": 95, "AccountCode": "200", "TaxType": "OUTPUT2"},
            },
            {"Code": "PLAIN", "Name": "Plain"},
            {
                "Code": "STOCK",
                "Name": "Tracked",
                "InventoryAssetAccountCode": "630",
                "PurchaseDetails": {"COGSAccountCode": "400"},
                "SalesDetails": {"UnitPrice": 10, "AccountCode": "200", "TaxType": "OUTPUT2"},
                "QuantityOnHand": 3,
            },
        ],
    }


def line(unit_amount: Any = "25.06", **fields: Any) -> dict[str, Any]:
    """A complete line of one piece."""
    plain = {"Description": "Product", "Quantity": 1, "UnitAmount": exact_json.loads(str(unit_amount))}
    return {**plain, "AccountCode": "200", "TaxType": "OUTPUT2", **fields}


def invoice(number: str | None = "INV-100", *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An invoice that can be approved."""
    head = {"Type": "ACCREC", "Contact": {"ContactID": ABC}, "Date": "2026-01-31", "DueDate": "2026-02-28"}
    numbered = {} if number is None else {"InvoiceNumber": number}
    return {**head, **numbered, "LineAmountTypes": "Exclusive", "LineItems": list(lines) or [line()], **fields}


def credit_note(number: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A credit note that can be approved."""
    head = {"Type": "ACCRECCREDIT", "Contact": {"ContactID": ABC}, "Date": "2026-01-31"}
    return {**head, "CreditNoteNumber": number, "LineItems": list(lines) or [line()], **fields}


class Xero:
    """A client of one organisation; answers come with exact decimals."""

    line = staticmethod(line)
    invoice = staticmethod(invoice)
    credit_note = staticmethod(credit_note)
    contact_id, archived_contact_id = ABC, GONE

    def __init__(self, url: str, gateway: Gateway, http: httpx.Client, tenant_id: str, app: dict[str, Any]) -> None:
        self.url, self.gateway, self.http, self.tenant_id, self.app = url, gateway, http, tenant_id, app
        self.log_in()

    def log_in(self) -> None:
        token = self.token(grant_type="client_credentials").json()["access_token"]
        self.headers = {
            "Authorization": f"Bearer {token}",
            "xero-tenant-id": self.tenant_id,
            "Accept": "application/json",
        }

    def token(self, **form: str) -> httpx.Response:
        return self.http.post("/connect/token", data=form, auth=(self.app["client_id"], self.app["client_secret"]))

    def call(self, method: str, path: str, body: Any = None, key: str | None = None, **query: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) or body is None else exact_json.dumps(body)
        headers = {**self.headers, **({} if key is None else {"Idempotency-Key": key})}
        return self.http.request(method, f"{API}/{path}", content=content, headers=headers, params=query)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)[path.partition("/")[0].replace("Organisation", "Organisations")]

    def write(self, method: str, collection: str, *elements: Any, **query: Any) -> list[dict[str, Any]]:
        """Write with ``summarizeErrors=false``; the answer's elements in the order they were sent."""
        asked = {"summarizeErrors": "false", **query}
        answer = self.call(method, collection, {collection: list(elements)}, **asked)
        assert answer.status_code == 200, answer.text
        shapes: list[dict[str, Any]] = exact_json.loads(answer.content)[collection]
        if len(shapes) > 1:
            half = len(shapes) // 2
            shapes[1::2], shapes[0::2] = shapes[:half], shapes[half:]
        return shapes

    def put(self, *invoices: Any, **query: Any) -> list[dict[str, Any]]:
        return self.write("PUT", "Invoices", *invoices, **query)

    def post(self, *invoices: Any, **query: Any) -> list[dict[str, Any]]:
        return self.write("POST", "Invoices", *invoices, **query)

    def refusals(self, *invoices: Any, **query: Any) -> list[str]:
        """What is said against the first of the invoices when it is created."""
        return messages(self.put(*invoices, **query)[0])

    def sim(self, path: str, body: Any) -> Any:
        answer = self.http.post(f"/_sim/{path}", content=exact_json.dumps(body))
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    def event(self, kind: str, **fields: Any) -> Any:
        return self.sim("event", {"kind": kind, "tenantId": self.tenant_id, **fields})

    def advance(self, seconds: float) -> None:
        self.sim("clock", {"advance_s": seconds})


def messages(element: dict[str, Any]) -> list[str]:
    """The validation messages of an element."""
    return [error["Message"] for error in element.get("ValidationErrors", [])]


@pytest.fixture(scope="session")
def xero_server() -> Iterator[tuple[str, Gateway, httpx.Client]]:
    gateway = build_gateway()
    with serving_in_thread(gateway) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield url, gateway, client


@pytest.fixture
def open_books(xero_server: tuple[str, Gateway, httpx.Client]) -> Iterator[Callable[..., Xero]]:
    """Make a new app with limits of one's own, and an organisation for it."""
    url, gateway, client = xero_server

    def make(**app: Any) -> Xero:
        tenant_id = str(uuid.uuid4())
        settings = {"client_id": uuid.uuid4().hex, "client_secret": "secret", "minute_limit": 100_000, **app}
        settings.setdefault("day_limit", 1_000_000)
        state = {"format": "tieout-xero/1", "app": settings, "organisations": [organisation(tenant_id)]}
        gateway.simulator.load(state)
        return Xero(url, gateway, client, tenant_id, settings)

    yield make
    client.delete("/_sim/faults")
    client.post("/_sim/latency", json={"ms": 0})


@pytest.fixture
def xero(open_books: Callable[..., Xero]) -> Xero:
    return open_books()
