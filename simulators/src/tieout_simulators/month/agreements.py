"""Agreements: a monthly fee, additions by item, and proration of what began within the month."""

import random
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from tieout_simulators.month.arithmetic import extend, full_price, full_quantity, to_cents
from tieout_simulators.month.catalogue import Product, by_family, contract_price, usual_quantity
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.dice import chance
from tieout_simulators.month.lines import Line, addition_line, agreement_line

MONTH_START = date(2026, 10, 1)
MONTH_END = date(2026, 10, 31)
DAYS_IN_MONTH = 31

PLANS = (
    ("Managed Services Gold", "1980.00"),
    ("Managed Services Silver", "1234.56"),
    ("Managed Security", "745.00"),
    ("Managed Network", "389.50"),
    ("Backup and Recovery", "468.75"),
    ("Cloud Telephone", "312.40"),
    ("Application Hosting", "856.25"),
    ("Block of Ten Hours", "1750.00"),
)


@dataclass(frozen=True)
class Addition:
    """An item of an agreement. `days` is how much of the month it is billed for.

    A part month is billed in one of two ways: at a prorated price, or for a prorated quantity.
    """

    id: int
    product: Product
    quantity: Decimal
    unit_price: Decimal
    days: int = DAYS_IN_MONTH
    prorates_quantity: bool = False

    @property
    def is_prorated(self) -> bool:
        return self.days < DAYS_IN_MONTH

    @property
    def effective(self) -> date:
        return date(2026, 10, DAYS_IN_MONTH + 1 - self.days) if self.is_prorated else date(2026, 7, 1)

    @property
    def prorated_price(self) -> Decimal:
        return full_price(self.unit_price * self.days / DAYS_IN_MONTH)

    @property
    def extended(self) -> Decimal:
        """The fraction of the month is applied unrounded, and the amount rounded once."""
        return to_cents(self.quantity * self.unit_price * self.days / DAYS_IN_MONTH)

    def line(self) -> Line:
        """How the addition appears on the invoice."""
        if self.is_prorated and self.prorates_quantity:
            share = full_quantity(self.quantity * self.days / DAYS_IN_MONTH)
            return addition_line(self.product, share, self.unit_price, self.extended)
        price = self.prorated_price if self.is_prorated else self.unit_price
        return addition_line(self.product, self.quantity, price, self.extended)


@dataclass(frozen=True)
class Agreement:
    """What a customer has signed. In arrears it bills the month at its end, and so knows its part months."""

    id: int
    name: str
    plan: str
    customer: Customer
    fee: Decimal
    in_arrears: bool
    additions: tuple[Addition, ...] = ()
    days: int = DAYS_IN_MONTH
    prorates_quantity: bool = False

    @property
    def invoice_date(self) -> date:
        return MONTH_END if self.in_arrears else MONTH_START

    def fee_line(self) -> Line:
        """The fee of the month, or of the days since the agreement began."""
        first = DAYS_IN_MONTH + 1 - self.days
        text = f"{self.name}, {first}-{DAYS_IN_MONTH} October 2026"
        if self.days == DAYS_IN_MONTH:
            return agreement_line(text, self.fee)
        text = f"{text} ({self.days} of {DAYS_IN_MONTH} days)"
        if self.prorates_quantity:
            # 0.5484 months at the full fee: the product of what is printed is a cent off what was billed.
            share = full_quantity(Decimal(self.days) / DAYS_IN_MONTH)
            return replace(agreement_line(text, self.fee, share), extended=self.prorated_fee)
        return agreement_line(text, self.prorated_fee)

    @property
    def prorated_fee(self) -> Decimal:
        return extend(Decimal(1), self.fee * self.days / DAYS_IN_MONTH)


def plain_agreement(agreement_id: int, customer: Customer, rolls: random.Random) -> Agreement:
    """An agreement with a fee only; some began within the month."""
    plan, fee = rolls.choice(PLANS)
    in_arrears = chance(rolls, 50)
    return Agreement(
        id=agreement_id,
        name=f"{plan} - {customer.name}",
        plan=plan,
        customer=customer,
        fee=full_price(Decimal(fee) * rolls.choice((1, 1, 1, 2, 3))),
        in_arrears=in_arrears,
        days=_part_month(rolls) if in_arrears and chance(rolls, 40) else DAYS_IN_MONTH,
        prorates_quantity=chance(rolls, 50),
    )


def itemised_agreement(
    agreement_id: int,
    customer: Customer,
    products: tuple[Product, ...],
    rolls: random.Random,
    *,
    count: int,
    first_addition_id: int,
) -> Agreement:
    """A managed services agreement with `count` additions, no product twice, some of them prorated."""
    plan, fee = PLANS[0] if chance(rolls, 50) else PLANS[1]
    sold = rolls.sample(by_family(products, "managed", "software"), count)
    additions = tuple(
        Addition(
            id=first_addition_id + index,
            product=product,
            quantity=usual_quantity(product, rolls),
            unit_price=contract_price(product, rolls),
            days=_part_month(rolls) if chance(rolls, 20) else DAYS_IN_MONTH,
            prorates_quantity=chance(rolls, 40),
        )
        for index, product in enumerate(sold)
    )
    return Agreement(agreement_id, f"{plan} - {customer.name}", plan, customer, Decimal(fee), True, additions)


def mid_month_agreement(agreement_id: int, customer: Customer) -> Agreement:
    """The textbook case: 1,234.56 a month, begun on the fifteenth, so 17 of 31 days."""
    plan, fee = PLANS[1]
    return Agreement(agreement_id, f"{plan} - {customer.name}", plan, customer, Decimal(fee), in_arrears=True, days=17)


def _part_month(rolls: random.Random) -> int:
    return rolls.choice((17, 17, 24, 20, 10, 6))
