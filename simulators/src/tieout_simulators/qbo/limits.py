"""QuickBooks' call limits, by the simulator's clock (reference 2.1). Windows begin with their first call."""

from dataclasses import dataclass
from datetime import datetime

from tieout_simulators.qbo.assumptions import REFUSED_CALLS_COUNT


@dataclass(slots=True)
class Window:
    """So many calls in so many seconds."""

    length_s: float
    limit: int
    used: int = 0
    began: datetime | None = None

    def is_full(self, now: datetime) -> bool:
        """Whether one more call would be too many; begins anew when the window is over or the clock went back."""
        if self.began is None or not 0 <= (now - self.began).total_seconds() < self.length_s:
            self.began, self.used = now, 0
        return self.used >= self.limit


def take(windows: list[Window], now: datetime) -> bool:
    """Count a call in all windows; False when one of them is full, and then it counts in none."""
    full = [window.is_full(now) for window in windows]
    if any(full) and not REFUSED_CALLS_COUNT:
        return False
    for window in windows:
        window.used += 1
    return not any(full)
