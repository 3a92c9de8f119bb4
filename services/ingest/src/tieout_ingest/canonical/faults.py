"""Everything that is wrong with a record, gathered before it is refused (F8)."""

from collections.abc import Sequence
from typing import Any

from tieout_contracts.problems import Problem, problem


class NotCanonical(Exception):
    """The record cannot be captured; `problems` names every reason."""

    def __init__(self, number: str, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(found.sentence for found in problems))
        self.number = number
        self.problems = tuple(problems)


class Faults:
    """The reasons found so far for one record."""

    def __init__(self, number: str) -> None:
        self.number = number
        self._found: list[Problem] = []

    def malformed(self, reason: str) -> None:
        """The export itself cannot be read; `reason` begins with the field's path."""
        self.add("capture.malformed", reason=reason)

    def add(self, code: str, **facts: Any) -> None:
        self._found.append(problem(code, number=self.number, **facts))

    @property
    def found(self) -> tuple[Problem, ...]:
        """The reasons found so far."""
        return tuple(self._found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def refuse(self) -> None:
        """Raise `NotCanonical` if anything was found."""
        if self._found:
            raise NotCanonical(self.number, self._found)
