from datetime import UTC, datetime, timedelta, timezone

import pytest

from tieout_chassis.clock import FixedClock, SystemClock


def test_the_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_still_until_it_is_told_to_advance() -> None:
    clock = FixedClock(datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 7, 1, 10, tzinfo=UTC)
    clock.advance(90)
    assert clock.now() == datetime(2026, 7, 1, 10, 1, 30, tzinfo=UTC)


def test_a_fixed_clock_refuses_a_naive_time_and_a_step_back() -> None:
    with pytest.raises(ValueError, match="aware"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="backwards"):
        FixedClock().advance(-1)
