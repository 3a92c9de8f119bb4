"""A call is a value: it can be stored, compared and sent again, and never holds a secret."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout_providers.call import Answer, Call, check_header_value

CALL = Call("PUT", "/api.xro/2.0/Invoices?unitdp=4", (("Accept", "application/json"),), b'{"a":1}', "key-1")


@given(st.binary(max_size=200), st.booleans(), st.sampled_from([None, "key-1"]))
def test_a_stored_call_comes_back_the_same(body: bytes, changes: bool, key: str | None) -> None:
    call = Call("POST", "/x?y=%22", (("Accept", "a"), ("B", "c d")), body, key, changes)
    row = json.loads(json.dumps(call.as_row()))
    assert Call.from_row(row, call.body) == call


@pytest.mark.parametrize("name", ["Authorization", "authorization", "clientId", "Cookie", "X-Api-Key"])
def test_a_call_with_a_secret_header_cannot_be_made_I8(name: str) -> None:
    with pytest.raises(ValueError, match="secret"):
        Call.get("/x", ((name, "value"),))


@pytest.mark.parametrize("target", ["x", "", "https://elsewhere/", "/a b", "/a\r\nHost: x", "/ä"])
def test_a_target_that_would_not_go_over_the_wire_as_it_stands_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="target"):
        Call.get(target)


@pytest.mark.parametrize("value", ["", "a\r\nb", " a", "a ", "ä", "a\0"])
def test_a_header_that_could_smuggle_another_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as refused:
        check_header_value("Authorization", value)
    assert not value or repr(value) not in str(refused.value)


def test_the_body_is_not_in_the_representation() -> None:
    assert "a" not in repr(CALL).partition("body")[2]
    assert b"secret" not in repr(Answer(200, {}, b"secret")).encode()


def test_the_digest_changes_with_what_reaches_the_books_and_not_with_the_key() -> None:
    assert CALL.digest() == CALL.with_key("key-2").digest()
    others = [
        Call("POST", CALL.target, CALL.headers, CALL.body),
        Call("PUT", CALL.target + "0", CALL.headers, CALL.body),
        Call("PUT", CALL.target, CALL.headers, b'{"a":2}'),
    ]
    assert len({CALL.digest(), *(other.digest() for other in others)}) == 4


def test_a_get_changes_nothing_and_everything_else_does_unless_it_says_otherwise() -> None:
    assert not Call.get("/x").changes
    assert Call("POST", "/x").changes
    assert not Call("POST", "/x", changes=False).changes


def test_headers_are_found_without_case() -> None:
    assert CALL.header("ACCEPT") == "application/json"
    assert CALL.header("x") is None
    assert Answer(200, {"retry-after": "3"}, b"").header("Retry-After") == "3"


def test_an_answer_is_parsed_once() -> None:
    answer = Answer(200, {}, b'{"a": 1.10}')
    assert answer.json() is answer.json()
