"""ConnectWise's dates are taken as printed, in any of their shapes."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.connectwise.dates import printed_date

days = st.dates(min_value=date(1900, 1, 1))
times = st.times()


@given(days, times)
def test_every_shape_of_a_day_is_that_day(day: date, time: object) -> None:
    hour = f"{time:%I:%M:%S} PM"
    shapes = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y-%m-%d}T{time:%H:%M:%S}",
        f"{day:%Y-%m-%d}T{time:%H:%M:%S}Z",
        f"{day:%Y-%m-%d}T23:30:00-05:00",
        f"{day:%Y-%m-%d}T00:30:00.1234567+1000",
        f"{day:%Y-%m-%d} {time:%H:%M}",
        f"{day.month}/{day.day}/{day.year} {hour}",
        f"{day:%m/%d/%Y}",
    ]
    padded = [shape if day.year >= 1000 else shape.zfill(len(shape)) for shape in shapes]
    assert [printed_date(shape) for shape in padded] == [day] * len(shapes)


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2011-06-20T00:00:00", date(2011, 6, 20)),
        ("2025-04-25T00:00:00Z", date(2025, 4, 25)),
        ("5/1/2014 5:21:58 AM", date(2014, 5, 1)),
        (" 2025-04-25 ", date(2025, 4, 25)),
        (datetime(2026, 1, 31, 23, tzinfo=UTC), date(2026, 1, 31)),
        (date(2026, 1, 31), date(2026, 1, 31)),
        ("", None),
        ("  ", None),
        (None, None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_the_shapes_that_were_seen(printed: object, day: date | None) -> None:
    assert printed_date(printed) == day


@pytest.mark.parametrize("printed", ["soon", "2025-02-30", "25/1/2014", "20250425", "2025-04-25T", "2025-04-25x", "13"])
def test_what_is_no_date_is_refused_and_never_guessed(printed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        printed_date(printed)


@given(st.text(max_size=25))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(ValueError):
        printed_date(text)
