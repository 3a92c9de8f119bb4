"""The simulator's models against ConnectWise's OpenAPI document (collected when TIEOUT_REFERENCE_DIR is set)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tieout_simulators.connectwise.models import MODELS, misfits

SUBSET = json.loads((Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "connectwise-openapi-subset.json").read_text("utf-8"))
SCHEMAS: dict[str, Any] = SUBSET["components"]["schemas"]
SERVED = [
    ("/company/companies", "Company"),
    ("/company/companies/19/sites", "CompanySite"),
    ("/company/contacts", "Contact"),
    ("/finance/invoices", "Invoice"),
    ("/finance/invoices/2/glEntries/", "GLEntry"),
    ("/finance/billingTerms", "BillingTerm"),
    ("/finance/billingStatuses", "BillingStatus"),
    ("/finance/taxCodes", "TaxCode"),
    ("/finance/currencies", "Finance.Currency"),
    ("/finance/agreements", "Agreement"),
    ("/finance/agreements/7/additions", "Addition"),
    ("/finance/accounting/unpostedinvoices", "UnpostedInvoice"),
    ("/finance/accounting/batches", "AccountingBatch"),
    ("/finance/accounting/batches/1/entries", "BatchEntry"),
    ("/procurement/products", "ProductItem"),
    ("/procurement/catalog", "CatalogItem"),
    ("/expense/paymentTypes", "PaymentType"),
    ("/system/locations", "Location"),
    ("/system/members", "Member"),
    ("/expense/types", "ExpenseType"),
    ("/system/callbacks", "CallbackEntry"),
]


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema["type"] == "array":
        return f"{_kind(schema['items'])}[]"
    if schema.get("format") == "date-time":
        return "date-time"
    return str(schema["type"])


def test_every_model_is_that_of_the_reference() -> None:
    for name, model in MODELS.items():
        assert model == {field: _kind(schema) for field, schema in SCHEMAS[name]["properties"].items()}, name


@pytest.mark.http
def test_every_path_served_is_in_the_reference() -> None:
    from tieout_simulators.connectwise.cli import new_gateway
    from tieout_simulators.connectwise.reading import API_PREFIX

    known = {path.rstrip("/") for path in SUBSET["paths"]}
    for route in new_gateway().simulator.routes:
        path = route.template.removeprefix(API_PREFIX).rstrip("/")
        if path != route.template and not path.endswith("glEntries/count"):
            assert path in known, route.template


@pytest.mark.http
def test_every_field_served_exists_in_its_schema(psa: Any) -> None:
    psa.batch("A", psa.entry_ids(1))
    psa.call(
        "POST",
        "/system/callbacks",
        {"url": "http://127.0.0.1:1/?x=", "objectId": 1, "type": "invoice", "level": "owner"},
    )
    for path, model in SERVED:
        records = psa.get(path)
        assert records, path
        for record in records:
            assert list(misfits(record, model, path)) == []
    row_id = psa.ids("/finance/accounting/unpostedinvoices")[0]
    (level,) = psa.get(f"/finance/accounting/unpostedinvoices/{row_id}/taxableLevels")
    assert list(misfits(level, "UnpostedInvoiceTaxableLevel", "level")) == []
    assert list(misfits(psa.get("/system/info"), "Info", "info")) == []


@pytest.mark.http
def test_an_export_has_the_parts_of_a_gl_export(psa: Any) -> None:
    export = psa.export()
    assert set(export) == set(SCHEMAS["GLExport"]["properties"])
    for transaction in export["transactions"]:
        assert list(misfits(transaction, "GLExportTransaction", "transaction")) == []
    for customer in export["customers"]:
        assert list(misfits(customer, "GLExportCustomer", "customer")) == []


def test_the_recorded_examples_fit_the_models() -> None:
    examples = Path(os.environ["TIEOUT_REFERENCE_DIR"]) / "connectwise-examples"
    for file, model in (
        ("unposted-invoice.json", "UnpostedInvoice"),
        ("invoice-closed-batched.json", "Invoice"),
        ("company.json", "Company"),
        ("product-item.json", "ProductItem"),
        ("system-info.json", "Info"),
        ("callback-create-response.json", "CallbackEntry"),
    ):
        example = json.loads((examples / file).read_text("utf-8"), parse_float=str)
        wrong = [each for each in misfits(example, model, file) if "is no number" not in each]
        assert wrong == []
