"""ConnectWise's error table, answer by answer."""

import httpx
import pytest

from tieout_providers.call import Answer, Call
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.errors import CONNECTWISE, error_of
from tieout_providers.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    ProviderError,
    Rejected,
    Throttled,
    Unauthorised,
    Unavailable,
    Unreadable,
)
from tieout_providers.json_exact import dumps
from tieout_providers.testing import PretendedNetwork

READ, WRITE = Call.get("/finance/invoices"), Call("POST", "/finance/accounting/batches")
HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


def answered(status: int, body: object = b"", **headers: str) -> Answer:
    return Answer(status, headers, body if isinstance(body, bytes) else dumps(body))


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (answered(401, {"code": "Unauthorized"}), Unauthorised, "cw.unauthorised", "did not accept the credentials"),
        (answered(401, {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}), Unauthorised, "cw.unauthorised",
         "UserNotAuthenticated"),
        (answered(403, {"code": "Security", "message": "No rights."}), Forbidden, "cw.forbidden", "No rights"),
        (answered(403, {"code": "Security", "message": "SSL is required.", "errors": None}), Forbidden,
         "cw.wrong_host", "SSL is required"),
        (answered(404, {"code": "NotFound", "message": "Contact 1 not found"}), NotFound, "cw.not_found", "Contact 1"),
        (answered(404, {"code": "ConnectWiseApi", "message": "The endpoint does not exist."}), NotFound,
         "cw.endpoint_missing", "endpoint"),
        (answered(404, HTML), NotFound, "cw.endpoint_missing", "endpoint"),
        (answered(409, {"code": "Conflict", "message": "in use"}), Rejected, "cw.in_use", "in use"),
        (answered(405, b""), Rejected, "cw.rejected", "refused the call"),
        (answered(302, b""), Unreadable, "cw.unreadable", "unexpected status 302"),
        (answered(500, {"code": "x", "message": "timeout"}), Unavailable, "cw.unavailable", "500 timeout"),
        (answered(502, HTML), Unavailable, "cw.unavailable", "Bad Gateway"),
        (answered(408, b""), Unavailable, "cw.unavailable", "408"),
    ],
)  # fmt: skip
def test_a_read_answered_so_means_that(answer: Answer, kind: type[ProviderError], code: str, words: str) -> None:
    error = error_of(READ, answer)
    assert type(error) is kind
    assert error.code == code
    assert words in error.sentence
    assert error.hint
    assert error.status == answer.status
    assert not error.may_have_happened


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 302])
def test_a_change_answered_so_is_unknown_I6(status: int) -> None:
    error = error_of(WRITE, answered(status, HTML))
    assert isinstance(error, OutcomeUnknown)
    assert error.may_have_happened


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
def test_a_change_that_was_refused_was_not_made(status: int) -> None:
    assert not error_of(WRITE, answered(status)).may_have_happened


def test_each_complaint_is_kept_with_its_field() -> None:
    body = {
        "code": "InvalidObject",
        "message": "callbackEntry object is invalid",
        "errors": [
            {"code": "InvalidField", "message": "Invalid URL", "resource": "callbackEntry", "field": "url"},
            {"code": "InvalidObject", "message": "Unrecognized level for type", "field": "level"},
            "odd",
        ],
    }
    error = error_of(WRITE, answered(400, body))
    assert isinstance(error, Rejected)
    assert [(problem.field, problem.code) for problem in error.problems] == [
        ("url", "InvalidField"),
        ("level", "InvalidObject"),
    ]
    assert str(error) == "ConnectWise refused the call (400): url: Invalid URL; level: Unrecognized level for type."


def test_a_record_that_is_already_there_has_a_code_of_its_own() -> None:
    body = {"code": "InvalidObject", "message": "x", "errors": [{"code": "ObjectExists", "message": "A match exists"}]}
    assert error_of(WRITE, answered(400, body)).code == "cw.exists"


def test_a_refusal_without_a_list_of_errors_keeps_its_message() -> None:
    assert "callbackEntry is bad" in error_of(READ, answered(400, {"message": "callbackEntry is bad"})).sentence
    assert "plain words" in error_of(READ, answered(400, b"plain words")).sentence
    assert "[1" in error_of(READ, answered(400, [1])).sentence


@pytest.mark.parametrize(
    ("headers", "message", "seconds"),
    [
        ({"retry-after": "30"}, "", 30.0),
        ({"retry-after": "72000"}, "try again in 30 seconds.", 72000.0),
        ({}, "Too many requests. Please try again in 30 seconds.", 30.0),
        ({}, "Too many requests.", None),
        ({"retry-after": "0"}, "try again in 30 seconds.", 0.0),
    ],
)
def test_throttling_has_its_own_shape(headers: dict[str, str], message: str, seconds: float | None) -> None:
    error = error_of(READ, answered(429, {"error": "ConnectWiseAPI", "message": message}, **headers))
    assert isinstance(error, Throttled)
    assert (error.retry_after_s, error.scope, error.code) == (seconds, "minute", "cw.throttled_minute")


async def test_an_error_carries_its_answer_so_that_budgets_can_be_corrected(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(429, headers={"Retry-After": "30"}, json={"error": "ConnectWiseAPI", "message": "Too many"})
    with pytest.raises(Throttled) as throttled:
        await connectwise.tax_codes()
    assert throttled.value.answer is not None
    assert throttled.value.answer.status == 429


def test_a_server_that_says_when_to_come_back_is_heard() -> None:
    error = error_of(READ, answered(503, HTML, **{"retry-after": "120"}))
    assert isinstance(error, Unavailable)
    assert (error.retry_after_s, error.timed_out, error.status) == (120.0, False, 503)


@pytest.mark.parametrize("body", ["<html>", "{}", '"x"', "", "[1"])
async def test_a_list_that_is_none_is_an_error_and_not_an_empty_list(
    network: PretendedNetwork, connectwise: ConnectWise, body: str
) -> None:
    network.answer(200, text=body)
    with pytest.raises(Unreadable):
        await connectwise.tax_codes()


async def test_system_information_that_is_none_is_an_error(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.answer(200, json={"version": [], "licenseBits": "none"})
    with pytest.raises(Unreadable, match="licenseBits"):
        await connectwise.system_info()


async def test_a_page_of_a_proxy_does_not_prove_that_a_batch_was_made_I6(
    network: PretendedNetwork, connectwise: ConnectWise
) -> None:
    network.answer(200, text="<html>sign in</html>")
    with pytest.raises(OutcomeUnknown):
        await connectwise.create_batch("T-I1-0", [1])


async def test_no_secret_is_in_any_error_I8(network: PretendedNetwork, connectwise: ConnectWise) -> None:
    network.fail(httpx.ReadTimeout("slow"))
    with pytest.raises(Unavailable) as lost:
        await connectwise.tax_codes()
    assert "private" not in f"{lost.value!r} {lost.value} {lost.value.hint} {lost.value.__cause__!r}"


def test_every_code_has_a_hint_and_an_anchor() -> None:
    assert "cw.batch_identifier_bad" in CONNECTWISE.codes()
    assert all(CONNECTWISE.hints.values())
    assert error_of(READ, answered(401)).anchor == "errors#cw-unauthorised"
