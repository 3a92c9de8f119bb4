"""The lines of a record: every detail of the export that is not sales tax."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from tieout_contracts.money import round_half_away
from tieout_contracts.records import RecordLine
from tieout_ingest.canonical.faults import Faults
from tieout_ingest.canonical.signs import turned
from tieout_ingest.canonical.sources import Backfill
from tieout_ingest.canonical.texts import first_text
from tieout_providers.connectwise.models import Addition, CatalogItem, GLDetail, GLTransaction, ProductItem

SALES_TAX = "ST"


def is_sales_tax(detail: GLDetail) -> bool:
    """Sales tax stands in details of its own; a ledger that computes tax must not get them as lines."""
    return (detail.gl_type_id or "").strip().upper() == SALES_TAX


def lines_of(
    transaction: GLTransaction, sign: int, backfill: Backfill, faults: Faults, gaps: list[str]
) -> tuple[RecordLine, ...]:
    """The lines, in the export's order. What is missing goes to `faults` if it decides an amount, else to `gaps`."""
    taxed = _is_taxed(transaction)
    found = (
        _line(position, detail, sign, backfill, faults, gaps, taxed=taxed)
        for position, detail in enumerate(transaction.detail)
        if not is_sales_tax(detail)
    )
    return tuple(line for line in found if line is not None)


def price_gives_amount(detail: GLDetail) -> bool:
    """Whether the exported unit price, which ConnectWise has rounded, still gives the exported amount."""
    if detail.item_price is None or detail.quantity is None or detail.total is None:
        return False
    return _gives(detail.item_price, detail.quantity, detail.total)


def segments(text: str | None) -> str | None:
    """Account or class segments. A trailing colon only says that a later segment is empty."""
    return first_text((text or "").strip().rstrip(":"))


def _is_taxed(transaction: GLTransaction) -> bool:
    """Whether the document is taxed at all. ConnectWise flags lines as their products are, also for a customer who
    pays no tax; then the header says so. A header that says so and bears tax contradicts itself: the lines decide."""
    return transaction.taxable is not False or bool(transaction.sales_tax)


def _line(
    position: int,
    detail: GLDetail,
    sign: int,
    backfill: Backfill,
    faults: Faults,
    gaps: list[str],
    *,
    taxed: bool,
) -> RecordLine | None:
    place = f"detail[{position}]"
    for field, value in (("id", detail.id), ("glTypeId", first_text(detail.gl_type_id)), ("total", detail.total)):
        if value is None:
            faults.malformed(f"{place}.{field} is missing")
    if detail.id is None or detail.gl_type_id is None or detail.total is None:
        return None
    amount = turned(detail.total, sign)
    product, item = _product_of(detail, backfill), _item_of(detail, backfill)
    quantity = _quantity(place, detail, sign, gaps)
    code = item_code_of(detail, product, item)
    addition = addition_behind(code, quantity, amount, backfill.additions)
    return RecordLine(
        gl_entry_id=detail.id,
        gl_type=detail.gl_type_id.strip(),
        description=_description(detail, product, addition, item),
        quantity=quantity,
        exported_price=detail.item_price if detail.quantity else None,
        own_price=_own_price(product, addition, quantity, amount),
        amount=amount,
        account=segments(detail.account_number),
        gl_class=segments(detail.gl_class),
        item_code=code,
        item_name=first_text(item and item.description, detail.item_description) if code else None,
        non_product_id=None if code else first_text(detail.gl_item_id),
        unit_of_measure=_unit(detail, product, item),
        taxable_levels=_taxable_levels(detail) if taxed else (),
        tax_code=first_text(detail.tax_code and detail.tax_code.name, detail.tax_code_xref),
        item_taxable=_is_item_taxable(detail, product, item),
        subcategory=first_text(detail.sub_category and detail.sub_category.name),
    )


def _quantity(place: str, detail: GLDetail, sign: int, gaps: list[str]) -> Decimal:
    """The quantity. The amount governs: where ConnectWise gives none, or zero with an amount, it is one, and said."""
    if detail.quantity:
        return turned(detail.quantity, sign)
    if detail.quantity is None or detail.total:
        gaps.append(f"{place}.quantity: not in the export; 1 is taken, the amount is ConnectWise's")
        return Decimal(1)
    return Decimal(0)


def _product_of(detail: GLDetail, backfill: Backfill) -> ProductItem | None:
    return backfill.products.get(detail.product.id or 0) if detail.product else None


def _item_of(detail: GLDetail, backfill: Backfill) -> CatalogItem | None:
    return backfill.catalogue.get(detail.item.id or 0) if detail.item else None


def item_code_of(detail: GLDetail, product: ProductItem | None, item: CatalogItem | None) -> str | None:
    """The product's code in ConnectWise's catalogue, from the export or, where it lacks it, from the records (F26)."""
    return first_text(
        detail.item and detail.item.identifier,
        product and product.catalog_item and product.catalog_item.identifier,
        item and item.identifier,
    )


def addition_behind(
    code: str | None, quantity: Decimal, amount: Decimal, additions: Sequence[Addition]
) -> Addition | None:
    """The agreement addition that this line bills: the same product, and one of its prices gives the line's amount.

    The export names no addition, so the arithmetic is the proof; additions that disagree about the price are none.
    """
    if code is None:
        return None
    same = [each for each in additions if each.product and (each.product.identifier or "") == code]
    fitting = [each for each in same if _price_that_gives(amount, quantity, _prices(each)) is not None]
    prices = {_price_that_gives(amount, quantity, _prices(each)) for each in fitting}
    return fitting[0] if len(prices) == 1 else None


def _own_price(
    product: ProductItem | None, addition: Addition | None, quantity: Decimal, amount: Decimal
) -> Decimal | None:
    if product and product.price is not None:
        return product.price
    return _price_that_gives(amount, quantity, _prices(addition)) if addition else None


def _prices(addition: Addition) -> tuple[Decimal | None, ...]:
    return (addition.prorate_price, addition.unit_price)


def _price_that_gives(amount: Decimal, quantity: Decimal, prices: Iterable[Decimal | None]) -> Decimal | None:
    fitting = (price for price in prices if price is not None)
    return next((price for price in fitting if _gives(price, quantity, amount)), None)


def _gives(price: Decimal, quantity: Decimal, amount: Decimal) -> bool:
    """Whether price times quantity, rounded, is the amount; figures beyond all reckoning give nothing."""
    try:
        return round_half_away(price * quantity, _places(amount)) == amount
    except InvalidOperation:
        return False


def _description(
    detail: GLDetail, product: ProductItem | None, addition: Addition | None, item: CatalogItem | None
) -> str:
    """The most detailed text there is (F24, F37, F43); the export's own detailed one first."""
    return (
        first_text(
            detail.sales_description,
            product and product.customer_description,
            addition and addition.invoice_description,
            item and item.customer_description,
            detail.memo,
            product and product.description,
            detail.item_description,
            detail.description,
        )
        or ""
    )


def _unit(detail: GLDetail, product: ProductItem | None, item: CatalogItem | None) -> str | None:
    return first_text(
        *(source and source.unit_of_measure and source.unit_of_measure.name for source in (detail, product, item))
    )


def _is_item_taxable(detail: GLDetail, product: ProductItem | None, item: CatalogItem | None) -> bool | None:
    """Whether what is billed is taxable by its own record; the export says it where it can, None where nothing does."""
    told = [detail.item_taxable_flag, *(source.taxable_flag for source in (product, item) if source)]
    return next((flag for flag in told if flag is not None), None)


def _taxable_levels(detail: GLDetail) -> tuple[int, ...]:
    """The general form where the export has it, else the five fixed flags."""
    if detail.tax_levels:
        return tuple(level.tax_level for level in detail.tax_levels if level.taxable_flag and level.tax_level)
    flags = (
        detail.taxable_flag,
        detail.taxable2_flag,
        detail.taxable3_flag,
        detail.taxable4_flag,
        detail.taxable5_flag,
    )
    return tuple(level for level, taxed in enumerate(flags, start=1) if taxed)


def _places(amount: Decimal) -> int:
    """The decimals that an amount needs, at least two: 100 and 100.0 were rounded to cents as well."""
    exponent = amount.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 2
