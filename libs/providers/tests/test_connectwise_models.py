"""ConnectWise's records in their own shapes: nulls left out, unknown values, several tax levels, GL entry ids."""

from decimal import Decimal
from typing import Any

import pytest

from tieout_providers.connectwise import models
from tieout_providers.connectwise.models.gl_export import GLExport, GLTransaction
from tieout_providers.errors import Unreadable
from tieout_providers.json_exact import loads

TRANSACTION = """{
  "id": 125, "glClass": "", "glTypeId": "AR", "documentDate": "2026-01-31T00:00:00", "documentNumber": "119",
  "documentType": "INVOICE", "company": {"id": 8, "identifier": "FOX", "_info": {"href": "x"}},
  "billingTerms": {"id": 2, "name": "Net 10"}, "dueDays": 10, "dueDate": "2/10/2026 12:00:00 AM",
  "glEntryIds": "1010,1011, 1012", "total": 42.00, "taxGroupRate": 0.2, "salesTax": 7, "cityTax": null,
  "currency": {"id": 1, "currencyCode": "GBP", "numberOfDecimals": 2}, "someNewField": {"x": [1]},
  "detail": [
    {"id": 1009, "glTypeId": "RP", "quantity": -1.5, "total": -35.0, "itemPrice": 23.3333, "taxable2Flag": false,
     "taxLevels": [{"taxLevel": 1, "taxableFlag": true}]},
    {"id": 1016, "glTypeId": "ST", "quantity": 0, "total": -7.00, "taxRatePercent": 20, "taxNote": "AUTOSTAX"}
  ],
  "taxLevels": [{"taxLevel": 1, "taxAmount": 7.00, "taxableAmount": 35.00, "taxCodeXref": "T1"}]
}"""


def transaction(**changes: Any) -> GLTransaction:
    return GLTransaction.model_validate({**loads(TRANSACTION), **changes})


def test_a_document_of_the_export_is_read_exactly() -> None:
    document = transaction()
    assert document.company is not None
    assert (document.document_number, document.company.identifier) == ("119", "FOX")
    assert str(document.document_date) == "2026-01-31"
    assert str(document.due_date) == "2026-02-10"
    assert (str(document.total), str(document.sales_tax)) == ("42.00", "7")
    assert document.city_tax is None
    line, tax = document.detail
    assert (line.quantity, line.total, line.item_price) == (Decimal("-1.5"), Decimal("-35.0"), Decimal("23.3333"))
    assert tax.gl_type_id == "ST"
    assert sum(detail.total or 0 for detail in document.detail) == -(document.total or 0)
    assert document.tax_levels[0].tax_code_xref == "T1"


def test_a_batch_needs_the_entries_of_the_header_and_of_every_line_once() -> None:
    assert transaction().gl_entry_rec_ids() == (1010, 1011, 1012, 1009, 1016)
    assert transaction(glEntryIds="1009,1016").gl_entry_rec_ids() == (1009, 1016)
    assert transaction(glEntryIds=1010).gl_entry_rec_ids() == (1010, 1009, 1016)


@pytest.mark.parametrize(
    "changes",
    [
        {"glEntryIds": ""},
        {"glEntryIds": None},
        {"glEntryIds": "1010;1011"},
        {"glEntryIds": "1010,x"},
        {"glEntryIds": "1010,-5"},
        {"detail": [{"glTypeId": "RP"}]},
    ],
)
def test_a_document_whose_entries_are_not_all_named_cannot_be_batched_by_halves(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as unnamed:
        transaction(**changes).gl_entry_rec_ids()
    assert unnamed.value.code == "cw.gl_entry_ids_bad"


def test_a_malformed_document_is_named_and_the_others_are_read() -> None:
    good, bad = loads(TRANSACTION), {**loads(TRANSACTION), "id": 126, "total": "n/a", "documentDate": "soon"}
    export = GLExport.read({"transactions": [good, bad], "customers": [{"company": {"id": 8}, "stateTaxRate": 20}]})
    assert [document.id for document in export.transactions] == [125]
    (unreadable,) = export.transactions.unreadable
    assert unreadable.id == "126"
    assert "total" in unreadable.problem
    assert "documentDate" in unreadable.problem
    assert "n/a" not in unreadable.problem
    assert export.customers[0].state_tax_rate == 20


def test_an_unknown_type_is_kept_as_text_and_a_missing_field_has_no_value() -> None:
    invoice = models.Invoice.model_validate({"id": 1, "type": "Holographic", "status": {"isClosed": True}})
    assert invoice.type == "Holographic"
    assert invoice.status is not None
    assert invoice.status.is_closed is True
    assert (invoice.gl_batch, invoice.total, invoice.date) == (None, None, None)


def test_an_invoice_says_which_batch_it_is_in() -> None:
    row = {"id": 2, "invoiceNumber": 1001, "customerPO": "PO 7", "glBatch": {"id": 2, "name": "January"}, "total": 1}
    invoice = models.Invoice.model_validate(row)
    assert invoice.gl_batch is not None
    assert (invoice.invoice_number, invoice.customer_po, invoice.gl_batch.name) == ("1001", "PO 7", "January")


def test_the_unposted_rows_take_their_odd_fields_as_they_are() -> None:
    row = models.UnpostedInvoice.model_validate(
        {"id": 871429, "billingLogId": 39005, "dueDays": "20", "invoiceDate": "2025-04-25T00:00:00Z",
         "stateTaxFlag": False, "stateTaxAmount": 879992, "levelSixTaxAmount": 0, "invoiceType": "Consolidated"}
    )  # fmt: skip
    assert (row.due_days, str(row.state_tax_amount), row.invoice_type) == ("20", "879992", "Consolidated")


@pytest.mark.parametrize("total", [True, "1e99999999", "NaN", "Infinity", [], "1,000.00"])
def test_an_amount_that_is_none_is_not_read_as_one(total: Any) -> None:
    with pytest.raises(ValueError, match="total"):
        models.Invoice.model_validate({"id": 1, "total": total})


def test_an_empty_amount_is_no_amount() -> None:
    assert models.Invoice.model_validate({"id": 1, "total": " "}).total is None


def test_a_tax_code_lists_the_levels_that_say_anything() -> None:
    row = {
        "id": 16, "identifier": "CA-LA", "levelOneRate": Decimal("6.25"), "levelOneRateType": "Percent",
        "levelOneTaxCodeXref": "CA", "levelTwoRate": 0, "levelTwoCaption": "", "levelThreeRate": 0,
        "levelThreeTaxCodeXref": "COUNTY", "levelFourServicesFlag": True,
    }  # fmt: skip
    code = models.TaxCode.model_validate(row)
    assert [(level.level, str(level.rate), level.tax_code_xref) for level in code.levels] == [
        (1, "6.25", "CA"),
        (3, "0", "COUNTY"),
    ]


def test_a_tax_code_with_its_levels_already_listed_is_taken_as_it_is() -> None:
    assert models.TaxCode.model_validate({"id": 1, "levels": [{"level": 2}]}).levels[0].level == 2


def test_a_company_keeps_its_billing_facts() -> None:
    company = models.Company.model_validate(
        {"id": 250, "name": "Example", "billToCompany": {"id": 251}, "invoiceCCEmailAddress": "cc@example.com",
         "invoiceToEmailAddress": "to@example.com", "types": None, "_info": {"lastUpdated": "2026-01-15T14:09:53Z"}}
    )  # fmt: skip
    assert company.bill_to_company is not None
    assert company.bill_to_company.id == 251
    assert (company.invoice_cc_email_address, company.last_updated) == ("cc@example.com", "2026-01-15T14:09:53Z")
    assert company.types == ()


@pytest.mark.parametrize(
    ("items", "email"),
    [
        ([], None),
        ([{"communicationType": "Phone", "value": "1", "defaultFlag": True}], None),
        ([{"communicationType": "Email", "value": "a@x"}, {"communicationType": "Email", "value": "b@x"}], "a@x"),
        (
            [
                {"communicationType": "Email", "value": "a@x"},
                {"communicationType": "Email", "value": "b@x", "defaultFlag": True},
            ],
            "b@x",
        ),
        ([{"communicationType": "Email"}], None),
    ],
)
def test_a_contacts_email_is_the_default_one_else_the_first(items: list[dict[str, Any]], email: str | None) -> None:
    assert models.Contact.model_validate({"id": 1, "communicationItems": items}).email == email


def test_products_and_additions_tell_the_unrounded_price() -> None:
    product = models.ProductItem.model_validate(loads('{"id": 4, "price": 0.061171, "invoice": {"identifier": "119"}}'))
    addition = models.Addition.model_validate(loads('{"id": 9, "proratePrice": 12.903226}'))
    assert (product.price, addition.prorate_price) == (Decimal("0.061171"), Decimal("12.903226"))
    assert models.CatalogItem.model_validate({"integrationXRef": "X1"}).integration_xref == "X1"


def test_a_currency_is_read_with_either_shape_of_its_code() -> None:
    assert models.Currency.model_validate({"currencyCode": {"id": 3, "name": "GBP"}}).currency_code is not None
    assert models.Currency.model_validate({"currencyCode": "GBP"}).currency_code == "GBP"
