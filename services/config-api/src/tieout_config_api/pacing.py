"""Token buckets: so many at once, so many a second after that. Per copy, bounded in number."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from tieout_chassis.clock import Clock

MAX_BUCKETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class TokenBuckets:
    """One bucket for each name, full when it is first seen. The names that were asked for longest ago are forgotten
    beyond `MAX_BUCKETS`, which makes them full again: a limit that is exceeded by whoever has so many names."""

    def __init__(self, clock: Clock, *, per_second: float, burst: int) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def take(self, name: Hashable) -> float:
        """0 where there was a token; else the seconds until there is one."""
        now = self._clock.now()
        bucket = self._buckets.setdefault(name, _Bucket(self._burst, now))
        self._buckets.move_to_end(name)
        while len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        passed_s = max((now - bucket.filled_at).total_seconds(), 0.0)
        bucket.tokens = min(bucket.tokens + passed_s * self._per_second, self._burst)
        bucket.filled_at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._per_second
