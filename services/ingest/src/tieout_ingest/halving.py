"""Finding the records that an export stumbles over, by halving what is asked for.

One record with a broken GL entry makes the export of its whole group fail. Asking for one half and then the other
leads to it in about two calls a level, and everything else comes through.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tieout_providers.errors import ProviderError, Rejected, Unavailable, Unreadable

Answer = TypeVar("Answer")

SPOILED: tuple[type[ProviderError], ...] = (Unavailable, Unreadable, Rejected)
"""Failures that a single record can cause. Being throttled, refused or unreachable is nobody's fault among them."""

SPARE_FAILURES = 4
"""How many failures more than a lone bad record's path are borne before the first success."""


@dataclass(slots=True)
class Halved(Generic[Answer]):
    """What came of a group: the answers, and each record that could not be had with the last error that it met.

    `sure` is False where nothing at all came through: then the provider may be at fault and not the records.
    """

    answers: list[Answer] = field(default_factory=list)
    failed: dict[int, ProviderError] = field(default_factory=dict)
    calls: int = 0

    @property
    def sure(self) -> bool:
        return bool(self.answers)


class NothingComes(Exception):
    """So many calls failed without a single success that the provider, and not the records, must be at fault."""

    def __init__(self, last: ProviderError) -> None:
        super().__init__(str(last))
        self.last = last


async def halve(record_ids: Sequence[int], export: Callable[[Sequence[int]], Awaitable[Answer]]) -> Halved[Answer]:
    """Export every record that can be exported.

    With b bad records among n it makes at most 1 + 2·b·⌈log2 n⌉ calls. Raises `NothingComes` after ⌈log2 n⌉ +
    1 + SPARE_FAILURES failures without a success; errors that are not in `SPOILED` pass through.
    """
    result: Halved[Answer] = Halved()
    patience = max(len(record_ids) - 1, 0).bit_length() + 1 + SPARE_FAILURES
    waiting = [tuple(record_ids)] if record_ids else []
    while waiting:
        group = waiting.pop()
        result.calls += 1
        try:
            result.answers.append(await export(group))
        except SPOILED as error:
            if not result.answers and result.calls > patience:
                raise NothingComes(error) from error
            if len(group) == 1:
                result.failed[group[0]] = error
            else:
                middle = (len(group) + 1) // 2
                waiting += [group[middle:], group[:middle]]
    return result
