"""What may be sent to Xero: its limits, checked before a call exists, and amounts that are never rounded here."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tieout_providers.json_exact import dumps, loads
from tieout_providers.xero.bodies import (
    AddressBody,
    ContactBody,
    ContactPersonBody,
    ContactRef,
    CreditNoteBody,
    InvoiceBody,
    ItemBody,
    LineBody,
    PriceBody,
    TrackingRef,
)

CONTACT = ContactRef(contact_id=UUID("025867f1-d741-4d6b-b1af-9ac774b59ba7"))
OPTION = TrackingRef(
    tracking_category_id=UUID("22f10184-0deb-44ae-a312-b1f6ea70e51f"),
    tracking_option_id=UUID("0c9fce3e-a111-4d99-803a-62cf3f40e633"),
)


def line(**fields: Any) -> LineBody:
    return LineBody(**{"description": "Support", "quantity": Decimal(1), "unit_amount": Decimal("25.06"), **fields})


def invoice(**fields: Any) -> InvoiceBody:
    standard = {
        "invoice_number": "INV-1",
        "contact": CONTACT,
        "date": date(2026, 1, 31),
        "currency_code": "NZD",
        "line_items": (line(),),
    }
    return InvoiceBody(**{**standard, **fields})


def test_an_invoice_is_written_in_xeros_names_with_bare_exact_numbers() -> None:
    body = invoice(
        due_date=date(2026, 2, 28),
        reference="PO 7781",
        line_items=(
            line(quantity=Decimal("2.50"), unit_amount=Decimal("0.0625"), line_amount=Decimal("0.16"), item_code="X",
                 account_code="200", tax_type="OUTPUT2", tax_amount=Decimal("-0"), tracking=(OPTION,)),
        ),
    )  # fmt: skip
    assert dumps(body.as_json()).decode() == (
        '{"Contact":{"ContactID":"025867f1-d741-4d6b-b1af-9ac774b59ba7"},"Date":"2026-01-31","DueDate":"2026-02-28",'
        '"Status":"DRAFT","LineAmountTypes":"Exclusive","CurrencyCode":"NZD","Reference":"PO 7781","LineItems":['
        '{"Description":"Support","Quantity":2.5,"UnitAmount":0.0625,"LineAmount":0.16,"ItemCode":"X",'
        '"AccountCode":"200","TaxType":"OUTPUT2","TaxAmount":0.00,"Tracking":[{"TrackingCategoryID":'
        '"22f10184-0deb-44ae-a312-b1f6ea70e51f","TrackingOptionID":"0c9fce3e-a111-4d99-803a-62cf3f40e633"}]}],'
        '"Type":"ACCREC","InvoiceNumber":"INV-1"}'
    )


def test_a_credit_note_has_its_own_type_and_number() -> None:
    body = CreditNoteBody(
        credit_note_number="CR-1", contact=CONTACT, date=date(2026, 1, 31), currency_code="NZD", line_items=(line(),)
    )
    assert body.number == "CR-1"
    written = body.as_json()
    assert (written["Type"], written["CreditNoteNumber"]) == ("ACCRECCREDIT", "CR-1")


amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-9e9"), max_value=Decimal("9e9"))


@given(amounts)
def test_an_amount_is_sent_as_it_is_or_not_at_all(amount: Decimal) -> None:
    cents = amount == amount.quantize(Decimal("0.01"))
    if cents:
        written = line(line_amount=amount).as_json()["LineAmount"]
        assert written == amount
        assert written.as_tuple().exponent == -2
    else:
        with pytest.raises(ValidationError, match="at most 2 decimal places"):
            line(line_amount=amount)


@given(amounts)
def test_a_price_keeps_four_places_and_is_never_rounded_behaviour_5(price: Decimal) -> None:
    if price == price.quantize(Decimal("0.0001")):
        assert loads(dumps(line(unit_amount=price).as_json()))["UnitAmount"] == price
    else:
        with pytest.raises(ValidationError, match="at most 4 decimal places"):
            line(unit_amount=price)


@given(st.integers(-(10**13), 10**13))
def test_a_quantity_is_written_in_at_most_thirteen_characters(ten_thousandths: int) -> None:
    quantity = Decimal(ten_thousandths).scaleb(-4)
    try:
        written = dumps(line(quantity=quantity).as_json()["Quantity"]).decode()
    except ValidationError:
        assert len(f"{quantity:f}") > 13
    else:
        assert len(written) <= 13
        assert Decimal(written) == quantity
        assert not written.endswith(".")


@pytest.mark.parametrize(
    "make",
    [
        lambda: line(quantity=Decimal("1.23456")),
        lambda: line(unit_amount=Decimal("0.00001")),
        lambda: line(unit_amount=1.5),
        lambda: line(unit_amount="1.5"),
        lambda: line(unit_amount=Decimal("NaN")),
        lambda: line(line_amount=Decimal("10000000000.00")),
        lambda: line(unit_amount=Decimal("10000000000")),
        lambda: line(description=""),
        lambda: line(description="x" * 4001),
        lambda: line(item_code="x" * 31),
        lambda: line(account_code="x" * 11),
        lambda: line(tracking=(OPTION,) * 3),
        lambda: line(discount_rate=Decimal(0)),
        lambda: invoice(invoice_number=""),
        lambda: invoice(invoice_number="x" * 256),
        lambda: invoice(invoice_number="INV-é"),
        lambda: invoice(invoice_number=" INV-1"),
        lambda: invoice(invoice_number="INV-1 "),
        lambda: invoice(invoice_number="INV\t1"),
        lambda: invoice(reference="x" * 256),
        lambda: invoice(line_items=()),
        lambda: invoice(line_items=(line(),) * 1001),
        lambda: invoice(currency_code="nzd"),
        lambda: invoice(currency_rate=Decimal(0)),
        lambda: invoice(currency_rate=Decimal("1.2345678")),
        lambda: invoice(date="2026-01-31"),
        lambda: invoice(date=datetime(2026, 1, 31, 23)),  # noqa: DTZ001
        lambda: invoice(status="PAID"),
        lambda: invoice(line_amount_types="Both"),
        lambda: invoice(url="https://go.xero.com/x"),
        lambda: invoice(url="javascript:alert(1)"),
        lambda: invoice(total=Decimal("1.00")),
        lambda: ContactBody(name=""),
        lambda: ContactBody(name="x" * 256),
        lambda: ContactBody(name=" Acme"),
        lambda: ContactBody(name="Acme  Ltd"),
        lambda: ContactBody(name="Acme <Ltd>"),
        lambda: ContactBody(name="A", contact_number="x" * 51),
        lambda: ContactBody(name="A", contact_persons=(ContactPersonBody(),) * 6),
        lambda: AddressBody(address_type="POBOX", country="U.K."),
        lambda: AddressBody.model_validate({"address_type": "HOME"}),
        lambda: AddressBody(address_type="POBOX", city="x" * 256),
        lambda: ItemBody(code=""),
        lambda: ItemBody(code="x" * 31),
        lambda: ItemBody(code="A", name="x" * 51),
        lambda: PriceBody(unit_price=Decimal("1.23456")),
        lambda: ContactRef.model_validate({"contact_id": "not an id"}),
    ],
)
def test_what_xero_would_refuse_or_change_is_refused_here(make: Callable[[], object]) -> None:
    with pytest.raises(ValidationError):
        make()


def test_the_longest_allowed_values_are_allowed() -> None:
    assert invoice(
        invoice_number="x" * 255,
        reference="é" * 255,
        currency_rate=Decimal("1.234567"),
        url="https://psa.example.com/i/1",
        line_items=(line(description="x" * 4000, item_code="x" * 30, account_code="x" * 10, tracking=(OPTION,) * 2),),
    ).number
    assert line(line_amount=Decimal("-9999999999.99")).line_amount is not None
    assert ContactBody(name="x" * 255, contact_number="x" * 50, addresses=(AddressBody(address_type="STREET"),)).name


def test_a_refusal_does_not_repeat_the_value_I8() -> None:
    with pytest.raises(ValidationError) as refused:
        ContactBody(name="Secret <Customer>")
    assert "Customer" not in str(refused.value)


def test_a_line_may_be_a_text_alone() -> None:
    assert LineBody(description="Thank you").as_json() == {"Description": "Thank you"}
