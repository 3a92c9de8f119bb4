"""Token buckets, with the clock passed in."""

from tieout_chassis.clock import FixedClock
from tieout_config_api import pacing
from tieout_config_api.pacing import TokenBuckets


def test_a_burst_is_let_through_and_after_it_so_many_a_second() -> None:
    clock = FixedClock()
    buckets = TokenBuckets(clock, per_second=2, burst=3)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    clock.advance(0.5)
    assert (buckets.take("a"), buckets.take("a")) == (0, 0.5)
    clock.advance(3600)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_no_number_of_names_fills_the_memory() -> None:
    buckets = TokenBuckets(FixedClock(), per_second=1, burst=1)
    for number in range(pacing.MAX_BUCKETS + 5):
        buckets.take(number)
    assert len(buckets._buckets) == pacing.MAX_BUCKETS
