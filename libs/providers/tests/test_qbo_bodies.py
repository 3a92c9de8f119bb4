"""What may be sent: the limits of the reference, and the arithmetic that would be refused, before any call."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from tieout_providers.json_exact import dumps
from tieout_providers.qbo.bodies import (
    AddressBody,
    CreditMemoBody,
    CurrencyRef,
    CustomerBody,
    DocumentChange,
    Email,
    InvoiceBody,
    ItemBody,
    Memo,
    Ref,
    SalesItemDetail,
    SalesLine,
    TaxLine,
    TaxLineDetail,
    TextLine,
    TxnTaxDetail,
    line_amount,
)


def detail(**fields: Any) -> SalesItemDetail:
    return SalesItemDetail(**{"item_ref": Ref(value="1"), **fields})


def line(amount: str, quantity: str | None = None, price: str | None = None, **fields: Any) -> SalesLine:
    numbers = {name: Decimal(value) for name, value in (("qty", quantity), ("unit_price", price)) if value is not None}
    return SalesLine(amount=Decimal(amount), sales_item_line_detail=detail(**numbers), **fields)


def invoice(**fields: Any) -> InvoiceBody:
    standard: dict[str, Any] = {"txn_date": date(2026, 1, 31), "customer_ref": Ref(value="1"), "line": (line("1.00"),)}
    return InvoiceBody(**{**standard, **fields})


def test_an_invoice_is_written_with_exact_numbers_and_only_what_is_set() -> None:
    body = invoice(
        doc_number="INV-1037",
        due_date=date(2026, 2, 28),
        private_note="Tieout",
        currency_ref=CurrencyRef(value="GBP"),
        exchange_rate=Decimal("1.25"),
        global_tax_calculation="TaxExcluded",
        customer_memo=Memo(value="Thank you"),
        bill_email=Email(address="a@example.com"),
        txn_tax_detail=TxnTaxDetail(
            tax_line=(
                TaxLine(
                    amount=Decimal("0.20"),
                    tax_line_detail=TaxLineDetail(tax_rate_ref=Ref(value="3"), net_amount_taxable=Decimal(1)),
                ),
            )
        ),
        line=(
            line("1861.08", "128.350", "14.50", description="Labour"),
            TextLine(description="Thank you"),
        ),
    )
    assert dumps(body.as_json()).decode() == (
        '{"DocNumber":"INV-1037","TxnDate":"2026-01-31","CustomerRef":{"value":"1"},"CurrencyRef":{"value":"GBP"},'
        '"ExchangeRate":1.25,"PrivateNote":"Tieout","CustomerMemo":{"value":"Thank you"},'
        '"BillEmail":{"Address":"a@example.com"},"GlobalTaxCalculation":"TaxExcluded",'
        '"TxnTaxDetail":{"TaxLine":[{"Amount":0.20,"DetailType":"TaxLineDetail",'
        '"TaxLineDetail":{"TaxRateRef":{"value":"3"},"PercentBased":true,"NetAmountTaxable":1.00}}]},'
        '"Line":[{"Amount":1861.08,"Description":"Labour","DetailType":"SalesItemLineDetail",'
        '"SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":128.35,"UnitPrice":14.5}},'
        '{"Description":"Thank you","DetailType":"DescriptionOnly","DescriptionLineDetail":{}}],'
        '"DueDate":"2026-02-28"}'
    )


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [
        ("128.350", "14.50", "1861.08"),
        ("3", "33.3333333", "100.00"),
        ("3", "33.33", "99.99"),
        ("-1", "0.125", "-0.13"),
    ],
)
def test_a_line_rounds_half_away_from_zero(quantity: str, price: str, amount: str) -> None:
    assert line_amount(Decimal(quantity), Decimal(price)) == Decimal(amount)
    assert line(amount, quantity, price).amount == Decimal(amount)


@pytest.mark.parametrize(("quantity", "price", "amount"), [("12.95", "75", "970.88"), ("225", "7", "1000.00")])
def test_a_line_that_would_be_refused_with_6070_is_refused_here(quantity: str, price: str, amount: str) -> None:
    with pytest.raises(ValidationError, match="quantity times unit price"):
        line(amount, quantity, price)


def test_a_line_may_have_its_amount_alone_but_not_half_of_the_product() -> None:
    assert "Qty" not in dumps(line("970.88").as_json()).decode()
    with pytest.raises(ValidationError, match="together"):
        line("1.00", "1")


def test_no_amount_is_rounded_on_the_way_out() -> None:
    with pytest.raises(ValidationError, match="2 decimal places"):
        line("1.005")
    with pytest.raises(ValidationError, match="7 decimal places"):
        line("1.00", "1", "1.00000001")
    with pytest.raises(ValidationError):
        SalesLine(amount=1.1, sales_item_line_detail=detail())  # type: ignore[arg-type]


@pytest.mark.parametrize("number", ["", " ", "X" * 22, " A", "A ", "A\n"])
def test_a_number_that_would_not_be_kept_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        invoice(doc_number=number)
    assert invoice(doc_number="X" * 21).doc_number == "X" * 21


def test_the_limits_of_texts_are_characters() -> None:
    assert len(invoice(private_note="é" * 4000).private_note or "") == 4000
    for fields in ({"private_note": "x" * 4001}, {"line": ()}):
        with pytest.raises(ValidationError):
            invoice(**fields)
    with pytest.raises(ValidationError):
        Memo(value="x" * 1001)
    with pytest.raises(ValidationError):
        AddressBody(line1="x" * 501)


def test_a_document_without_tax_has_no_tax_detail() -> None:
    with pytest.raises(ValidationError, match="6170"):
        invoice(global_tax_calculation="NotApplicable", txn_tax_detail=TxnTaxDetail(total_tax=Decimal(0)))


@pytest.mark.parametrize("name", ["A:B", "A\tB", " A", "A  B", "", "A\nB", "x" * 501])
def test_a_customers_name_that_would_be_refused_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        CustomerBody(display_name=name)


def test_an_item_is_a_service_with_its_revenue_account() -> None:
    body = ItemBody(name="Support", income_account_ref=Ref(value="79"))
    assert body.as_json() == {"Name": "Support", "Type": "Service", "IncomeAccountRef": {"value": "79"}}
    with pytest.raises(ValidationError):
        ItemBody(name="A:B", income_account_ref=Ref(value="79"))


def test_a_sparse_update_names_its_version_and_what_changes() -> None:
    change = DocumentChange(id="12", sync_token="3", private_note="paid by card")
    assert change.as_json() == {"Id": "12", "SyncToken": "3", "sparse": True, "PrivateNote": "paid by card"}


def test_a_refusal_does_not_repeat_the_values_I8() -> None:
    with pytest.raises(ValidationError) as refused:
        CreditMemoBody(txn_date=date(2026, 1, 31), customer_ref=Ref(value="1"), line=(), private_note="secret" * 1000)
    assert "secret" not in str(refused.value)
