"""What the MSP sells: catalogue items with codes, short and detailed texts, and prices of up to seven places."""

import random
from dataclasses import dataclass
from decimal import Decimal

from tieout_simulators.month.arithmetic import full_price, full_quantity, to_cents
from tieout_simulators.month.table_files import rows


@dataclass(frozen=True)
class Family:
    """A kind of product: the revenue account and department its GL mapping gives, and the ledger type."""

    account: str
    department: str
    product_type: tuple[int, str]
    item_type_xref: str
    product_class: str
    subcategory: tuple[int, str]


FAMILIES = {
    "hardware": Family("220", "Hardware", (1, "Inventory"), "InventoryPart", "NonInventory", (31, "Hardware")),
    "software": Family("230", "Software", (2, "Licence"), "OtherCharge", "NonInventory", (32, "Licences")),
    "managed": Family("210", "Managed", (3, "Agreement"), "Service", "Agreement", (33, "Managed services")),
    "metered": Family("210", "Managed", (4, "Usage"), "OtherCharge", "NonInventory", (34, "Metered usage")),
    "training": Family("200", "Support", (5, "Service"), "Service", "Service", (35, "Training")),
    "fee": Family("240", "Support", (6, "Other charge"), "OtherCharge", "NonInventory", (36, "Fees passed on")),
}

UNITS = {"Each": 1, "Hour": 2, "Seat": 3, "Device": 4, "GB": 5, "Message": 6, "Month": 7, "Metre": 8}
"""Units of measure with their ConnectWise ids."""

DEAR = Decimal(150)
MIDDLING = Decimal(40)
"""Unit prices from which a line bills few pieces."""


@dataclass(frozen=True)
class Product:
    """A catalogue item. `name` is the short text of the catalogue, `detail` what the customer reads."""

    id: int
    code: str
    name: str
    detail: str
    family_name: str
    price: Decimal
    unit: str
    taxable: bool

    @property
    def family(self) -> Family:
        return FAMILIES[self.family_name]

    @property
    def cost(self) -> Decimal:
        """Unit cost in cents, about three quarters of the price."""
        return to_cents(self.price * Decimal("0.76"))


def catalogue() -> tuple[Product, ...]:
    """Every catalogue item, in the order of the price list."""
    return tuple(
        Product(
            id=product_id,
            code=row["code"],
            name=row["name"],
            detail=row["detail"],
            family_name=row["family"],
            price=Decimal(row["price"]),
            unit=row["unit"],
            taxable=row["tax"] == "GST",
        )
        for product_id, row in enumerate(rows("price_list"), start=501)
    )


def by_family(products: tuple[Product, ...], *families: str) -> tuple[Product, ...]:
    """The products of some families, in catalogue order."""
    return tuple(product for product in products if product.family_name in families)


def usual_quantity(product: Product, rolls: random.Random) -> Decimal:
    """How much of a product one line bills: whole pieces and seats, few of a dear one; usage to three places."""
    if product.family_name == "metered":
        if product.unit == "Message":
            return Decimal(rolls.choice((250, 500, 1_000, 1_250, 2_400)))
        return full_quantity(Decimal(rolls.randint(40_000, 2_600_000)) / 1_000)
    if product.unit == "Metre":
        return full_quantity(Decimal(rolls.randint(20, 480)) / 4)
    if product.price >= DEAR:
        return Decimal(rolls.choice((1, 1, 1, 1, 1, 2, 3)))
    return Decimal(rolls.randint(1, 4 if product.price >= MIDDLING else 18))


def contract_price(product: Product, rolls: random.Random) -> Decimal:
    """The customer's own price: most pay the list, some a percentage of it with all its decimals."""
    share = rolls.choice(("1", "1", "1", "1", "0.95", "0.925", "0.8875", "0.83333"))
    return full_price(product.price * Decimal(share))
