"""Every answer against Xero's OpenAPI file; collected only where TIEOUT_REFERENCE_DIR says where that file is."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
import yaml

pytestmark = pytest.mark.http

SERVED_BESIDE_THE_FILE = {
    "Invoice": {"DateString", "DueDateString"},
    "CreditNote": {"DateString", "DueDateString"},
    "HistoryRecord": {"DateUTCString"},
}
"""What Xero's own examples show and its schemas do not name."""


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    path = Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "xero-openapi-subset.yaml"
    loaded: dict[str, Any] = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def check(openapi: dict[str, Any], schema: dict[str, Any], value: Any) -> None:
    """The value fits its schema, and holds no field that the schema does not name."""
    reference = {"components": openapi["components"], **schema}
    jsonschema.Draft4Validator(reference).validate(value)
    assert list(unknown_fields(openapi, schema, value)) == []


def unknown_fields(openapi: dict[str, Any], schema: dict[str, Any], value: Any) -> Any:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        schema = openapi["components"]["schemas"][name]
    for part in schema.get("allOf", []):
        yield from unknown_fields(openapi, part, value)
    if isinstance(value, list):
        for each in value:
            yield from unknown_fields(openapi, schema.get("items", {}), each)
    if isinstance(value, dict) and "properties" in schema:
        for field, inner in value.items():
            if field in schema["properties"]:
                yield from unknown_fields(openapi, schema["properties"][field], inner)
            elif field not in SERVED_BESIDE_THE_FILE.get(name, set()):
                yield f"{name}.{field}"


def records(answer: httpx.Response, collection: str) -> Any:
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)[collection]


def schema_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


@pytest.mark.parametrize(
    ("path", "collection", "schema"),
    [
        ("Organisation", "Organisations", "Organisation"),
        ("Organisation/Actions", "Actions", "Action"),
        ("Accounts", "Accounts", "Account"),
        ("TaxRates", "TaxRates", "TaxRate"),
        ("TrackingCategories", "TrackingCategories", "TrackingCategory"),
        ("Currencies", "Currencies", "Currency"),
        ("Contacts?page=1&includeArchived=true", "Contacts", "Contact"),
        ("Items?unitdp=4", "Items", "Item"),
        ("Invoices?page=1", "Invoices", "Invoice"),
        ("Invoices/INV-1", "Invoices", "Invoice"),
        ("CreditNotes?page=1", "CreditNotes", "CreditNote"),
        ("Invoices/INV-1/History", "HistoryRecords", "HistoryRecord"),
    ],
)
def test_what_is_read_fits_the_file(xero: Any, openapi: Any, path: str, collection: str, schema: str) -> None:
    tracking = [{"Name": "Location", "Option": "North"}]
    full = xero.line(ItemCode="LAB", Tracking=tracking, DiscountRate=5)
    xero.event("set_lock_date", period="2025-12-31", end_of_year="2025-06-30")
    xero.put(
        xero.invoice("INV-1", full, Url="https://psa.example/1", Status="AUTHORISED", SentToContact=True),
        xero.invoice("INV-2", xero.line("0"), Status="AUTHORISED"),
        xero.invoice("B-1", xero.line("5", AccountCode="400", TaxType="INPUT2"), Type="ACCPAY"),
    )
    xero.write("PUT", "CreditNotes", xero.credit_note("CN-1", xero.line(Tracking=tracking), Status="AUTHORISED"))
    xero.call("PUT", "Invoices/INV-1/History", {"HistoryRecords": [{"Details": "a"}]})
    check(openapi, schema_of(schema), records(xero.call("GET", path), collection))


def test_what_is_written_fits_the_file_too(xero: Any, openapi: Any) -> None:
    for collection, schema, sent in [
        ("Invoices", "Invoice", [xero.invoice("INV-1", SentToContact=True), xero.invoice("INV-1")]),
        ("CreditNotes", "CreditNote", [xero.credit_note("CN-1"), xero.credit_note("CN-1")]),
        ("Contacts", "Contact", [{"Name": "New", "Phones": [{"PhoneType": "OFFICE"}]}, {"Name": "ABC Limited"}]),
        ("Items", "Item", [{"Code": "A", "Name": "A"}, {"Code": "LAB"}]),
    ]:
        answer = xero.call("PUT", collection, {collection: sent}, summarizeErrors="false")
        elements = records(answer, collection)
        assert {each["StatusAttributeString"] for each in elements} >= {"ERROR"}
        check(openapi, schema_of(schema), elements)


def test_pages_and_errors_fit_the_file(xero: Any, openapi: Any) -> None:
    page = xero.call("GET", "Invoices", page=1).json()
    check(openapi, {"$ref": "#/components/schemas/Pagination"}, page["pagination"])
    refused = xero.call("PUT", "Invoices", {"Invoices": [{"Type": "ACCREC"}]}).json()
    jsonschema.Draft4Validator({"components": openapi["components"], "$ref": "#/components/schemas/Error"}).validate(
        refused
    )


def test_connections_fit_the_file(xero: Any, openapi: Any) -> None:
    check(openapi, schema_of("Connection"), xero.http.get("/connections", headers=xero.headers).json())


def test_the_files_own_requests_are_taken(xero: Any) -> None:
    """The reference's example requests, with ids of this organisation in place of theirs."""
    examples = Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "xero-examples"
    for name in (
        "createInvoices",
        "constructed-invoice-accrec-adjustment",
        "constructed-invoice-accrec-roundingamount",
    ):
        body = json.loads((examples / f"{name}.request.json").read_text())
        invoice = body["Invoices"][0]
        invoice["Contact"] = {"ContactID": xero.contact_id}
        invoice["CurrencyCode"] = "NZD"
        invoice["InvoiceNumber"] = f"EX-{name}"
        for line in invoice["LineItems"]:
            line["TaxType"] = {"OUTPUT": "OUTPUT2", "BASEXCLUDED": "NONE", None: "OUTPUT2"}.get(
                line.get("TaxType"), "NONE"
            )
        (made,) = xero.put(invoice)
        assert made["StatusAttributeString"] == "OK", made
    for name, method in (("createContacts", "PUT"), ("updateOrCreateContacts", "POST")):
        body = json.loads((examples / f"{name}.request.json").read_text())
        for contact in body["Contacts"]:
            contact.pop("ContactID", None)
            contact["Name"] += name
        assert xero.call(method, "Contacts", body).status_code == 200
