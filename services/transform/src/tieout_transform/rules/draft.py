"""A ledger line while it is being planned: its amounts are settled, its tax is not yet."""

from dataclasses import dataclass, field
from decimal import Decimal

from tieout_contracts.documents import LedgerLine, LineKind, LineMethod, TrackingAssignment
from tieout_contracts.reference import LedgerTaxRate
from tieout_transform.rules.ledger_arithmetic import NOTHING, exact_tax


@dataclass(slots=True)
class DraftLine:
    kind: LineKind
    source_line: int | None
    method: LineMethod | None
    description: str
    quantity: Decimal
    unit_amount: Decimal
    amount: Decimal
    account_code: str
    item_code: str | None
    tracking: tuple[TrackingAssignment, ...]
    rate: LedgerTaxRate
    levels: tuple[int, ...] = ()
    """The ConnectWise tax levels that the ledger's rate stands for; a rounding line has its parent's."""
    as_posted: bool = False
    """Whether its tax code is that of an earlier document which it takes off."""
    exact_tax: Decimal = field(init=False)
    tax_amount: Decimal = field(init=False, default=NOTHING)
    """What the ledger makes of it, once the document's tax was computed."""
    tax_override: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.exact_tax = exact_tax(self.amount, self.rate.rate)

    @property
    def place(self) -> int:
        """The record's line that it comes from; no line without one bears tax of its own."""
        assert self.source_line is not None, f"a {self.kind} line has no place in the record"
        return self.source_line

    def ledger_line(self) -> LedgerLine:
        return LedgerLine(
            kind=self.kind,
            source_line=self.source_line,
            method=self.method,
            description=self.description,
            quantity=self.quantity,
            unit_amount=self.unit_amount,
            amount=self.amount,
            account_code=self.account_code,
            item_code=self.item_code,
            tax_code=self.rate.code,
            tax_amount=self.tax_amount,
            tax_override=self.tax_override,
            tracking=self.tracking,
        )
