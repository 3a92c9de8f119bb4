"""What is sent to QuickBooks Online, strictly: the limits of its reference checked before a call is built.

Amounts are never rounded here: a value with more places than QuickBooks Online keeps is refused, and so is a line whose
amount is not its quantity times its price (code 6070). Raises pydantic's ValidationError, without the values.
"""

from datetime import date as Day  # noqa: N812 - as in every document
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_pascal

MAX_LINES = 750
"""Of a taxable invoice; others may have 10,000."""
MAX_AMOUNT = Decimal("9999999999.99")
MAX_PRICE = Decimal(99999999999)

_EXACT = Context(prec=40, traps=[Inexact, InvalidOperation])
_CENT, _SEVEN_PLACES = Decimal("0.01"), Decimal("0.0000001")


def line_amount(quantity: Decimal, price: Decimal) -> Decimal:
    """What QuickBooks Online makes of a quantity and a price: half away from zero, at two places.

    Unconfirmed for negative products.
    """
    return (quantity * price).quantize(_CENT, rounding=ROUND_HALF_UP)


def _at(places: Decimal, value: Decimal, most: Decimal) -> Decimal:
    try:
        exact = value.quantize(places, context=_EXACT)
    except (Inexact, InvalidOperation):
        raise ValueError(f"must be a number of at most {-int(places.as_tuple().exponent)} decimal places") from None
    if abs(exact) > most:
        raise ValueError(f"must not be beyond {most}")
    return exact


def _money(value: Decimal) -> Decimal:
    return _at(_CENT, value, MAX_AMOUNT)


def _fine(value: Decimal) -> Decimal:
    exact = _at(_SEVEN_PLACES, value, MAX_PRICE).normalize()
    return exact if int(exact.as_tuple().exponent) <= 0 else exact.quantize(Decimal(1))


def _rate(value: Decimal) -> Decimal:
    if not 0 < (rate := _fine(value)) < MAX_PRICE:
        raise ValueError("must be a positive rate")
    return rate


def _display_name(value: str) -> str:
    if value != " ".join(value.split()) or ":" in value:
        raise ValueError("must not hold a colon, a tab or a line break, nor spaces at its ends or two in a row")
    return value


def _item_name(value: str) -> str:
    if value != " ".join(value.split()) or ":" in value or '"' in value:
        raise ValueError("must not hold a colon, a quote, a tab or a line break, nor spaces at its ends")
    return value


Money = Annotated[Decimal, AfterValidator(_money)]
Fine = Annotated[Decimal, AfterValidator(_fine)]
"""A quantity or a price: QuickBooks Online keeps seven places."""
ExchangeRate = Annotated[Decimal, AfterValidator(_rate)]
Percent = Annotated[Decimal, Field(ge=0, le=1000)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
"""Mostly a number; tax codes of the United States are called TAX and NON."""
DocNumber = Annotated[str, StringConstraints(pattern=r"^\S(.{0,19}\S)?$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, StringConstraints(max_length=100)]
DisplayName = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_display_name)]
Text500 = Annotated[str, StringConstraints(max_length=500)]
Text255 = Annotated[str, StringConstraints(max_length=255)]
Text30 = Annotated[str, StringConstraints(max_length=30)]
Text4000 = Annotated[str, StringConstraints(max_length=4000)]
GlobalTaxCalculation = Literal["TaxExcluded", "TaxInclusive", "NotApplicable"]


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


class Ref(Body):
    """A reference by id alone: names would have to agree."""

    value: Id = Field(serialization_alias="value")


class CurrencyRef(Body):
    """A currency by its code."""

    value: Currency = Field(serialization_alias="value")


class SalesItemDetail(Body):
    """What a sales line says of its item. The revenue account is the item's; there is none on the line."""

    item_ref: Ref
    qty: Fine | None = None
    unit_price: Fine | None = None
    tax_code_ref: Ref | None = None
    class_ref: Ref | None = None
    service_date: Day | None = None
    tax_inclusive_amt: Money | None = None


class SalesLine(Body):
    """A sales line; its amount is net and always sent. Quantity and price come together or not at all.

    `id` names a line that the document has already; a line without one is new."""

    id: Id | None = None
    amount: Money
    description: Text4000 | None = None
    detail_type: Literal["SalesItemLineDetail"] = "SalesItemLineDetail"
    sales_item_line_detail: SalesItemDetail

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        quantity, price = self.sales_item_line_detail.qty, self.sales_item_line_detail.unit_price
        if (quantity is None) != (price is None):
            raise ValueError("quantity and unit price come together or not at all")
        if quantity is not None and price is not None and line_amount(quantity, price) != self.amount:
            raise ValueError("the amount must be quantity times unit price, rounded to two places")
        return self


class TextLine(Body):
    """A line that only says something."""

    description: Text4000
    detail_type: Literal["DescriptionOnly"] = "DescriptionOnly"
    description_line_detail: dict[str, Any] = Field(default_factory=dict)


class TaxLineDetail(Body):
    """One rate's tax; a percentage of 8.5 is 8.5."""

    tax_rate_ref: Ref
    percent_based: bool = True
    tax_percent: Percent | None = None
    net_amount_taxable: Money | None = None
    override_delta_amount: Money | None = None


class TaxLine(Body):
    """The tax of one rate; each rate stands once."""

    amount: Money
    detail_type: Literal["TaxLineDetail"] = "TaxLineDetail"
    tax_line_detail: TaxLineDetail


class TxnTaxDetail(Body):
    """A document's tax: per rate outside the United States, by one tax code inside."""

    txn_tax_code_ref: Ref | None = None
    total_tax: Money | None = None
    tax_line: Annotated[tuple[TaxLine, ...], Field(max_length=100)] | None = None


class Email(Body):
    """An e-mail address."""

    address: Annotated[str, StringConstraints(min_length=3, max_length=100)]


class Memo(Body):
    """What the customer reads on the document."""

    value: Annotated[str, StringConstraints(max_length=1000)] = Field(serialization_alias="value")


class AddressBody(Body):
    """A postal address; its lines may have 2,000 characters together."""

    line1: Text500 | None = None
    line2: Text500 | None = None
    line3: Text500 | None = None
    line4: Text500 | None = None
    line5: Text500 | None = None
    city: Text255 | None = None
    country: Text255 | None = None
    country_sub_division_code: Text255 | None = None
    postal_code: Text30 | None = None


Lines = Annotated[tuple[SalesLine | TextLine, ...], Field(min_length=1, max_length=MAX_LINES)]


class DocumentBody(Body):
    """What an invoice and a credit memo have in common. Totals are not sent: QuickBooks Online computes its own."""

    doc_number: DocNumber | None = None
    txn_date: Day
    customer_ref: Ref
    currency_ref: CurrencyRef | None = None
    exchange_rate: ExchangeRate | None = None
    private_note: Text4000 | None = None
    customer_memo: Memo | None = None
    bill_email: Email | None = None
    ship_addr: AddressBody | None = None
    """Where it was delivered: Automated Sales Tax goes by it."""
    sales_term_ref: Ref | None = None
    class_ref: Ref | None = None
    department_ref: Ref | None = None
    global_tax_calculation: GlobalTaxCalculation | None = None
    txn_tax_detail: TxnTaxDetail | None = None
    line: Lines

    @model_validator(mode="after")
    def _tax_is_applicable(self) -> Self:
        if self.global_tax_calculation == "NotApplicable" and self.txn_tax_detail is not None:
            raise ValueError("a document to which tax is not applicable has no tax detail (code 6170)")
        return self


class InvoiceBody(DocumentBody):
    """A sales invoice; final from its creation, for there are no drafts."""

    due_date: Day | None = None


class CreditMemoBody(DocumentBody):
    """A sales credit: positive amounts."""


class DocumentChange(Body):
    """A sparse update: what is not set stays, but lines that are sent replace all of the old ones."""

    id: Id
    sync_token: Id
    sparse: Literal[True] = Field(default=True, serialization_alias="sparse")
    doc_number: DocNumber | None = None
    txn_date: Day | None = None
    due_date: Day | None = None
    private_note: Text4000 | None = None
    customer_memo: Memo | None = None
    bill_email: Email | None = None
    sales_term_ref: Ref | None = None
    department_ref: Ref | None = None
    txn_tax_detail: TxnTaxDetail | None = None
    line: Lines | None = None


class Phone(Body):
    """A telephone number as people write it."""

    free_form_number: Annotated[str, StringConstraints(min_length=1, max_length=30)]


class CustomerFields(Body):
    """What can be said of a customer."""

    company_name: Name | None = None
    given_name: Name | None = None
    family_name: Name | None = None
    primary_email_addr: Email | None = None
    primary_phone: Phone | None = None
    bill_addr: AddressBody | None = None
    notes: Annotated[str, StringConstraints(max_length=2000)] | None = None
    taxable: bool | None = None
    active: bool | None = None


class CustomerBody(CustomerFields):
    """A new customer. Its name is unique among customers, vendors and employees together, inactive ones included."""

    display_name: DisplayName
    currency_ref: CurrencyRef | None = None
    parent_ref: Ref | None = None
    job: bool | None = None


class CustomerChange(CustomerFields):
    """A sparse update of a customer; its currency can never be changed."""

    id: Id
    sync_token: Id
    sparse: Literal[True] = Field(default=True, serialization_alias="sparse")
    display_name: DisplayName | None = None


class ItemFields(Body):
    """What can be said of an item that is sold."""

    sku: Name | None = None
    description: Text4000 | None = None
    income_account_ref: Ref | None = None
    unit_price: Fine | None = None
    taxable: bool | None = None
    active: bool | None = None


ItemName = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_item_name)]


class ItemBody(ItemFields):
    """A new item without stock: ConnectWise owns the stock."""

    name: ItemName
    type: Literal["Service", "NonInventory"] = "Service"
    income_account_ref: Ref


class ItemChange(ItemFields):
    """A change of an item. Unconfirmed: that a sparse update of an item leaves the rest as it is."""

    id: Id
    sync_token: Id
    sparse: Literal[True] = Field(default=True, serialization_alias="sparse")
    name: ItemName | None = None
