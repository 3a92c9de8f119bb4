"""JSON with exact numbers, both ways."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.json_exact import MAX_DEPTH, NotExactJson, dumps, loads, plain

decimals = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent), st.integers(-(10**15), 10**15), st.integers(-20, 20)
)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | decimals | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_what_is_written_reads_back_equal(value: Any) -> None:
    assert loads(dumps(value)) == value


@given(values)
def test_any_json_reader_understands_what_is_written(value: Any) -> None:
    json.loads(dumps(value))


@given(decimals)
def test_a_decimal_is_written_bare_without_an_exponent_and_keeps_its_places(number: Decimal) -> None:
    text = dumps(number).decode()
    assert set(text) <= set("-0123456789.")
    assert Decimal(text) == number
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    assert len(text.partition(".")[2]) == max(0, -exponent)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.00005", "0.00005"),
        ("5E-5", "0.00005"),
        ("1E+3", "1000"),
        ("10.10", "10.10"),
        ("-0.00", "0.00"),
        ("-12.3400", "-12.3400"),
    ],
)
def test_the_text_of_a_decimal(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1E+41", "1E-41", "1" * 41])
def test_a_number_that_no_ledger_could_mean_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="number"):
        dumps({"Total": Decimal(number)})


@pytest.mark.parametrize("value", [1.5, b"x", {1, 2}, object(), datetime(2026, 1, 1, tzinfo=UTC), {1: "x"}])
def test_what_has_no_exact_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        dumps([value])


def test_dates_are_written_as_plain_dates() -> None:
    assert dumps({"Date": date(2026, 1, 31)}) == b'{"Date":"2026-01-31"}'


def test_text_keeps_its_umlauts_and_escapes_what_json_must() -> None:
    assert dumps('Zoë "x" \\ \n') == '"Zoë \\"x\\" \\\\ \\n"'.encode()


def test_half_a_character_is_refused_instead_of_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        dumps("\ud800")


def test_endless_nesting_is_refused_on_both_sides() -> None:
    deep: list[Any] = []
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    with pytest.raises(ValueError, match="nested"):
        dumps(deep)
    with pytest.raises(ValueError, match="nested"):
        dumps(_nested_mappings(MAX_DEPTH + 1))
    with pytest.raises(NotExactJson):
        loads(b"[" * 100_000)


def _nested_mappings(depth: int) -> dict[str, Any]:
    return {"a": _nested_mappings(depth - 1)} if depth else {}


def test_kinds_of_the_plain_types_are_written_like_them() -> None:
    class Word(str):
        __slots__ = ()

    class Amount(Decimal):
        pass

    value = {"a": Word("x"), "b": Amount("1.10"), "c": MappingProxyType({"d": (1,)}), "e": range(2), "f": [], "g": {}}
    assert dumps(value) == b'{"a":"x","b":1.10,"c":{"d":[1]},"e":[0,1],"f":[],"g":{}}'


def test_numbers_with_a_point_are_read_as_decimals_and_whole_ones_as_ints() -> None:
    read = loads(b'{"a": 0.1, "b": 7, "c": 1e2}')
    assert read == {"a": Decimal("0.1"), "b": 7, "c": Decimal(100)}
    assert [type(value) for value in read.values()] == [Decimal, int, Decimal]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b'{"a": NaN}', b"[Infinity]", b"[1e999999999]", b"[" + b"9" * 5000 + b"]", b'"\xff"'],
)
def test_what_is_no_exact_json_is_one_error(body: bytes) -> None:
    with pytest.raises(NotExactJson):
        loads(body)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
