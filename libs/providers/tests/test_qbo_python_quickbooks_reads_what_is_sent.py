"""Intuit's field names, checked against another client's: python-quickbooks reads what is sent, whole."""

import json
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest

from tieout_providers.json_exact import dumps
from tieout_providers.qbo.bodies import (
    AddressBody,
    Body,
    CreditMemoBody,
    CurrencyRef,
    CustomerBody,
    Email,
    InvoiceBody,
    ItemBody,
    Memo,
    Phone,
    Ref,
    SalesItemDetail,
    SalesLine,
    TaxLine,
    TaxLineDetail,
    TxnTaxDetail,
)

QUICKBOOKS: Any = import_module("quickbooks.objects")  # it has no types
LINE = SalesLine(
    amount=Decimal("275.00"),
    description="Support",
    sales_item_line_detail=SalesItemDetail(
        item_ref=Ref(value="5"),
        qty=Decimal(3),
        unit_price=Decimal("91.6666667"),
        tax_code_ref=Ref(value="TAX"),
        class_ref=Ref(value="200000000001"),
    ),
)
TAX = TxnTaxDetail(
    txn_tax_code_ref=Ref(value="2"),
    tax_line=(TaxLine(amount=Decimal("22.00"), tax_line_detail=TaxLineDetail(tax_rate_ref=Ref(value="3"))),),
)
COMMON: dict[str, Any] = {
    "doc_number": "INV-1037",
    "txn_date": date(2026, 1, 31),
    "customer_ref": Ref(value="1"),
    "currency_ref": CurrencyRef(value="USD"),
    "exchange_rate": Decimal("1.25"),
    "private_note": "Tieout",
    "customer_memo": Memo(value="Thank you"),
    "sales_term_ref": Ref(value="3"),
    "department_ref": Ref(value="2"),
    "txn_tax_detail": TAX,
    "line": (LINE,),
}
ADDRESS = AddressBody(line1="1 Main St", city="Bayshore", country_sub_division_code="CA", postal_code="94326")
SENT: list[tuple[Body, Any]] = [
    (InvoiceBody(due_date=date(2026, 2, 28), **COMMON), QUICKBOOKS.Invoice),
    (CreditMemoBody(**COMMON), QUICKBOOKS.CreditMemo),
    (
        CustomerBody(
            display_name="Acme",
            notes="ours",
            primary_email_addr=Email(address="a@example.com"),
            primary_phone=Phone(free_form_number="555"),
            bill_addr=ADDRESS,
        ),
        QUICKBOOKS.Customer,
    ),
    (ItemBody(name="Support", sku="S", income_account_ref=Ref(value="79")), QUICKBOOKS.Item),
]


@pytest.mark.parametrize(("body", "reader"), SENT, ids=[reader.__name__ for _, reader in SENT])
def test_every_value_that_is_sent_is_read_under_its_name(body: Body, reader: Any) -> None:
    sent = json.loads(dumps(body.as_json()))
    read = json.loads(reader.from_json(sent).to_json())
    assert missing(sent, read) == []


def missing(sent: Any, read: Any, at: str = "") -> list[str]:
    """The values of `sent` that `read` does not hold."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return [place for name, value in sent.items() for place in missing(value, read.get(name), f"{at}/{name}")]
    if isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        return [
            place
            for number, pair in enumerate(zip(sent, read, strict=True))
            for place in missing(*pair, f"{at}/{number}")
        ]
    same = str(sent) == str(read) or (isinstance(sent, int | float) and read is not None and float(sent) == float(read))
    return [] if same else [at]
