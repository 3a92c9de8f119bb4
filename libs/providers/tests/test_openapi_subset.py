"""What is sent fits the providers' published API descriptions.

They are reference material outside the project, found through TIEOUT_REFERENCE_DIR; without it this module is not
collected (see conftest).
"""

import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from pydantic import AliasPath, BaseModel

from harness.reference import XeroDescription, validator_of
from tieout_providers.call import Call
from tieout_providers.connectwise import models
from tieout_providers.connectwise.models.references import ConnectWiseModel
from tieout_providers.connectwise.requests import create_batch_call, export_invoices_call
from tieout_providers.xero import XeroCalls, reads
from tieout_providers.xero.bodies import (
    AddressBody,
    ContactBody,
    ContactRef,
    CreditNoteBody,
    InvoiceBody,
    ItemBody,
    LineBody,
    PriceBody,
    TrackingRef,
)

REFERENCE = Path(os.environ["TIEOUT_REFERENCE_DIR"])
DESCRIPTION = XeroDescription(REFERENCE)
CONNECTWISE: dict[str, Any] = json.loads((REFERENCE / "connectwise-openapi-subset.json").read_text())
GUID = "025867f1-d741-4d6b-b1af-9ac774b59ba7"
CALLS = XeroCalls(GUID)
LINES = (
    LineBody(
        description="Support",
        quantity=Decimal("1.5"),
        unit_amount=Decimal("0.0625"),
        line_amount=Decimal("0.09"),
        item_code="A",
        account_code="200",
        tax_type="OUTPUT2",
        tax_amount=Decimal("0.01"),
        tracking=(TrackingRef(tracking_category_id=UUID(GUID), tracking_option_id=UUID(GUID)),),
    ),
)
COMMON: dict[str, Any] = {
    "contact": ContactRef(contact_id=UUID(GUID)),
    "date": date(2026, 1, 31),
    "due_date": date(2026, 2, 28),
    "currency_code": "NZD",
    "currency_rate": Decimal("1.25"),
    "reference": "PO 7",
    "line_items": LINES,
}
CONTACT = ContactBody(
    name="Acme", contact_number="CW-1", addresses=(AddressBody(address_type="POBOX", city="Wellington"),)
)
WRITES = [
    CALLS.put_invoices([InvoiceBody(invoice_number="INV-1", url="https://psa.example.com/1", **COMMON)], key="k"),
    CALLS.put_credit_notes([CreditNoteBody(credit_note_number="CR-1", **COMMON)], key="k"),
    CALLS.approve("Invoices", [GUID], key="k"),
    CALLS.delete_drafts("CreditNotes", [GUID], key="k"),
    CALLS.put_contacts([CONTACT], key="k"),
    CALLS.update_contacts([CONTACT.model_copy(update={"contact_id": UUID(GUID)})], key="k"),
    CALLS.put_items([ItemBody(code="A", sales_details=PriceBody(unit_price=Decimal("1.25")))], key="k"),
    CALLS.put_history("Invoices", GUID, "Posted", key="k"),
]
READS = [
    CALLS.organisation(),
    CALLS.organisation_actions(),
    CALLS.accounts(),
    CALLS.tax_rates(),
    CALLS.tracking_categories(),
    CALLS.currencies(),
    CALLS.items(codes=["A"]),
    CALLS.contacts(),
    CALLS.contacts_by_id([GUID]),
    CALLS.contacts_where("Name", ["Acme"]),
    CALLS.invoices_by_number(["INV-1"]),
    CALLS.invoices_by_number(["INV,1"]),
    CALLS.invoices_by_id([GUID]),
    CALLS.credit_notes_by_number(["CR-1"]),
    CALLS.credit_note(GUID),
]


@pytest.mark.parametrize("call", WRITES, ids=lambda call: f"{call.method} {call.target}")
def test_a_body_fits_its_schema_and_uses_described_fields_only(call: Call) -> None:
    assert DESCRIPTION.faults(call.method, call.target, call.body.decode()) == []


def test_a_field_that_the_file_does_not_have_and_one_of_another_kind_are_faults() -> None:
    body = '{"Items": [{"Code": "A", "Colour": "red", "IsSold": "yes"}]}'
    assert DESCRIPTION.faults("PUT", "/api.xro/2.0/Items", body) == [
        "$.Items[0].IsSold: 'yes' is not of type 'boolean'",
        "Colour is not described",
    ]


@pytest.mark.parametrize("call", [*WRITES, *READS], ids=lambda call: f"{call.method} {call.target[:60]}")
def test_parameters_and_headers_are_described(call: Call) -> None:
    operation = DESCRIPTION.operation(call.method, call.target)
    parameters = [DESCRIPTION.resolved(parameter) for parameter in operation.get("parameters", [])]
    known = {(parameter["in"], parameter["name"].lower()) for parameter in parameters}
    asked = {("query", name.lower()) for name, _ in parse_qsl(urlsplit(call.target).query)}
    assert asked <= known
    if call.idempotency_key:
        assert ("header", "idempotency-key") in known


@pytest.mark.parametrize(
    ("call", "schema"),
    [
        (
            export_invoices_call((1,), location_id=2, thru_date=date(2026, 1, 31), identifier="X-1", detail="Detailed"),
            "ExportAccountingBatchRequest",
        ),
        (create_batch_call("T-I119", (1010, 1011)), "CreateAccountingBatchRequest"),
    ],
)
def test_connectwise_bodies_fit_their_schemas(call: Call, schema: str) -> None:
    described = CONNECTWISE["components"]["schemas"][schema]
    body = json.loads(call.body)
    assert list(validator_of(CONNECTWISE, described).iter_errors(body)) == []
    assert set(body) <= set(described["properties"])
    assert "post" in CONNECTWISE["paths"][call.target]


READ_MODELS: list[tuple[type[ConnectWiseModel], str]] = [
    (models.UnpostedInvoice, "UnpostedInvoice"),
    (models.Invoice, "Invoice"),
    (models.GLTransaction, "GLExportTransaction"),
    (models.GLDetail, "GLExportTransactionDetail"),
    (models.GLCustomer, "GLExportCustomer"),
    (models.AccountingBatch, "AccountingBatch"),
    (models.BatchEntry, "BatchEntry"),
    (models.Company, "Company"),
    (models.Site, "CompanySite"),
    (models.Contact, "Contact"),
    (models.ProductItem, "ProductItem"),
    (models.CatalogItem, "CatalogItem"),
    (models.Agreement, "Agreement"),
    (models.Addition, "Addition"),
    (models.BillingTerm, "BillingTerm"),
    (models.BillingStatus, "BillingStatus"),
    (models.AccountingPackageSetup, "AccountingPackageSetup"),
    (models.CurrencyReference, "CurrencyReference"),
]


@pytest.mark.parametrize(("model", "schema"), READ_MODELS, ids=[schema for _, schema in READ_MODELS])
def test_every_field_that_is_read_exists_under_that_name(model: type[ConnectWiseModel], schema: str) -> None:
    described = CONNECTWISE["components"]["schemas"][schema]["properties"]
    assert names_read(model) <= set(described)


def names_read(model: type[BaseModel]) -> set[str]:
    names: set[str] = set()
    for field in model.model_fields.values():
        if isinstance(field.validation_alias, AliasPath):
            names.add(str(field.validation_alias.path[0]))
        elif isinstance(field.validation_alias, str):
            names.add(field.validation_alias)
    return names


XERO_MODELS: list[tuple[type[BaseModel], str]] = [
    (reads.Line, "LineItem"),
    (reads.Contact, "Contact"),
    (reads.Address, "Address"),
    (reads.Item, "Item"),
    (reads.ItemPrice, "Purchase"),
    (reads.Account, "Account"),
    (reads.TaxRate, "TaxRate"),
    (reads.TaxComponent, "TaxComponent"),
    (reads.TrackingCategory, "TrackingCategory"),
    (reads.TrackingOption, "TrackingOption"),
    (reads.Currency, "Currency"),
    (reads.Organisation, "Organisation"),
    (reads.Action, "Action"),
]


@pytest.mark.parametrize(("model", "schema"), XERO_MODELS, ids=[schema for _, schema in XERO_MODELS])
def test_every_field_that_is_read_from_xero_exists_under_that_name(model: type[BaseModel], schema: str) -> None:
    assert names_read(model) <= set(DESCRIPTION.file["components"]["schemas"][schema]["properties"])


def test_a_document_reads_fields_of_invoices_and_credit_notes() -> None:
    schemas = DESCRIPTION.file["components"]["schemas"]
    assert names_read(reads.Document) <= set(schemas["Invoice"]["properties"]) | set(
        schemas["CreditNote"]["properties"]
    )
