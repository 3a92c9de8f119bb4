"""The lines of a document as ConnectWise bills them, before any ledger sees them."""

from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.month.arithmetic import extend, full_price, to_cents
from tieout_simulators.month.catalogue import FAMILIES, Product

LABOUR = "SVC-LABOUR"
AGREEMENT = "SVC-AGREEMENT"
EXPENSE = "SVC-EXPENSE"
"""Non-Product IDs: what the GL mapping gives for a line that has no catalogue item."""


@dataclass(frozen=True)
class Line:
    """One billed line. `extended` is ConnectWise's amount in cents; `price` carries all its places.

    `taxable` is the tax flag of the line, `item_taxable` that of what it bills; they differ where somebody forgot one.
    A line with a product either has a record of its own (`/procurement/products`) or comes from an agreement addition.
    """

    gl_type: str
    account: str
    department: str
    text: str
    quantity: Decimal
    price: Decimal
    extended: Decimal
    unit: str
    taxable: bool = True
    item_taxable: bool = True
    product: Product | None = None
    has_product_record: bool = False
    non_product_id: str | None = None

    @property
    def exported_price(self) -> Decimal:
        """The GL export rounds prices to cents, whatever the record behind the line says."""
        return to_cents(self.price)

    @property
    def cost(self) -> Decimal:
        return to_cents(self.quantity * self.product.cost) if self.product else Decimal("0.00")


def product_line(product: Product, quantity: Decimal, price: Decimal) -> Line:
    """A product with a record of its own on the invoice (GL type RP)."""
    return Line(
        gl_type="RP",
        account=product.family.account,
        department=product.family.department,
        text=product.name,
        quantity=quantity,
        price=price,
        extended=extend(quantity, price),
        unit=product.unit,
        taxable=product.taxable,
        item_taxable=product.taxable,
        product=product,
        has_product_record=True,
    )


def addition_line(product: Product, quantity: Decimal, price: Decimal, extended: Decimal) -> Line:
    """An agreement addition: an item but no product record, so its own price stands only in the addition."""
    return Line(
        gl_type="RP",
        account=product.family.account,
        department=product.family.department,
        text=product.name,
        quantity=quantity,
        price=price,
        extended=extended,
        unit=product.unit,
        taxable=product.taxable,
        item_taxable=product.taxable,
        product=product,
    )


def time_line(text: str, department: str, entries: tuple[tuple[Decimal, Decimal], ...]) -> Line:
    """The time of one GL mapping in one line (GL type R): hours summed, price the average of the rates.

    `entries` are (hours, rate); each is rounded to cents by itself, so the average need not reproduce the amount.
    """
    hours = sum((hours for hours, _ in entries), Decimal(0))
    amount = sum((extend(hours, rate) for hours, rate in entries), Decimal("0.00"))
    return Line(
        gl_type="R",
        account="200",
        department=department,
        text=text,
        quantity=hours,
        price=full_price(amount / hours),
        extended=amount,
        unit="Hour",
        non_product_id=LABOUR,
    )


def fixed_line(text: str, department: str, amount: Decimal) -> Line:
    """A part of a fixed-price service (GL type R)."""
    return Line("R", "200", department, text, Decimal(1), amount, amount, "Each", non_product_id=LABOUR)


def agreement_line(text: str, price: Decimal, quantity: Decimal = Decimal(1)) -> Line:
    """What the agreement itself costs (GL type RA), without an item."""
    account = FAMILIES["managed"].account
    amount = extend(quantity, price)
    return Line("RA", account, "Managed", text, quantity, price, amount, "Month", non_product_id=AGREEMENT)


def covered_line(agreement_name: str, amount: Decimal) -> Line:
    """Time that an agreement covers: one negative line per agreement, for the amount applied."""
    return agreement_line(f"Covered by {agreement_name}", amount, Decimal(-1))


def expense_line(text: str, amount: Decimal, *, taxable: bool) -> Line:
    """A recovered expense (GL type RE)."""
    family = FAMILIES["fee"]
    return Line(
        gl_type="RE",
        account=family.account,
        department=family.department,
        text=text,
        quantity=Decimal(1),
        price=amount,
        extended=amount,
        unit="Each",
        taxable=taxable,
        item_taxable=taxable,
        non_product_id=EXPENSE,
    )
