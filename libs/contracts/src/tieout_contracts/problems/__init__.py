"""Every refusal and warning a person can meet, from one table: code, sentence, hint, page.

Each room of the table (`table.py` names them) lists its kinds; `docs/errors/` is generated from them. A sentence's
placeholders are filled where the problem is met:

    problem("rules.account_missing", account="299", line_number=3)
"""

from tieout_contracts.problems.kinds import Problem, ProblemKind, Severity
from tieout_contracts.problems.table import KINDS, problem

__all__ = ["KINDS", "Problem", "ProblemKind", "Severity", "problem"]
