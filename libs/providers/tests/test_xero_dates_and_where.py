"""Xero's dates and its `where` language."""

import contextlib
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.errors import Unsendable
from tieout_providers.xero.dates import document_date, instant
from tieout_providers.xero.where import all_of, guid_equals, quoted, text_among, text_equals

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.datetimes(min_value=datetime(1753, 1, 1), max_value=datetime(9999, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)


def ticks(moment: datetime, offset: str = "+0000") -> str:
    return f"/Date({(moment - EPOCH) // timedelta(milliseconds=1)}{offset})/"


@given(moments, st.sampled_from(["", "+0000", "+1300", "-0500"]))
def test_ticks_are_utc_whatever_the_offset_shows(moment: datetime, offset: str) -> None:
    assert instant(ticks(moment, offset)) == moment
    assert document_date(ticks(moment, offset)) == moment.date()


@given(st.dates(min_value=date(1753, 1, 1)))
def test_a_document_date_is_the_same_day_in_every_shape(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    shapes = [ticks(midnight), f"{day.isoformat()}T00:00:00", day.isoformat(), day]
    assert [document_date(shape) for shape in shapes] == [day] * len(shapes)


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        ("2019-12-07T18:46:19.5165400", datetime(2019, 12, 7, 18, 46, 19, 516540, tzinfo=UTC)),
        ("2018-11-02T16:31:30+00:00", datetime(2018, 11, 2, 16, 31, 30, tzinfo=UTC)),
        ("2018-11-02T16:31:30+02:00", datetime(2018, 11, 2, 14, 31, 30, tzinfo=UTC)),
        ("2018-11-02T16:31Z", datetime(2018, 11, 2, 16, 31, tzinfo=UTC)),
        ("/Date(1541176290160+0000)/", datetime(2018, 11, 2, 16, 31, 30, 160000, tzinfo=UTC)),
        ("/Date(-1)/", datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
        (datetime(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),  # noqa: DTZ001
        ("", None),
        (None, None),
    ],
)
def test_the_shapes_of_a_moment(printed: object, moment: datetime | None) -> None:
    assert instant(printed) == moment


@pytest.mark.parametrize(
    "printed", ["soon", "/Date()/", "/Date(999999999999999)/", "2026-13-01", "20260101", "/Date(1"]
)
def test_what_is_no_moment_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        instant(printed)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    with contextlib.suppress(ValueError):
        instant(text)


@given(st.text())
def test_a_quoted_text_is_one_literal_with_its_own_value_or_is_refused(text: str) -> None:
    if not text.isprintable():
        with pytest.raises(Unsendable, match="control characters"):
            quoted(text)
        return
    written = quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', written)
    assert re.sub(r"\\(.)", r"\1", written[1:-1]) == text


def test_how_a_where_reads() -> None:
    assert text_equals("InvoiceNumber", "INV-1") == 'InvoiceNumber=="INV-1"'
    assert text_among("Name", ["A"]) == 'Name=="A"'
    names = text_among("Name", ["A", 'B "b"'])
    assert names == '(Name=="A" OR Name=="B \\"b\\"")'
    assert all_of('Type=="ACCREC"', names) == f'Type=="ACCREC" AND {names}'
    guid = "5CEFFDE5-6786-4987-B03A-BF88D262C286"
    assert guid_equals("ContactID", guid) == f'ContactID==guid("{guid.lower()}")'


def test_an_empty_question_and_a_bad_identifier_are_refused() -> None:
    with pytest.raises(Unsendable, match="empty"):
        text_among("Name", [])
    with pytest.raises(Unsendable) as refused:
        guid_equals("ContactID", 'x") OR (1==1')
    assert refused.value.code == "xero.identifier_bad"
