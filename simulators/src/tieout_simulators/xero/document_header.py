"""The fields of a document beside its lines: reading and checking them."""

from datetime import date, datetime

from tieout_simulators.xero import fields, messages
from tieout_simulators.xero.books import Books
from tieout_simulators.xero.currency_rates import RATE_PLACES, day_rate
from tieout_simulators.xero.documents import Document
from tieout_simulators.xero.fields import Element

MAX_NUMBER = 255
MAX_REFERENCE = 255
MAX_URL = 2048
_LINE_AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")


def read_header(books: Books, document: Document, sent: Element, problems: list[str]) -> None:
    """Lay the sent fields over the document's."""
    _read_number(books, document, sent, problems)
    reference = fields.text(sent, "Reference", problems, MAX_REFERENCE)
    if reference is not None and keeps_reference(document):
        document.reference = reference
    document.issued_on = fields.day(sent, "Date", problems) or document.issued_on
    document.due_date = fields.day(sent, "DueDate", problems) or document.due_date
    types = fields.text(sent, "LineAmountTypes", problems)
    if types is not None and types not in _LINE_AMOUNT_TYPES:
        problems.append(messages.unknown_value("LineAmountTypes", types))
    document.line_amount_types = types or document.line_amount_types
    document.branding_theme_id = fields.text(sent, "BrandingThemeID", problems) or document.branding_theme_id
    _read_url(document, sent, problems)
    _read_currency(books, document, sent, problems)


def keeps_reference(document: Document) -> bool:
    """Unconfirmed: bills and supplier credits have no reference of their own, so one that is sent is not kept."""
    return document.is_sale


def default_date(now: datetime) -> date:
    """The date of a document that names none: today, in UTC where Xero takes the organisation's time zone."""
    return now.date()


def _read_number(books: Books, document: Document, sent: Element, problems: list[str]) -> None:
    book = books.documents(document.kind)
    number = fields.text(sent, document.kind.number_field, problems, MAX_NUMBER)
    unique = document.type == document.kind.numbered_type
    if not number:
        if unique and not document.number:
            document.number = book.next_number()
        return
    if not (number.isascii() and number.isprintable()):
        problems.append(messages.NUMBER_NOT_PRINTABLE)
    holder = book.holder(number) if unique else None
    if holder is not None and holder.document_id != document.document_id:
        problems.append(document.kind.number_taken)
    document.number = number


def _read_url(document: Document, sent: Element, problems: list[str]) -> None:
    url = fields.text(sent, "Url", problems, MAX_URL)
    if not url:
        return
    if not url.lower().startswith(("http://", "https://")) or "xero" in url.lower():
        problems.append(messages.URL_INVALID)
    document.url = url


def _read_currency(books: Books, document: Document, sent: Element, problems: list[str]) -> None:
    currency = fields.text(sent, "CurrencyCode", problems)
    if currency and currency != document.currency:
        if currency not in books.chart.currencies:
            problems.append(messages.currency_not_subscribed(currency))
        document.currency = currency
        document.currency_rate = day_rate(books.base_currency, currency)
    rate = fields.number(sent, "CurrencyRate", problems, RATE_PLACES)
    if rate is not None:
        if rate <= 0:
            problems.append(messages.CURRENCY_RATE_INVALID)
        document.currency_rate = rate
