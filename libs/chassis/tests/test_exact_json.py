from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from tieout_chassis.exact_json import dumps, loads


def test_decimals_are_written_plainly_and_read_back_exactly() -> None:
    assert dumps({"a": Decimal("1E+3"), "b": Decimal("-0.10")}) == '{"a":"1000","b":"-0.10"}'
    assert loads('[0.1, 3, "x"]') == [Decimal("0.1"), 3, "x"]


def test_dates_times_and_ids_are_written_as_they_are() -> None:
    value = [date(2026, 7, 1), datetime(2026, 7, 1, tzinfo=UTC), UUID(int=1)]
    assert loads(dumps(value)) == ["2026-07-01", "2026-07-01T00:00:00+00:00", "00000000-0000-0000-0000-000000000001"]


@pytest.mark.parametrize("value", [1.5, [1.5], {"a": ({"b": 1.5},)}, object(), b"x", {1, 2}])
def test_floats_and_what_is_no_json_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no place in a JSON column"):
        dumps(value)
