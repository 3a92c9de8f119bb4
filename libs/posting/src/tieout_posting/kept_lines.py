"""Which lines of a changed document are lines that it had: a ledger's own line ids are kept, never made up."""

from collections.abc import Callable, Sequence

from tieout_contracts.documents import LedgerLine
from tieout_posting.ledger import SeenLine

MayStay = Callable[[LedgerLine, SeenLine], bool]
"""Whether everything that the old line holds is overwritten by the new one: what is left out may stay as it was."""


def kept_line_ids(
    lines: Sequence[LedgerLine], texts: Sequence[str], shown: Sequence[SeenLine], may_stay: MayStay
) -> tuple[str | None, ...]:
    """The id of the old line that each new one takes over; None for one that is new.

    The same text and amount first, then the same text, then in their order.
    """
    left = [each for each in shown if each.line_id]
    found: list[str | None] = [None] * len(lines)
    tests: tuple[Callable[[int, SeenLine], bool], ...] = (
        lambda at, old: _words(old.description) == _words(texts[at]) and old.amount == lines[at].amount,
        lambda at, old: _words(old.description) == _words(texts[at]),
        lambda at, old: True,
    )
    for is_same in tests:
        for at, line in enumerate(lines):
            if found[at] is not None:
                continue
            old = next((each for each in left if is_same(at, each) and may_stay(line, each)), None)
            if old is not None:
                found[at] = old.line_id
                left.remove(old)
    return tuple(found)


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()
