"""A document that ConnectWise billed, its totals, and what a bookkeeper is expected to see of it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from tieout_simulators.month.agreements import Agreement
from tieout_simulators.month.arithmetic import tax_on
from tieout_simulators.month.companies import Customer
from tieout_simulators.month.lines import Line
from tieout_simulators.month.places import GST, SYDNEY, Location, TaxCode


class InvoiceType(StrEnum):
    """ConnectWise's invoice types that the month uses."""

    AGREEMENT = "Agreement"
    STANDARD = "Standard"
    PROGRESS = "Progress"
    MISCELLANEOUS = "Miscellaneous"
    CREDIT_MEMO = "CreditMemo"


class Disposition(StrEnum):
    """What must become of a document in a run."""

    POST = "post"
    LISTED = "listed"
    ADOPT = "adopt"
    CONFLICT = "conflict"
    BATCHED_ELSEWHERE = "batched_elsewhere"
    CHANGED_WHILE_POSTING = "changed_while_posting"
    REFUSED = "refused"


@dataclass(frozen=True)
class Case:
    """Why a document is in the month: an ordinary one, or one of the promised cases."""

    disposition: Disposition = Disposition.POST
    cause: str | None = None
    why_in_words: str = "Ordinary document: it posts and ties out."


ORDINARY = Case()


@dataclass(frozen=True)
class Project:
    """The project of a progress invoice."""

    id: int
    name: str


@dataclass(frozen=True)
class Document:
    """An invoice or credit memo. Amounts are positive for what it says: a credit memo credits its total."""

    type: InvoiceType
    dated: date
    customer: Customer
    lines: tuple[Line, ...]
    location: Location = SYDNEY
    tax_code: TaxCode = GST
    purchase_order: str | None = None
    agreement: Agreement | None = None
    project: Project | None = None
    case: Case = ORDINARY
    wrong_tax: Decimal | None = None
    has_gl_entries: bool = True
    is_closed: bool = True

    @property
    def bill_to(self) -> Customer:
        return self.customer.bill_to

    @property
    def is_credit(self) -> bool:
        return self.type is InvoiceType.CREDIT_MEMO

    @property
    def due(self) -> date:
        return self.dated + timedelta(days=self.bill_to.terms.days)

    @property
    def subtotal(self) -> Decimal:
        return sum((line.extended for line in self.lines), Decimal("0.00"))

    @property
    def taxable_subtotal(self) -> Decimal:
        return sum((line.extended for line in self.lines if line.taxable), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        """ConnectWise's tax: of the taxable subtotal, rounded once (or what a broken record says)."""
        if self.wrong_tax is not None:
            return self.wrong_tax
        return tax_on(self.taxable_subtotal, self.tax_code.percent)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.tax

    def part(self, *gl_types: str) -> Decimal:
        """The subtotal of some GL types."""
        return sum((line.extended for line in self.lines if line.gl_type in gl_types), Decimal("0.00"))


@dataclass(frozen=True)
class GlKeys:
    """GL entry ids of one document: its lines, its receivable side, its tax."""

    lines: tuple[int, ...]
    receivable: tuple[int, ...]
    tax: int

    @property
    def all(self) -> tuple[int, ...]:
        return (*self.lines, *self.receivable, self.tax)


@dataclass(frozen=True)
class Issued:
    """A document with the keys ConnectWise gave it. `product_ids` has one for each line with a product record."""

    id: int
    number: str
    document: Document
    gl_keys: GlKeys
    product_ids: dict[int, int] = field(default_factory=dict)
