"""The ordinary documents of the month: agreement, standard, progress and miscellaneous invoices, credit memos."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tieout_simulators.month.agreements import MONTH_START, Agreement
from tieout_simulators.month.arithmetic import to_cents
from tieout_simulators.month.catalogue import Product, by_family, contract_price, usual_quantity
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.dice import chance
from tieout_simulators.month.documents import Document, InvoiceType, Project
from tieout_simulators.month.lines import Line, covered_line, expense_line, fixed_line, product_line, time_line

WORK = (
    ("Service desk, remote", "Support", ("165.00", "185.00")),
    ("Field engineer, on site", "Support", ("195.00", "210.00", "262.50")),
    ("After hours", "Support", ("277.50", "315.00")),
    ("Consulting", "Projects", ("245.00", "268.75")),
    ("Project engineer", "Projects", ("220.00", "232.50")),
)
"""GL mappings of time: text, department, rates of the work roles behind it."""

EXPENSES = (
    ("Travel by car, kilometres as agreed", True),
    ("Parking and tolls", True),
    ("Accommodation", True),
    ("Courier at cost", True),
    ("Government fee passed on (no GST)", False),
)

WEIGHTS = {"hardware": 2, "software": 6, "metered": 1, "training": 2, "fee": 5}
"""How often each kind of product is sold outside agreements."""

PROJECTS = (
    "Office move",
    "Mail migration",
    "Server renewal",
    "Network refresh",
    "Telephone change-over",
    "Recovery test",
)


@dataclass(frozen=True)
class Makers:
    """Makes documents from a price list and one generator of chance."""

    products: tuple[Product, ...]
    rolls: random.Random

    def standard(self, customer: Customer, agreement: Agreement | None, *, count: int | None = None) -> Document:
        """A month's work and goods: time by mapping, what an agreement covers of it, products, expenses."""
        lines = list(self._time(self.rolls.randint(1, min(3, count or 3))))
        if agreement and chance(self.rolls, 35):
            share = Decimal(self.rolls.choice((40, 55, 60, 75))) / 100
            lines.append(covered_line(agreement.name, to_cents(lines[0].extended * share)))
        wanted = count or len(lines) + self._usual_count()
        lines += self._sold(wanted - len(lines))
        if chance(self.rolls, 20) and count is None:
            lines.append(self._expense())
        return self._document(InvoiceType.STANDARD, customer, lines)

    def progress(self, customer: Customer, serial: int) -> Document:
        """An instalment of a fixed-price project with the goods delivered so far."""
        project = Project(1_200 + serial, f"{self.rolls.choice(PROJECTS)} {customer.suburb}")
        step = self.rolls.choice((20, 25, 30, 40))
        price = Decimal(self.rolls.randint(12, 72)) * 250
        lines = [fixed_line(f"{project.name}: {step} % on progress", "Projects", to_cents(price * step / 100))]
        lines += self._time(1)
        lines += self._sold(self.rolls.randint(1, 6), "hardware", "software")
        return self._document(InvoiceType.PROGRESS, customer, lines, project=project)

    def miscellaneous(self, customer: Customer) -> Document:
        """Goods or fees sold outside a ticket."""
        lines = self._sold(self.rolls.randint(2, 6))
        if chance(self.rolls, 30):
            lines.append(self._expense())
        return self._document(InvoiceType.MISCELLANEOUS, customer, lines)

    def credit_memo(self, customer: Customer) -> Document:
        """Goods taken back and time given up."""
        lines = self._sold(self.rolls.randint(1, 5), "hardware", "software", "training")
        lines += self._time(1)
        if chance(self.rolls, 25):
            lines.append(self._expense())
        return self._document(InvoiceType.CREDIT_MEMO, customer, lines)

    def agreement(self, agreement: Agreement) -> Document:
        """The monthly invoice of an agreement: fee, additions, and time beyond it less what is covered."""
        lines = [agreement.fee_line(), *(addition.line() for addition in agreement.additions)]
        if len(lines) == 1 or chance(self.rolls, 30):
            (worked,) = self._time(1)
            share = Decimal(self.rolls.choice((50, 80, 100))) / 100
            lines += [worked, covered_line(agreement.name, to_cents(worked.extended * share))]
        return self._document(
            InvoiceType.AGREEMENT, agreement.customer, lines, agreement=agreement, on=agreement.invoice_date
        )

    def _document(
        self,
        invoice_type: InvoiceType,
        customer: Customer,
        lines: list[Line],
        *,
        agreement: Agreement | None = None,
        project: Project | None = None,
        on: date | None = None,
    ) -> Document:
        return Document(
            type=invoice_type,
            dated=on or MONTH_START.replace(day=self.rolls.randint(1, 31)),
            customer=customer,
            lines=tuple(lines),
            purchase_order=f"PO-{self.rolls.randint(1000, 9999)}" if chance(self.rolls, 30) else None,
            agreement=agreement,
            project=project,
        )

    def _usual_count(self) -> int:
        """Mostly a handful of products, now and then a delivery."""
        return self.rolls.randint(14, 36) if chance(self.rolls, 12) else self.rolls.randint(1, 9)

    def _time(self, count: int) -> Iterator[Line]:
        for text, department, rates in self.rolls.sample(WORK, count):
            entries = tuple(
                (Decimal(self.rolls.randint(1, 11)) / 4, Decimal(self.rolls.choice(rates)))
                for _ in range(self.rolls.randint(1, 3))
            )
            yield time_line(text, department, entries)

    def _sold(self, count: int, *families: str) -> list[Line]:
        choice = by_family(self.products, *(families or ("hardware", "software", "metered", "training", "fee")))
        weights = [WEIGHTS[product.family_name] for product in choice]
        return [
            product_line(product, usual_quantity(product, self.rolls), contract_price(product, self.rolls))
            for product in self.rolls.choices(choice, weights, k=count)
        ]

    def _expense(self) -> Line:
        text, taxable = self.rolls.choice(EXPENSES)
        return expense_line(text, Decimal(self.rolls.randint(1_250, 48_000)) / 100, taxable=taxable)
