"""Halving finds exactly the records that an export stumbles over, in few calls."""

from collections.abc import Sequence
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_ingest.halving import SPARE_FAILURES, NothingComes, halve
from tieout_providers.connectwise.errors import CONNECTWISE
from tieout_providers.errors import NotSent, ProviderError, Throttled, Unavailable, Unreadable


class Exporting:
    """An export that fails whenever a bad record is among those asked for."""

    def __init__(self, bad: set[int]) -> None:
        self.bad, self.asked = bad, list[Sequence[int]]()

    async def __call__(self, ids: Sequence[int]) -> list[int]:
        self.asked.append(ids)
        if self.bad & set(ids):
            raise Unavailable(CONNECTWISE, "500 it broke", status=500)
        return list(ids)


@given(size=st.integers(1, 50), data=st.data())
async def test_exactly_the_bad_ones_are_found_in_bounded_calls(size: int, data: st.DataObject) -> None:
    ids = list(range(100, 100 + size))
    bad = set(data.draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)))
    export = Exporting(bad)
    result = await halve(ids, export)
    assert set(result.failed) == bad
    assert sorted(each for answer in result.answers for each in answer) == sorted(set(ids) - bad)
    assert result.calls == len(export.asked) <= 1 + 2 * len(bad) * max(ceil(log2(size)), 1)
    assert result.sure == (bad != set(ids))


@given(size=st.integers(1, 50), data=st.data())
async def test_however_many_are_bad_it_names_them_or_says_that_nothing_comes(size: int, data: st.DataObject) -> None:
    ids = list(range(size))
    bad = set(data.draw(st.lists(st.sampled_from(ids), unique=True)))
    export = Exporting(bad)
    try:
        result = await halve(ids, export)
    except NothingComes:
        assert len(export.asked) <= ceil(log2(size)) + 2 + SPARE_FAILURES
    else:
        assert set(result.failed) == bad


async def test_a_provider_that_is_down_is_given_up_early() -> None:
    export = Exporting(set(range(50)))
    with pytest.raises(NothingComes):
        await halve(range(50), export)
    assert len(export.asked) == 12


async def test_a_lone_record_that_fails_is_not_sure_to_be_at_fault() -> None:
    result = await halve([7], Exporting({7}))
    assert set(result.failed) == {7}
    assert not result.sure


@pytest.mark.parametrize("error", [Throttled(CONNECTWISE, "minute", 30), NotSent(CONNECTWISE, "no route")])
async def test_what_is_no_records_fault_passes_through(error: ProviderError) -> None:
    async def export(_: Sequence[int]) -> None:
        raise error

    with pytest.raises(type(error)):
        await halve([1, 2], export)


async def test_an_answer_that_cannot_be_read_is_halved_too() -> None:
    async def export(ids: Sequence[int]) -> Sequence[int]:
        if 3 in ids:
            raise Unreadable(CONNECTWISE, "it is not JSON", sample="<html>")
        return ids

    result = await halve([1, 2, 3, 4], export)
    assert set(result.failed) == {3}
    assert result.answers == [(1, 2), (4,)]


async def test_nothing_asked_is_nothing_called() -> None:
    export = Exporting(set())
    assert (await halve([], export)).calls == 0
    assert export.asked == []
