"""Families: what a person chooses to sync. Each is some kinds of records; statistics have a column for each."""

from collections.abc import Mapping
from typing import Literal

from tieout_contracts.problems import Problem, problem
from tieout_contracts.records import RecordKind

Family = Literal["invoices", "procurement", "expenses", "payments"]
KINDS_OF: Mapping[Family, tuple[RecordKind, ...]] = {
    "invoices": ("invoice", "credit_memo"),
    "procurement": (),
    "expenses": (),
    "payments": (),
}
"""In the order of a Sync All (F128). Without kinds: those that the family will bring are not known yet."""
POSTED: tuple[Family, ...] = ("invoices",)
"""What this release finds, plans and posts. Asked for another family it says so and does nothing."""
SPOKEN: Mapping[Family, str] = {
    "invoices": "Invoices and credit memos",
    "procurement": "Purchase orders and inventory",
    "expenses": "Expenses",
    "payments": "Payments",
}
"""At the beginning of a sentence."""


def family_of(kind: RecordKind) -> Family:
    return next(family for family, kinds in KINDS_OF.items() if kind in kinds)


def not_posted(family: Family) -> Problem:
    """Why a run of the family does nothing in this release, and what does something."""
    posted = ", ".join(SPOKEN[each].lower() for each in POSTED)
    return problem("runs.family_not_posted", family=SPOKEN[family], posted=posted)
