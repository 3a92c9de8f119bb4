"""ConnectWise conditions: a value can never end its own quotation, and an address never grows too long."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.connectwise.conditions import MAX_URL_CHARS, chunks_that_fit, literal, query, where
from tieout_providers.connectwise.identifiers import checked_batch_identifier
from tieout_providers.errors import Unsendable

# A reader of the language, written apart from the writer: one string literal, a number, a boolean or a date.
LITERAL = re.compile(r"""("[^"]*"|'[^']*'|-?\d+|True|False|\[[0-9TZ:-]+\])""")


@given(st.text())
def test_any_text_is_one_literal_with_its_own_value_or_is_refused(text: str) -> None:
    if ("'" in text and '"' in text) or not text.isprintable():
        with pytest.raises(Unsendable, match="value to look for"):
            literal(text)
    else:
        written = literal(text)
        assert LITERAL.fullmatch(written)
        assert written[1:-1] == text


@given(st.text(alphabet="ab'\"()= ;&|[]*%", max_size=30), st.text(alphabet="ab'\"() ", max_size=30))
def test_two_conditions_stay_two_whatever_their_values(first: str, second: str) -> None:
    try:
        both = where("name").equals(first) & where("city").differs(second)
    except Unsendable:
        return
    left, right = re.fullmatch(rf"name={LITERAL.pattern} and city!={LITERAL.pattern}", str(both), re.DOTALL).groups()  # type: ignore[union-attr]
    assert (left[1:-1], right[1:-1]) == (first, second)


@given(st.lists(st.tuples(st.sampled_from(["conditions", "orderBy"]), st.text(max_size=40)), max_size=3))
def test_a_query_survives_the_address(parameters: list[tuple[str, str]]) -> None:
    encodable = [(name, value.encode("utf-8", "ignore").decode()) for name, value in parameters]
    written = query(encodable)
    assert written.isascii()
    assert not set(written) & set("\"'*+ <>#")
    assert parse_qsl(written, keep_blank_values=True) == encodable


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (where("billingLogId").equals(5), "billingLogId=5"),
        (where("status/name").equals("Closed"), 'status/name="Closed"'),
        (where("name").equals('Bob "B" Inc'), "name='Bob \"B\" Inc'"),
        (where("closedFlag").equals(True), "closedFlag=True"),
        (where("id").one_of([1, 2, 3]), "id in (1,2,3)"),
        (where("id").more_than(3) & where("id").at_most(9), "id>3 and id<=9"),
        (where("a").less_than(1) | where("b").at_least(2) | where("c").is_null(), "a<1 or b>=2 or c=null"),
        (where("a").equals(1) & (where("b").equals(2) | where("c").is_set()), "a=1 and (b=2 or c!=null)"),
        (where("url").contains("[x]"), 'url contains "[[]x]"'),
        (where("x").equals(datetime(2026, 2, 1, 1, tzinfo=timezone(timedelta(hours=2)))), "x=[2026-01-31T23:00:00Z]"),
    ],
)
def test_how_a_condition_reads(condition: object, text: str) -> None:
    assert str(condition) == text


@pytest.mark.parametrize("field", ["", "a b", "a=1 or b", "a/", "/a", "a//b", "1a", "name;"])
def test_a_field_is_a_name_and_nothing_else(field: str) -> None:
    with pytest.raises(Unsendable):
        where(field)


def test_an_empty_list_of_ids_is_refused() -> None:
    with pytest.raises(Unsendable, match="empty"):
        where("id").one_of([])


@given(st.lists(st.integers(1, 10**9), max_size=600), st.integers(0, 1900))
def test_ids_are_cut_so_that_no_address_passes_the_limit_and_none_is_lost(ids: list[int], fixed: int) -> None:
    def url_chars(chunk: Sequence[int]) -> int:
        return fixed + len(query([("conditions", str(where("id").one_of(chunk)))]))

    chunks = [list(chunk) for chunk in chunks_that_fit(ids, url_chars)]
    assert [found for chunk in chunks for found in chunk] == list(dict.fromkeys(ids))
    assert all(url_chars(chunk) <= MAX_URL_CHARS or len(chunk) == 1 for chunk in chunks)
    for chunk, after in pairwise(chunks):
        assert url_chars([*chunk, after[0]]) > MAX_URL_CHARS


def test_ids_and_brackets_are_not_blown_up_by_encoding() -> None:
    written = query([("conditions", "id in (1,2)")])
    assert written == "conditions=id%20in%20(1,2)"
    assert unquote(written) == "conditions=id in (1,2)"


@given(st.text(max_size=60))
def test_a_batch_identifier_is_taken_as_it_is_or_refused(identifier: str) -> None:
    good = identifier.isprintable() and not set(identifier) & set("'|") and identifier == identifier.strip()
    if good and 1 <= len(identifier) <= 50:
        assert checked_batch_identifier(identifier) == identifier
    else:
        with pytest.raises(Unsendable) as refused:
            checked_batch_identifier(identifier)
        assert refused.value.code == "cw.batch_identifier_bad"


@pytest.mark.parametrize("identifier", ["", " ", "x" * 51, "O'Brien", "a|b", "a\nb", " a", "a "])
def test_bad_batch_identifiers_say_what_is_wrong_behaviour_10(identifier: str) -> None:
    with pytest.raises(Unsendable, match="The batch identifier"):
        checked_batch_identifier(identifier)


def test_the_longest_batch_identifier_is_fifty() -> None:
    assert checked_batch_identifier("TIEOUT-I39005-0a1b2c3d".ljust(50, "x"))
