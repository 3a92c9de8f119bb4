"""What the rules find and do on their way: all of it, not only the first (F8)."""

from tieout_contracts.posting import Explanation
from tieout_contracts.problems import Problem, problem


class Findings:
    """Collects warnings, refusals and the arithmetic in words, in the order in which they were met."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._explanation: list[Explanation] = []
        self._noted: list[str] = []

    def add(self, code: str, *, line: int | None = None, **facts: object) -> None:
        """Note the problem `code`; `line` is the record's line that it belongs to, from 0."""
        self._problems.append(problem(code, line=line, **facts))

    def explain(self, text: str, *, line: int | None = None, noted: bool = False) -> None:
        """Keep one step of the arithmetic; `noted` steps moved cents and are said on the document itself (F17)."""
        self._explanation.append(Explanation(line=line, text=text))
        if noted:
            self._noted.append(text if line is None else f"line {line + 1}: {text}")

    @property
    def refusals(self) -> tuple[Problem, ...]:
        return tuple(found for found in self._problems if found.severity != "warning")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(found for found in self._problems if found.severity == "warning")

    @property
    def explanation(self) -> tuple[Explanation, ...]:
        return tuple(self._explanation)

    @property
    def noted(self) -> tuple[str, ...]:
        return tuple(self._noted)
