"""ConnectWise's signs turned into a bookkeeper's.

A sale is positive in the header and negative in its details. What a credit memo's signs are is published nowhere, so
the one function below decides it from the record itself.
"""

from dataclasses import dataclass
from decimal import Decimal

from tieout_contracts.records import RecordKind


@dataclass(frozen=True, slots=True)
class Signs:
    """What header amounts and detail amounts are multiplied by; details always carry the opposite of the header."""

    header: int

    @property
    def detail(self) -> int:
        return -self.header


def signs_of(kind: RecordKind, total: Decimal) -> Signs:
    """How this record's amounts are turned so that a sale, or what a credit memo credits, is positive."""
    return Signs(credit_memo_sign(total) if kind == "credit_memo" else 1)


def credit_memo_sign(total: Decimal) -> int:
    """What a credit memo's header total is multiplied by so that it says the amount credited.

    UNCONFIRMED (reference 7.5): no public sample of an exported credit memo exists. Whether ConnectWise exports it
    mirrored (header negative, details positive) or like an invoice (header positive, details negative), the record
    itself shows which; a total of zero is taken as mirrored. What holds in either case is checked elsewhere: the
    details add up to the negative of the total.
    """
    return 1 if total > 0 else -1


def turned(amount: Decimal, sign: int) -> Decimal:
    """`amount` times `sign` without ever making a negative zero."""
    return Decimal(0).copy_abs() if amount.is_zero() else amount * sign
