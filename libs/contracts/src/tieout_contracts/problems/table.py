"""The table, put together, and the one function that makes a problem from it."""

from tieout_contracts.problems import (
    access,
    account,
    api,
    batches,
    capture,
    connecting,
    cutover,
    ledger,
    paying,
    people,
    previews,
    revisions,
    rules,
    runs,
    setup,
    setup_expenses,
    taxes,
    vault,
)
from tieout_contracts.problems.kinds import Problem, ProblemKind

KINDS: dict[str, ProblemKind] = {
    kind.code: kind
    for room in (
        *(capture, rules, taxes, paying, ledger, revisions, batches, access, connecting),
        *(previews, cutover, people, api, account, runs, setup, setup_expenses, vault),
    )
    for kind in room.KINDS
}


def problem(code: str, *, line: int | None = None, **facts: object) -> Problem:
    """The problem `code` with its sentence and hint filled from `facts`; a missing fact is a programming error."""
    kind = KINDS[code]
    if line is not None:
        facts.setdefault("line_number", line + 1)
    return Problem(
        code=code,
        severity=kind.severity,
        sentence=kind.sentence.format_map(facts),
        hint=kind.hint.format_map(facts),
        page=kind.page,
        line=line,
    )
