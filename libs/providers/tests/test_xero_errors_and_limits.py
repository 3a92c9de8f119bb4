"""Xero's error table, answer by answer, and its limits on every answer."""

import pytest

from tieout_providers.call import Answer, Call
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
from tieout_providers.xero import Limits, limits_of
from tieout_providers.xero.errors import XERO, check, error_of

READ, WRITE = Call.get("/api.xro/2.0/Items"), Call("PUT", "/api.xro/2.0/Invoices")


def answered(status: int, body: object = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body if isinstance(body, bytes) else dumps(body))


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (answered(401, {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 01/31"}),
         Unauthorised, "xero.unauthorised", "TokenExpired"),
        (answered(403, {"type": None, "title": "Forbidden", "detail": "AuthenticationUnsuccessful"}),
         Forbidden, "xero.forbidden", "AuthenticationUnsuccessful"),
        (answered(404, b"The resource you're looking for cannot be found"), NotFound, "xero.not_found", "resource"),
        (answered(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "No property"}),
         Rejected, "xero.rejected", "No property"),
        (answered(400, {"Message": "The Idempotency-Key is used with a different request"}),
         Rejected, "xero.idempotency_key_reused", "different request"),
        (answered(412, b""), Rejected, "xero.rejected", "(412)"),
        (answered(400, [1]), Rejected, "xero.rejected", "[1"),
        (answered(400, {"Message": 5}), Rejected, "xero.rejected", "(400)"),
        (answered(503, b"<html>Xero is down for maintenance</html>"), Unavailable, "xero.unavailable", "maintenance"),
        (answered(301, b""), Unreadable, "xero.unreadable", "301"),
    ],
)  # fmt: skip
def test_a_read_answered_so_means_that(answer: Answer, kind: type[ProviderError], code: str, words: str) -> None:
    with pytest.raises(kind) as caught:
        check(READ, answer)
    assert caught.value.code == code
    assert words in caught.value.sentence
    assert caught.value.hint == XERO.hints[caught.value.kind]
    assert caught.value.answer is answer
    assert not caught.value.may_have_happened


@pytest.mark.parametrize("status", [500, 501, 503, 504, 302])
def test_a_500_that_may_have_saved_is_unknown_I6(status: int) -> None:
    error = error_of(WRITE, answered(status, b"<html>"))
    assert isinstance(error, OutcomeUnknown)
    assert error.status == status


@pytest.mark.parametrize(
    ("told", "scope"),
    [
        ("day", "day"),
        ("Day", "day"),
        ("minute", "minute"),
        ("concurrent", "concurrent"),
        ("appminute", "app_minute"),
        ("App-Minute", "app_minute"),
        ("moon", "unspecified"),
        ("", "unspecified"),
    ],
)
def test_a_429_names_its_limit(told: str, scope: str) -> None:
    error = error_of(WRITE, answered(429, b"", x_rate_limit_problem=told))
    assert isinstance(error, Throttled)
    assert (error.scope, error.code, error.retry_after_s) == (scope, f"xero.throttled_{scope}", None)
    assert not error.may_have_happened


def test_a_wait_of_twenty_hours_is_told_and_not_slept() -> None:
    error = error_of(READ, answered(429, b"", x_rate_limit_problem="day", retry_after="73451"))
    assert isinstance(error, Throttled)
    assert error.retry_after_s == 73451.0
    assert str(error) == "Xero's limit of calls a day is used up; it asks to wait 73451 s."


def test_a_400_about_elements_is_an_answer() -> None:
    answer = answered(400, {"ErrorNumber": 10, "Type": "ValidationException", "Elements": []})
    assert check(WRITE, answer) is answer


def test_nothing_changed_since_is_an_answer_only_where_it_was_asked() -> None:
    since = Call.get("/api.xro/2.0/Items", (("If-Modified-Since", "2026-01-31T00:00:00"),))
    assert check(since, answered(304)).status == 304
    with pytest.raises(Unreadable):
        check(READ, answered(304))


def test_limits_are_read_from_every_answer() -> None:
    headers = {"x-daylimit-remaining": "4999", "x-minlimit-remaining": " 59 ", "x-appminlimit-remaining": "9999"}
    assert limits_of(headers) == Limits(4999, 59, 9999)
    assert limits_of({"x-daylimit-remaining": "-1", "x-minlimit-remaining": "many"}) == Limits()
    assert limits_of({"x-daylimit-remaining": "9" * 50}) == Limits()


def test_every_code_is_listed_for_the_documentation() -> None:
    assert {"xero.throttled_day", "xero.invalid_grant", "xero.outcome_unknown"} <= set(XERO.codes())
