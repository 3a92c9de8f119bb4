"""What is made once from something immutable, and kept while it is in use."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Source = TypeVar("Source")
Made = TypeVar("Made")


class Kept(Generic[Source, Made]):
    """The last `limit` results of `make`, by the identity of their sources.

    One organisation's reference data and one company's settings serve many records in a row, and comparing them by
    content would cost more than what is saved. A kept source is held on to, so its identity is never used again.
    """

    def __init__(self, make: Callable[[Source], Made], limit: int) -> None:
        self._make = make
        self._limit = limit
        self._kept: OrderedDict[int, tuple[Source, Made]] = OrderedDict()

    def of(self, source: Source) -> Made:
        """What `make` makes of `source`, which must never change."""
        known = self._kept.get(id(source))
        if known is None:
            known = self._kept[id(source)] = (source, self._make(source))
            if len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(id(source))
        return known[1]
