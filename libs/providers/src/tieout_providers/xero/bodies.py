"""What is sent to Xero, strictly: the limits of its reference checked before a call is built.

Amounts are never rounded here: a value with more places than Xero keeps is refused, so that no writer can change an
amount. Text limits are characters. Raises pydantic's ValidationError, without the values in its text.
"""

import re
from datetime import date as Day  # noqa: N812 - the field is called date
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.alias_generators import to_pascal

from tieout_providers.json_exact import plain

MAX_LINES = 1000  # larger ones were reported as refused; no official number
MAX_QUANTITY_CHARS = 13
MAX_MONEY = Decimal("9999999999.99")

_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
_CENT, _FOUR_PLACES, _SIX_PLACES = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")


def _at(places: Decimal, value: Decimal) -> Decimal:
    try:
        return value.quantize(places, context=_EXACT)
    except (Inexact, InvalidOperation):
        raise ValueError(f"must be a number of at most {-int(places.as_tuple().exponent)} decimal places") from None


def _money(value: Decimal) -> Decimal:
    if abs(amount := _at(_CENT, value)) > MAX_MONEY:
        raise ValueError(f"must not be beyond {MAX_MONEY}")
    return amount


def _price(value: Decimal) -> Decimal:
    if abs(price := _at(_FOUR_PLACES, value)) > MAX_MONEY:
        raise ValueError(f"must not be beyond {MAX_MONEY}")
    return price


def _quantity(value: Decimal) -> Decimal:
    whole, _, places = plain(_at(_FOUR_PLACES, value)).partition(".")
    text = f"{whole}.{places.rstrip('0')}".rstrip(".")
    if len(text) > MAX_QUANTITY_CHARS:
        raise ValueError(f"must be written in at most {MAX_QUANTITY_CHARS} characters")
    return Decimal(text)


def _rate(value: Decimal) -> Decimal:
    rate = _at(_SIX_PLACES, value)
    if not 0 < rate < Decimal(10) ** 12:
        raise ValueError("must be a positive rate")
    return rate


def _contact_name(value: str) -> str:
    if value != " ".join(value.split()) or re.search(r"[<>]", value):
        raise ValueError("must not begin or end with a space, nor contain two in a row, < or >")
    return value


def _country(value: str) -> str:
    if not all(character.isalpha() or character == " " for character in value):
        raise ValueError("must be letters only")
    return value


def _url(value: str) -> str:
    if "xero" in value.lower() or not value.startswith(("https://", "http://")):
        raise ValueError("must be an address that does not contain the word xero")
    return value


Money = Annotated[Decimal, AfterValidator(_money)]
Price = Annotated[Decimal, AfterValidator(_price)]
Quantity = Annotated[Decimal, AfterValidator(_quantity)]
CurrencyRate = Annotated[Decimal, AfterValidator(_rate)]
Id = Annotated[UUID, Field(strict=False), PlainSerializer(str, return_type=str)]
Number = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,253}[!-~])?$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=10)]
ItemCode = Annotated[str, StringConstraints(min_length=1, max_length=30)]
TaxType = Annotated[str, StringConstraints(min_length=1, max_length=50)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Text50 = Annotated[str, StringConstraints(max_length=50)]
Text255 = Annotated[str, StringConstraints(max_length=255)]
Text500 = Annotated[str, StringConstraints(max_length=500)]
Text4000 = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Url = Annotated[Text255, AfterValidator(_url)]
LineAmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]
WritableStatus = Literal["DRAFT", "SUBMITTED", "AUTHORISED"]


class Body(BaseModel):
    """PascalCase outside; what is not set is not sent."""

    model_config = ConfigDict(
        alias_generator=to_pascal,
        validate_by_name=True,
        validate_by_alias=False,
        frozen=True,
        extra="forbid",
        strict=True,
        hide_input_in_errors=True,
    )

    def as_json(self) -> dict[str, Any]:
        """The mapping that the exact JSON writer takes."""
        return self.model_dump(by_alias=True, exclude_none=True)


class ContactRef(Body):
    """A document names its contact by id only: any other field would change the contact."""

    contact_id: Id = Field(serialization_alias="ContactID")


class TrackingRef(Body):
    """An option of a tracking category; both must exist and be active."""

    tracking_category_id: Id = Field(serialization_alias="TrackingCategoryID")
    tracking_option_id: Id = Field(serialization_alias="TrackingOptionID")


class LineBody(Body):
    """One line. Xero takes a missing price, account or tax type from the item: send all three.

    With `line_amount` Xero itself refuses the document if its product differs. No discounts: they round unsafely.
    """

    description: Text4000
    quantity: Quantity | None = None
    unit_amount: Price | None = None
    line_amount: Money | None = None
    item_code: ItemCode | None = None
    account_code: Code | None = None
    tax_type: TaxType | None = None
    tax_amount: Money | None = None
    tracking: Annotated[tuple[TrackingRef, ...], Field(max_length=2)] | None = None


class DocumentBody(Body):
    """What an invoice and a credit note have in common."""

    contact: ContactRef
    date: Day
    due_date: Day | None = None
    status: WritableStatus = "DRAFT"
    line_amount_types: LineAmountTypes = "Exclusive"
    currency_code: Currency
    currency_rate: CurrencyRate | None = None
    reference: Text255 | None = None
    branding_theme_id: Id | None = Field(default=None, serialization_alias="BrandingThemeID")
    line_items: Annotated[tuple[LineBody, ...], Field(min_length=1, max_length=MAX_LINES)]


class InvoiceBody(DocumentBody):
    """A sales invoice. Totals are not sent: Xero computes its own, which are then compared."""

    type: Literal["ACCREC"] = "ACCREC"
    invoice_number: Number
    url: Url | None = None

    @property
    def number(self) -> str:
        """The invoice number, unique among sales invoices."""
        return self.invoice_number


class CreditNoteBody(DocumentBody):
    """A sales credit note: positive amounts."""

    type: Literal["ACCRECCREDIT"] = "ACCRECCREDIT"
    credit_note_number: Number

    @property
    def number(self) -> str:
        """The credit note's number, unique among sales credit notes."""
        return self.credit_note_number


class LineChange(LineBody):
    """A line of a document that is changed: with its id it is one that the document has, without one it is new. Lines
    that are not sent are deleted."""

    line_item_id: Id | None = Field(default=None, serialization_alias="LineItemID")


class DocumentChange(Body):
    """What an existing document shall be; its status, and what is left out, stays. A reference may be emptied."""

    contact: ContactRef
    date: Day
    due_date: Day | None = None
    line_amount_types: LineAmountTypes
    currency_code: Currency
    reference: Text255
    line_items: Annotated[tuple[LineChange, ...], Field(min_length=1, max_length=MAX_LINES)]


class InvoiceChange(DocumentChange):
    """An invoice that exists."""

    invoice_id: Id = Field(serialization_alias="InvoiceID")
    invoice_number: Number
    url: Url | None = None

    @property
    def document_id(self) -> str:
        """What it is found by."""
        return str(self.invoice_id)


class CreditNoteChange(DocumentChange):
    """A sales credit note that exists."""

    credit_note_id: Id = Field(serialization_alias="CreditNoteID")
    credit_note_number: Number

    @property
    def document_id(self) -> str:
        """What it is found by."""
        return str(self.credit_note_id)


class AddressBody(Body):
    """A contact's address; POBOX is the one printed on invoices."""

    address_type: Literal["POBOX", "STREET"]
    address_line1: Text500 | None = None
    address_line2: Text500 | None = None
    address_line3: Text500 | None = None
    address_line4: Text500 | None = None
    city: Text255 | None = None
    region: Text255 | None = None
    postal_code: Text50 | None = None
    country: Annotated[Text50, AfterValidator(_country)] | None = None
    attention_to: Text255 | None = None


class PhoneBody(Body):
    """A contact's telephone number."""

    phone_type: Literal["DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"] = "DEFAULT"
    phone_number: Text50
    phone_area_code: Annotated[str, StringConstraints(max_length=10)] | None = None
    phone_country_code: Annotated[str, StringConstraints(max_length=20)] | None = None


class ContactPersonBody(Body):
    """A further person who may get the e-mails."""

    first_name: Text255 | None = None
    last_name: Text255 | None = None
    email_address: Text255 | None = None
    include_in_emails: bool | None = None


ContactName = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_contact_name)]


class ContactFields(Body):
    """What can be said of a contact. `contact_number` is our key: only the API can set it."""

    contact_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    account_number: Text50 | None = None
    first_name: Text255 | None = None
    last_name: Text255 | None = None
    email_address: Text255 | None = None
    company_number: Text50 | None = None
    tax_number: Text50 | None = None
    default_currency: Currency | None = None
    contact_persons: Annotated[tuple[ContactPersonBody, ...], Field(max_length=5)] | None = None
    addresses: Annotated[tuple[AddressBody, ...], Field(max_length=2)] | None = None
    phones: Annotated[tuple[PhoneBody, ...], Field(max_length=5)] | None = None


class ContactBody(ContactFields):
    """A contact, by name. With `contact_id` an existing one is changed."""

    name: ContactName
    contact_id: Id | None = Field(default=None, serialization_alias="ContactID")


class ContactChange(ContactFields):
    """A change of an existing contact: what is not set stays, an empty text empties. Persons that are sent replace all
    that it has."""

    contact_id: Id = Field(serialization_alias="ContactID")
    name: ContactName | None = None


class PriceBody(Body):
    """An item's price and coding on one side."""

    unit_price: Price | None = None
    account_code: Code | None = None
    tax_type: TaxType | None = None


class ItemBody(Body):
    """An untracked item: ConnectWise owns the stock."""

    code: ItemCode
    name: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = None
    description: Annotated[str, StringConstraints(max_length=4000)] | None = None
    purchase_description: Annotated[str, StringConstraints(max_length=4000)] | None = None
    is_sold: bool | None = None
    is_purchased: bool | None = None
    sales_details: PriceBody | None = None
    purchase_details: PriceBody | None = None
