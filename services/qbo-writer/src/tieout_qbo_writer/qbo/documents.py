"""A ledger document as QuickBooks Online takes it: final from its creation, so that nothing is sent in doubt.

Totals are left to QuickBooks and compared afterwards. A line's quantity and price go along where their product is the
line's amount; else the amount goes alone.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from tieout_contracts.documents import LedgerDocument, LedgerLine
from tieout_posting.ledger import Draft
from tieout_providers.qbo.bodies import (
    CreditMemoBody,
    CurrencyRef,
    InvoiceBody,
    Memo,
    Ref,
    SalesItemDetail,
    SalesLine,
    line_amount,
)
from tieout_qbo_writer.qbo.addresses import postal_address
from tieout_qbo_writer.qbo.exchange import exchange_rate
from tieout_qbo_writer.qbo.items import line_item
from tieout_qbo_writer.qbo.keys import (
    CLASS_PLACE,
    HOME_CURRENCY,
    MANY_CURRENCIES,
    OBSTACLE,
    class_key,
    location_key,
    looked_up,
)
from tieout_qbo_writer.qbo.marks import MAX_NOTE_CHARS, pay_note, private_note
from tieout_qbo_writer.qbo.tax import global_tax, line_tax_code, tax_detail
from tieout_qbo_writer.qbo.wording import Wording

MAX_NUMBER_CHARS = 21
MAX_DESCRIPTION_CHARS = 4000
PLACES = -7
CLASS, LOCATION = "Class", "Location"
"""The tracking categories of every company."""


def document_body(draft: Draft, keys: Mapping[str, str]) -> InvoiceBody | CreditMemoBody:
    """An invoice or a credit memo. Raises pydantic's ValidationError, or ValueError with what stands in the way."""
    document = draft.document
    _check(document, keys)
    fields: dict[str, Any] = {
        "doc_number": document.number,
        "txn_date": document.document_date,
        "customer_ref": Ref(value=draft.contact_id),
        "currency_ref": CurrencyRef(value=document.currency) if keys.get(MANY_CURRENCIES) else None,
        "exchange_rate": exchange_rate(document, keys),
        "private_note": Wording.of(keys).say(private_note(document, draft.mark), MAX_NOTE_CHARS),
        "ship_addr": postal_address(document.ship_to, Wording.of(keys)) if document.ship_to else None,
        "class_ref": _of_document(document, CLASS, class_key, keys) if keys.get(CLASS_PLACE) == "document" else None,
        "department_ref": _of_document(document, LOCATION, location_key, keys),
        "global_tax_calculation": global_tax(document, keys),
        "txn_tax_detail": tax_detail(document, keys),
        "line": tuple(_line(document, line, keys) for line in document.lines),
    }
    if document.kind == "sales_credit":
        return CreditMemoBody(**fields)
    memo = Memo(value=pay_note(document.pay_link)) if document.pay_link else None
    return InvoiceBody(due_date=document.due_date, customer_memo=memo, **fields)


def has_product(line: LedgerLine) -> bool:
    """Whether quantity and price go along: seven places are kept, and a product that is not the amount is refused."""
    exact = all(int(number.normalize().as_tuple().exponent) >= PLACES for number in (line.quantity, line.unit_amount))
    return exact and line_amount(line.quantity, line.unit_amount) == line.amount


def _check(document: LedgerDocument, keys: Mapping[str, str]) -> None:
    if (obstacle := keys.get(OBSTACLE)) is not None:
        raise ValueError(obstacle)
    if len(document.number) > MAX_NUMBER_CHARS:
        raise ValueError(f"QuickBooks Online keeps numbers of at most {MAX_NUMBER_CHARS} characters")
    if document.currency != keys.get(HOME_CURRENCY) and not keys.get(MANY_CURRENCIES):
        raise ValueError(f"it is in {document.currency}, but the company's preference Multicurrency is off")
    if document.expected.total < Decimal(0):
        raise ValueError("QuickBooks Online takes no document with a negative total")


def _line(document: LedgerDocument, line: LedgerLine, keys: Mapping[str, str]) -> SalesLine:
    with_product = has_product(line)
    return SalesLine(
        amount=line.amount,
        description=Wording.of(keys).say(line.description, MAX_DESCRIPTION_CHARS) or None,
        sales_item_line_detail=SalesItemDetail(
            item_ref=line_item(line, keys),
            qty=line.quantity if with_product else None,
            unit_price=line.unit_amount if with_product else None,
            tax_code_ref=line_tax_code(document, line, keys),
            class_ref=_of_line(line, keys),
        ),
    )


def _of_line(line: LedgerLine, keys: Mapping[str, str]) -> Ref | None:
    _refuse_unknown_categories(line)
    option = next((each.option for each in line.tracking if each.category == CLASS), None)
    if option is None or keys.get(CLASS_PLACE) == "document":
        return None
    if keys.get(CLASS_PLACE) is None:
        raise ValueError("it has a class, but classes are not switched on in QuickBooks Online")
    return Ref(value=looked_up(keys, class_key(option), f"the class {option!r}"))


def _refuse_unknown_categories(line: LedgerLine) -> None:
    unknown = [each.category for each in line.tracking if each.category not in (CLASS, LOCATION)]
    if unknown:
        raise ValueError(f"QuickBooks Online tracks by {CLASS} and {LOCATION}, not by {unknown[0]!r}")


def _of_document(
    document: LedgerDocument, category: str, key_of: Callable[[str], str], keys: Mapping[str, str]
) -> Ref | None:
    """What stands once on the document: all lines that have one must have the same."""
    options = sorted({each.option for line in document.lines for each in line.tracking if each.category == category})
    if not options:
        return None
    if len(options) > 1:
        raise ValueError(f"a document in QuickBooks Online has one {category.lower()}, not {len(options)}")
    return Ref(value=looked_up(keys, key_of(options[0]), f"the {category.lower()} {options[0]!r}"))
