"""What a problem is."""

from dataclasses import dataclass
from typing import Literal

from tieout_contracts.base import Contract

Severity = Literal["warning", "refusal", "fault"]
"""warning: the record posts. refusal: nothing of it is in the ledger. fault: system or provider must be mended."""


@dataclass(frozen=True)
class ProblemKind:
    """One row of the table. `sentence` and `hint` are format strings; `cause` and `fix` stand on the page."""

    code: str
    severity: Severity
    sentence: str
    hint: str
    cause: str = ""
    fix: str = ""

    @property
    def page(self) -> str:
        return f"docs/errors/{self.code}.md"


class Problem(Contract):
    """A problem that was met, ready to be shown."""

    code: str
    severity: Severity
    sentence: str
    hint: str
    page: str
    line: int | None = None
    """Index of the record's line, from 0, where the problem is a line's."""
