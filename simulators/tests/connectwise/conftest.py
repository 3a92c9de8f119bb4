"""A small book of invoices, and a ConnectWise that serves it over real sockets."""

import os
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tieout_simulators.connectwise.cli import new_gateway
from tieout_simulators.frame import exact_json
from tieout_simulators.frame.server import serving_in_thread

collect_ignore = [] if os.environ.get("TIEOUT_REFERENCE_DIR") else ["test_connectwise_reference.py"]

SERVER = {
    "company_id": "acme",
    "public_key": "pub",
    "private_key": "priv",
    "client_id": "11111111-2222-3333-4444-555555555555",
    "codebase": "v2025_1/",
    "version": "v2025.1.10333",
}
GBP = {"id": 7, "currencyCode": "GBP", "currencyIdentifier": "GBP", "numberOfDecimals": 2, "name": "Pound sterling"}
TERMS = {"id": 12, "name": "20 days"}
VAT = {"id": 16, "name": "VAT20"}
COMPANY = {"id": 19, "identifier": "OAKHILL", "name": "Oak Hill Dental"}
SITE = {"id": 101, "name": "Main"}


class Book:
    """A data file, filled one invoice at a time. GL entry ids count up from 5001."""

    def __init__(self) -> None:
        self._next_entry_id = 5001
        self.file: dict[str, Any] = {
            "format": "tieout-connectwise/1",
            "server": dict(SERVER),
            "entities": {
                "/company/companies": [
                    {
                        **COMPANY,
                        "accountNumber": "OAK01",
                        "deletedFlag": False,
                        "city": None,
                        "types": [{"id": 1, "name": "Client"}],
                    },
                    {
                        "id": 20,
                        "identifier": "ELMCO",
                        "name": "Elm & Co",
                        "accountNumber": "ELM01",
                        "deletedFlag": False,
                    },
                ],
                "/company/companies/{id}/sites": {"19": [{"id": 101, "name": "Main", "city": "Leeds"}]},
                "/company/contacts": [
                    {
                        "id": 301,
                        "firstName": "Ada",
                        "company": COMPANY,
                        "communicationItems": [
                            {"id": 1, "value": "ada@oak.example", "communicationType": "Email", "defaultFlag": True},
                            {"id": 2, "value": "555", "communicationType": "Phone"},
                        ],
                    },
                    {
                        "id": 302,
                        "firstName": "Bob",
                        "company": COMPANY,
                        "communicationItems": [{"id": 3, "value": "ada@oak.example", "communicationType": "Phone"}],
                    },
                ],
                "/finance/invoices": [],
                "/finance/billingTerms": [{**TERMS, "dueDays": 20, "termsXref": "20"}],
                "/finance/billingStatuses": [
                    {"id": 1, "name": "New", "closedFlag": False},
                    {"id": 13, "name": "Closed", "closedFlag": True},
                ],
                "/finance/taxCodes": [
                    {
                        "id": 16,
                        "identifier": "VAT20",
                        "description": "VAT 20 %",
                        "invoiceCaption": "VAT",
                        "effectiveDate": "2020-01-01T00:00:00Z",
                        "levelOneRate": Decimal("20.000000"),
                        "levelOneTaxCodeXref": "VAT20",
                    }
                ],
                "/finance/currencies": [{"id": 7, "currencyIdentifier": "GBP", "name": "Pound sterling"}],
                "/expense/paymentTypes": [
                    {"id": 3, "name": "Company Visa", "classification": {"id": 2, "name": "Non-Reimbursable"}}
                ],
                "/finance/agreements": [{"id": 7, "name": "Gold", "company": COMPANY}],
                "/finance/agreements/{id}/additions": {
                    "7": [
                        {
                            "id": 71,
                            "quantity": Decimal("3.50"),
                            "product": {"id": 55, "identifier": "SW-24"},
                            "unitPrice": Decimal("0.0125"),
                            "billCustomer": "Billable",
                        }
                    ]
                },
                "/procurement/products": [
                    {
                        "id": 900,
                        "catalogItem": {"id": 55, "identifier": "SW-24"},
                        "description": "Switch",
                        "billableOption": "Billable",
                        "invoice": {"id": 1, "identifier": "40001"},
                    }
                ],
                "/procurement/catalog": [
                    {
                        "id": 55,
                        "identifier": "SW-24",
                        "description": "Switch 24",
                        "customerDescription": "A switch of 24 ports",
                        "subcategory": {"id": 3, "name": "Network"},
                        "type": {"id": 2, "name": "Hardware"},
                        "price": 10,
                    }
                ],
                "/system/locations": [
                    {"id": 11, "name": "Leeds", "structureLevel": {"id": 2, "name": "Branch"}},
                    {"id": 12, "name": "Auckland", "structureLevel": {"id": 2, "name": "Branch"}},
                ],
                "/system/members": [
                    {"id": 21, "identifier": "ARO", "firstName": "Ada", "licenseClass": "F", "inactiveFlag": False},
                    {"id": 22, "identifier": "BLI", "firstName": "Ben", "licenseClass": "X", "inactiveFlag": True},
                ],
                "/expense/types": [{"id": 5, "name": "Meals", "amountCaption": "Amount", "inactiveFlag": False}],
                "/system/info": {"version": "v2025.1.10333", "isCloud": False},
            },
            "gl_transactions": [],
            "gl_customers": [{"company": COMPANY, "site": SITE, "accountNumber": "OAK01", "billingTerms": TERMS}],
            "batches": [],
        }

    def invoice(
        self,
        invoice_id: int,
        lines: Sequence[str] = ("100.00",),
        tax: str = "20.00",
        *,
        closed: bool = True,
        date: str = "2025-04-25",
        location_id: int = 11,
        kind: str = "Standard",
        with_gl: bool = True,
    ) -> "Book":
        """Add an invoice numbered 40000 + id; its lines are what the customer owes before tax."""
        subtotal, tax_amount = sum(map(Decimal, lines), Decimal(0)), Decimal(tax)
        status = (
            {"id": 13, "name": "Closed", "isClosed": True} if closed else {"id": 1, "name": "New", "isClosed": False}
        )
        invoice = {
            "id": invoice_id,
            "invoiceNumber": str(40000 + invoice_id),
            "type": kind,
            "status": status,
            "company": COMPANY,
            "billToCompany": COMPANY,
            "shipToCompany": COMPANY,
            "billingSite": SITE,
            "billingTerms": TERMS,
            "date": f"{date}T00:00:00Z",
            "dueDate": "2025-05-15T00:00:00Z",
            "locationId": location_id,
            "location": {"id": location_id, "name": "Leeds"},
            "taxableFlag": True,
            "taxCode": VAT,
            "currency": GBP,
            "serviceTotal": subtotal,
            "subtotal": subtotal,
            "salesTax": tax_amount,
            "total": subtotal + tax_amount,
            "customerPO": None,
        }
        self.file["entities"]["/finance/invoices"].append(invoice)
        if with_gl:
            self.file["gl_transactions"].append(self.transaction(invoice, lines))
        return self

    def transaction(self, invoice: dict[str, Any], lines: Sequence[str]) -> dict[str, Any]:
        """The GL transaction of an invoice, with GL entry ids never given before: two AR, one per line, one ST."""
        date = invoice["date"].removesuffix("Z")
        receivables = [self._entry_id(), self._entry_id()]
        detail = [
            {
                "id": self._entry_id(),
                "documentDate": date,
                "documentType": "INVOICE",
                "accountNumber": "4000",
                "glTypeId": "RA",
                "memo": f"Line {position}",
                "quantity": -1,
                "total": -Decimal(amount),
                "itemPrice": Decimal(amount),
                "taxableFlag": True,
            }
            for position, amount in enumerate(lines, start=1)
        ]
        detail.append(
            {"id": self._entry_id(), "glTypeId": "ST", "accountNumber": "2200", "total": -invoice["salesTax"]}
        )
        return {
            "id": invoice["id"],
            "glTypeId": "AR",
            "documentDate": date,
            "documentNumber": invoice["invoiceNumber"],
            "documentType": "INVOICE",
            "description": "Accounts Receivable",
            "company": invoice["company"],
            "accountNumber": "1100",
            "glEntryIds": ",".join(map(str, receivables)),
            "dueDays": 20,
            "total": invoice["total"],
            "salesTax": invoice["salesTax"],
            "stateTax": invoice["salesTax"],
            "stateTaxXref": "VAT20",
            "taxLevels": [{"taxLevel": 1, "taxAmount": invoice["salesTax"], "taxCodeXref": "VAT20"}],
            "detail": detail,
        }

    def reissued(self, invoice_id: int, lines: Sequence[str] = ("100.00",)) -> dict[str, Any]:
        """A transaction of the same content as an invoice's, with other GL entry ids."""
        return self.transaction(
            next(each for each in self.file["entities"]["/finance/invoices"] if each["id"] == invoice_id), lines
        )

    def _entry_id(self) -> int:
        self._next_entry_id += 1
        return self._next_entry_id - 1


class Psa:
    """A caller with the right keys; answers are parsed with exact decimals."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.Client(
            base_url=base_url,
            auth=("acme+pub", "priv"),
            headers={
                "clientId": SERVER["client_id"],
                "Accept": "application/vnd.connectwise.com+json; version=2025.16",
            },
            timeout=10,
        )

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """A call below ``/v2025_1/apis/3.0``."""
        content = None if body is None else exact_json.dumps(body)
        return self.http.request(method, f"/v2025_1/apis/3.0{path}", content=content, **options)

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    def ids(self, path: str, **params: Any) -> list[int]:
        """The ids of a list."""
        return [each["id"] for each in self.get(path, **params)]

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """A control route that must succeed."""
        answer = self.http.request(method, f"/_sim{path}", content=None if body is None else exact_json.dumps(body))
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    def load(self, file: Any) -> Any:
        return self.sim("POST", "/load", file)

    def event(self, **event: Any) -> Any:
        return self.sim("POST", "/event", event)

    def export(self, *invoice_ids: int, **more: Any) -> Any:
        """The GL export of these unposted invoices (all, when none is named)."""
        answer = self.call(
            "POST",
            "/finance/accounting/export",
            {"exportInvoicesFlag": True, "includedInvoiceIds": list(invoice_ids), **more},
        )
        assert answer.status_code == 200, answer.text
        return exact_json.loads(answer.content)

    def entry_ids(self, invoice_id: int) -> list[int]:
        """Every GL entry id of an unposted invoice, as a batch needs them."""
        (transaction,) = self.export(invoice_id)["transactions"]
        return [*map(int, transaction["glEntryIds"].split(",")), *(line["id"] for line in transaction["detail"])]

    def batch(self, identifier: str | None, entry_ids: Sequence[int], **more: Any) -> httpx.Response:
        """Create a batch."""
        body = {
            "batchIdentifier": identifier,
            "exportInvoicesFlag": True,
            "processedRecordIds": list(entry_ids),
            **more,
        }
        return self.call("POST", "/finance/accounting/batches", body)

    def unposted(self) -> list[int]:
        """The invoice ids of the unposted list."""
        return [row["billingLogId"] for row in self.get("/finance/accounting/unpostedinvoices", pageSize=1000)]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def empty() -> Iterator[Psa]:
    """A ConnectWise without any data, but with the keys of the book."""
    with serving_in_thread(new_gateway()) as base_url:
        psa = Psa(base_url)
        psa.load({"format": "tieout-connectwise/1", "server": SERVER})
        yield psa
        psa.http.close()


def _fill(book: Book) -> Book:
    book.invoice(1).invoice(2, ["60.00", "40.00"], "20.00").invoice(3, ["-50.00"], "-10.00", kind="CreditMemo")
    return book.invoice(4, closed=False)


@pytest.fixture
def psa(empty: Psa, book: Book) -> Psa:
    """A ConnectWise with three closed invoices (1, 2, 3) and an open one (4)."""
    empty.load(_fill(book).file)
    return empty


@pytest.fixture
def another() -> Iterator[Psa]:
    """A second ConnectWise, without anything."""
    with serving_in_thread(new_gateway()) as base_url:
        psa = Psa(base_url)
        yield psa
        psa.http.close()


@pytest.fixture(scope="session")
def read_only_psa() -> Iterator[Psa]:
    """The same for tests that change nothing."""
    with serving_in_thread(new_gateway()) as base_url:
        psa = Psa(base_url)
        psa.load(_fill(Book()).file)
        yield psa
        psa.http.close()


@pytest.fixture
def errors_of() -> Callable[[httpx.Response], list[tuple[str, str]]]:
    """The codes and fields of a 400."""

    def codes(answer: httpx.Response) -> list[tuple[str, str]]:
        assert answer.status_code == 400, answer.text
        return [(error["code"], error["field"]) for error in answer.json()["errors"]]

    return codes
