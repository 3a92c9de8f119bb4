"""xero-python as a second opinion: it must read the same values from the bytes that the builders send.

It reads dates only in the shape that Xero answers with, so the plain dates of a request are re-written for it first.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xero_python import accounting
from xero_python.api_client import ModelFinder
from xero_python.api_client.deserializer import deserialize  # the SDK without its HTTP

from tieout_providers.call import Call
from tieout_providers.json_exact import loads
from tieout_providers.xero import XeroCalls
from tieout_providers.xero.bodies import (
    AddressBody,
    Body,
    ContactBody,
    ContactPersonBody,
    ContactRef,
    CreditNoteBody,
    InvoiceBody,
    ItemBody,
    LineBody,
    PhoneBody,
    PriceBody,
    TrackingRef,
)

CALLS = XeroCalls("fe79f7dd-b6d4-4a92-ba7b-538af6289c58")
CONTACT = UUID("025867f1-d741-4d6b-b1af-9ac774b59ba7")
CATEGORY, OPTION = UUID("22f10184-0deb-44ae-a312-b1f6ea70e51f"), UUID("0c9fce3e-a111-4d99-803a-62cf3f40e633")


def read_by_the_sdk(call: Call, kind: str) -> list[Any]:
    body = _with_answer_dates(loads(call.body))
    return list(getattr(deserialize(kind, body, ModelFinder(accounting.models)), _snake(kind)))


def _with_answer_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: f"/Date({int(datetime.fromisoformat(f'{member}T00:00:00+00:00').timestamp()) * 1000}+0000)/"
            if name in ("Date", "DueDate")
            else _with_answer_dates(member)
            for name, member in value.items()
        }
    return [_with_answer_dates(member) for member in value] if isinstance(value, list) else value


def _snake(kind: str) -> str:
    return {"CreditNotes": "credit_notes"}.get(kind, kind.lower())


def equal(sdk_value: Any, value: Any) -> bool:
    """The SDK has enums for codes, floats nowhere on reading, and moments for days."""
    if isinstance(sdk_value, datetime):
        sdk_value = sdk_value.astimezone(UTC).date()
    sdk_value = getattr(sdk_value, "value", sdk_value)
    return bool(sdk_value == (str(value) if isinstance(value, UUID) else value))


def assert_same(sdk: Any, ours: Any, names: Sequence[str]) -> None:
    differing = {name: (getattr(sdk, name), getattr(ours, name)) for name in names}
    assert {name: pair for name, pair in differing.items() if not equal(*pair)} == {}


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
prices = st.integers(-(10**9), 10**9).map(lambda units: Decimal(units).scaleb(-4))
money = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
lines = st.builds(
    LineBody,
    description=texts,
    quantity=prices,
    unit_amount=prices,
    line_amount=st.none() | money,
    item_code=st.none() | st.just("ROUTER"),
    account_code=st.just("200"),
    tax_type=st.just("OUTPUT2"),
    tax_amount=st.none() | money,
    tracking=st.none() | st.just((TrackingRef(tracking_category_id=CATEGORY, tracking_option_id=OPTION),)),
)
documents = {
    "contact": st.just(ContactRef(contact_id=CONTACT)),
    "date": st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    "due_date": st.none() | st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)),
    "status": st.sampled_from(["DRAFT", "AUTHORISED"]),
    "line_amount_types": st.sampled_from(["Exclusive", "Inclusive", "NoTax"]),
    "currency_code": st.sampled_from(["NZD", "USD", "GBP"]),
    "currency_rate": st.none() | st.just(Decimal("1.234567")),
    "reference": st.none() | texts,
    "line_items": st.lists(lines, min_size=1, max_size=3).map(tuple),
}
HEADER = ("date", "due_date", "status", "line_amount_types", "currency_code", "currency_rate", "reference", "type")
LINE = ("description", "quantity", "unit_amount", "line_amount", "item_code", "account_code", "tax_type", "tax_amount")


def assert_same_document(sdk: Any, ours: InvoiceBody | CreditNoteBody) -> None:
    assert_same(sdk, ours, HEADER)
    assert sdk.contact.contact_id == str(CONTACT)
    assert len(sdk.line_items) == len(ours.line_items)
    for sdk_line, line in zip(sdk.line_items, ours.line_items, strict=True):
        assert_same(sdk_line, line, LINE)
        assert isinstance(sdk_line.unit_amount, Decimal)
        for sdk_option, option in zip(sdk_line.tracking or (), line.tracking or (), strict=True):
            assert_same(sdk_option, option, ("tracking_category_id", "tracking_option_id"))


@settings(max_examples=50, deadline=None)
@given(st.builds(InvoiceBody, invoice_number=st.just("INV-1"), url=st.just("https://psa.example.com/1"), **documents))
def test_an_invoice_is_read_with_the_same_values(invoice: InvoiceBody) -> None:
    (sdk,) = read_by_the_sdk(CALLS.put_invoices([invoice], key="k"), "Invoices")
    assert_same_document(sdk, invoice)
    assert_same(sdk, invoice, ("invoice_number", "url"))


@settings(max_examples=30, deadline=None)
@given(st.builds(CreditNoteBody, credit_note_number=st.just("CR-1"), **documents))
def test_a_credit_note_is_read_with_the_same_values(credit_note: CreditNoteBody) -> None:
    (sdk,) = read_by_the_sdk(CALLS.put_credit_notes([credit_note], key="k"), "CreditNotes")
    assert_same_document(sdk, credit_note)
    assert sdk.credit_note_number == "CR-1"


def test_a_contact_is_read_with_the_same_values() -> None:
    address = AddressBody(address_type="POBOX", address_line1="1 High St", city="Wellington", region="WGN",
                          postal_code="6011", country="New Zealand", attention_to="Accounts")  # fmt: skip
    person = ContactPersonBody(
        first_name="Ann", last_name="Lee", email_address="ann@example.com", include_in_emails=True
    )
    contact = ContactBody(
        name="Acme Ltd", contact_number="CW-19", account_number="ACME01", first_name="Bo", last_name="Ng",
        email_address="ar@example.com", tax_number="123", company_number="456", default_currency="NZD",
        addresses=(address,), phones=(PhoneBody(phone_number="847-1294", phone_area_code="04"),),
        contact_persons=(person,),
    )  # fmt: skip
    (sdk,) = read_by_the_sdk(CALLS.put_contacts([contact], key="k"), "Contacts")
    plain = ("name", "contact_number", "account_number", "first_name", "last_name", "email_address", "tax_number")
    assert_same(sdk, contact, (*plain, "company_number", "default_currency"))
    assert_same(sdk.addresses[0], address, tuple(AddressBody.model_fields))
    assert_same(sdk.phones[0], contact.phones[0] if contact.phones else None, tuple(PhoneBody.model_fields))
    assert_same(sdk.contact_persons[0], person, tuple(ContactPersonBody.model_fields))


def test_an_item_is_read_with_the_same_values() -> None:
    price = PriceBody(unit_price=Decimal("25.0625"), account_code="200", tax_type="OUTPUT2")
    item = ItemBody(code="ROUTER", name="Router", description="A router", is_sold=True, is_purchased=False,
                    sales_details=price)  # fmt: skip
    (sdk,) = read_by_the_sdk(CALLS.put_items([item], key="k"), "Items")
    assert_same(sdk, item, ("code", "name", "description", "is_sold", "is_purchased"))
    assert_same(sdk.sales_details, price, tuple(PriceBody.model_fields))


@pytest.mark.parametrize(
    ("call", "kind", "field", "status"),
    [
        (CALLS.approve("Invoices", [CONTACT], key="k"), "Invoices", "invoice_id", "AUTHORISED"),
        (CALLS.delete_drafts("CreditNotes", [CONTACT], key="k"), "CreditNotes", "credit_note_id", "DELETED"),
        (CALLS.void("Invoices", [CONTACT], key="k"), "Invoices", "invoice_id", "VOIDED"),
    ],
)
def test_a_change_of_status_is_read_as_one(call: Call, kind: str, field: str, status: str) -> None:
    (sdk,) = read_by_the_sdk(call, kind)
    assert (getattr(sdk, field), sdk.status, sdk.line_items) == (str(CONTACT), status, None)


def test_every_field_that_is_sent_is_one_that_the_sdk_knows() -> None:
    pairs: list[tuple[type[Body], Any]] = [
        (InvoiceBody, accounting.Invoice),
        (CreditNoteBody, accounting.CreditNote),
        (LineBody, accounting.LineItem),
        (TrackingRef, accounting.LineItemTracking),
        (ContactBody, accounting.Contact),
        (AddressBody, accounting.Address),
        (PhoneBody, accounting.Phone),
        (ContactPersonBody, accounting.ContactPerson),
        (ItemBody, accounting.Item),
        (PriceBody, accounting.Purchase),
    ]
    for ours, sdk in pairs:
        sent = {field.serialization_alias for field in ours.model_fields.values()}
        assert sent <= set(sdk.attribute_map.values()), ours.__name__
