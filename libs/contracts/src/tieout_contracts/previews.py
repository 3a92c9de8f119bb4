"""What would become of a record: planned, and nothing written for it."""

from datetime import date
from typing import Literal

from tieout_contracts.base import Contract
from tieout_contracts.documents import LedgerContact, LedgerItem
from tieout_contracts.money import Amount
from tieout_contracts.posting import Posting
from tieout_contracts.problems import Problem

PreviewOutcome = Literal["create", "change", "unchanged", "refuse", "wait"]
"""create: nothing of it is planned to be posted yet, and a document would be made. change: something else would be
planned than what stands. unchanged: the same. refuse: nothing may be posted. wait: it cannot be told yet."""


class RecordPreview(Contract):
    """One record's part of a preview. `posting` is there for create, change and unchanged."""

    outcome: PreviewOutcome
    total: Amount | None = None
    currency: str | None = None
    document_date: date | None = None
    posting: Posting | None = None
    current: Posting | None = None
    """The plan that stands, to compare with. For changed settings: what the saved ones plan."""
    current_problems: tuple[Problem, ...] = ()
    """Why the saved settings refuse it, where changed ones are previewed."""
    problems: tuple[Problem, ...] = ()
    """Every reason for a refusal."""
    waits_for: str | None = None
    by_itself: bool = False
    """Whether it posts by itself; else only once its company is armed, or a person approves it."""
    new_items: tuple[LedgerItem, ...] = ()
    """The items that the ledger does not have yet, as far as its reference data tells."""
    bill_to: LedgerContact | None = None
    """Whom a refused record is billed to, where it is compared with the ledger."""
