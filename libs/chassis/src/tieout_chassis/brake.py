"""The brake: a bad release must not empty a topic into the dead letters.

It engages after too many dead letters in a row, or within a window; then the subscriber stops, readiness turns red, and
a person (or the next release) lets it go on. Limits count one process, since it started or was released.
"""

from collections import deque
from collections.abc import Callable
from time import monotonic


class Brake:
    def __init__(
        self,
        *,
        max_in_a_row: int = 10,
        max_in_window: int = 50,
        window_s: float = 600,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._max_in_a_row = max_in_a_row
        self._max_in_window = max_in_window
        self._window_s = window_s
        self._now_s = now_s
        self._in_a_row = 0
        self._times: deque[float] = deque(maxlen=max_in_window)

    @property
    def engaged(self) -> str | None:
        """Why nothing more is consumed, or none."""
        if self._in_a_row >= self._max_in_a_row:
            return f"{self._in_a_row} dead letters in a row"
        if len(self._times) == self._max_in_window and self._now_s() - self._times[0] <= self._window_s:
            return f"{self._max_in_window} dead letters within {self._window_s:g} s"
        return None

    def dead_letter(self) -> None:
        self._in_a_row += 1
        self._times.append(self._now_s())

    def success(self) -> None:
        self._in_a_row = 0

    def release(self) -> None:
        self._in_a_row = 0
        self._times.clear()
