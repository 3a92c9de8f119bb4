"""The error table, answer by answer: codes before statuses, both spellings, and never a token in a text."""

from typing import Any

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
from tieout_providers.qbo import intuit_tid
from tieout_providers.qbo.errors import QBO, check, error_of, fault_in, redacted

READ = Call.get("/v3/company/1/query?query=x")
WRITE = Call("POST", "/v3/company/1/batch?requestid=x")
TOKEN = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..4Xn8uC2mkTzvnYpWJYs7Tg.u7"


def answered(status: int, body: object = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body if isinstance(body, bytes) else dumps(body))


def fault(code: str, message: str = "Message", detail: str = "", kind: str = "ValidationFault") -> dict[str, Any]:
    error = {"Message": message, "Detail": detail, "code": code, "element": ""}
    return {"Fault": {"Error": [error], "type": kind}, "time": "2026-01-01T00:00:00.000-07:00"}


def gateway(code: str, message: str, detail: str = "") -> dict[str, Any]:
    error = {"message": message, "detail": detail, "code": code, "element": None}
    return {"warnings": None, "fault": {"error": [error], "type": "AUTHENTICATION"}, "batchItemResponse": []}


@pytest.mark.parametrize(
    ("answer", "kind", "code", "words"),
    [
        (answered(401, gateway("3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401")),
         Unauthorised, "qbo.unauthorised", "AuthenticationFailed"),
        (answered(400, fault("100")), Unauthorised, "qbo.unauthorised", "Message"),
        (answered(403, gateway("3100", "message=ApplicationAuthorizationFailed")),
         Forbidden, "qbo.forbidden", "ApplicationAuthorizationFailed"),
        (answered(403, b""), Forbidden, "qbo.forbidden", "does not allow"),
        (answered(400, fault("120")), Forbidden, "qbo.user_lost_rights", "Message"),
        (answered(400, fault("6190")), Forbidden, "qbo.company_closed", "Message"),
        (answered(400, fault("610", "Object Not Found")), NotFound, "qbo.not_found", "Object Not Found"),
        (answered(404, b"<html>no such page</html>"), NotFound, "qbo.not_found", "no such page"),
        (answered(400, fault("6140", "Duplicate", "Duplicate : DocNumber=X")), Rejected, "qbo.rejected", "DocNumber=X"),
        (answered(400, fault("5010", "Stale Object Error")), Rejected, "qbo.stale", "Stale"),
        (answered(400, fault("600")), Rejected, "qbo.idempotency_key_reused", "Message"),
        (answered(400, b"Bad Request"), Rejected, "qbo.rejected", "Bad Request"),
        (answered(413, b""), Rejected, "qbo.rejected", "(413)"),
        (answered(400, [1]), Rejected, "qbo.rejected", "[1"),
        (answered(200, fault("4000", "Error parsing query")), Rejected, "qbo.rejected", "parsing"),
        (answered(503, b"<html>maintenance</html>"), Unavailable, "qbo.unavailable", "maintenance"),
        (answered(400, fault("10000", "System Failure")), Unavailable, "qbo.unavailable", "System Failure"),
        (answered(302, b""), Unreadable, "qbo.unreadable", "302"),
    ],
)  # fmt: skip
def test_a_read_answered_so_means_that(answer: Answer, kind: type[ProviderError], code: str, words: str) -> None:
    with pytest.raises(kind) as caught:
        check(READ, answer)
    assert caught.value.code == code
    assert words in caught.value.sentence
    assert caught.value.hint == QBO.hints[caught.value.kind]
    assert caught.value.answer is answer
    assert not caught.value.may_have_happened


@pytest.mark.parametrize(
    "answer", [answered(500), answered(504, b"<html>"), answered(302), answered(400, fault("140"))]
)
def test_a_change_that_may_have_been_made_is_unknown_I6(answer: Answer) -> None:
    assert isinstance(error_of(WRITE, answer), OutcomeUnknown)


@pytest.mark.parametrize(
    "answer",
    [
        answered(429, fault("3001", "message=ThrottleExceeded; errorCode=003001; statusCode=429", kind="SERVICE")),
        answered(429, gateway("003001", "message=ThrottleExceeded")),
        answered(403, {"fault": {"error": [{"message": "message=ThrottleExceeded; errorCode=003001"}]}}),
        answered(400, fault("3002")),
        answered(429, b""),
    ],
)
def test_a_throttled_call_waits_a_minute_where_nothing_is_said(answer: Answer) -> None:
    error = error_of(WRITE, answer)
    assert isinstance(error, Throttled)
    assert (error.scope, error.retry_after_s, error.may_have_happened) == ("minute", 60.0, False)


def test_a_wait_that_is_asked_for_is_kept() -> None:
    error = error_of(READ, answered(429, b"", retry_after="7"))
    assert isinstance(error, Throttled)
    assert error.retry_after_s == 7.0


def test_all_reasons_are_told_with_their_codes() -> None:
    body = {
        "Fault": {
            "Error": [
                {"Message": "Param missing", "Detail": "No CustomerRef", "code": 2020, "element": "CustomerRef"},
                {"Message": "Invalid Reference Id", "Detail": "Invalid Reference Id : 9", "code": "2500"},
                "nonsense",
            ],
            "type": "ValidationFault",
        }
    }  # fmt: skip
    error = error_of(WRITE, answered(400, body))
    assert isinstance(error, Rejected)
    assert [(each.code, each.field, each.message) for each in error.problems] == [
        ("2020", "CustomerRef", "Param missing: No CustomerRef"),
        ("2500", None, "Invalid Reference Id : 9"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        answered(401, gateway("3200", "message=AuthenticationFailed", f"Token expired: {TOKEN}")),
        answered(401, gateway("3200", "x", "Token expired: short")),
        answered(401, f"<html>Bearer {TOKEN}</html>".encode()),
        answered(503, f"upstream said {TOKEN}".encode()),
    ],
)
def test_a_gateways_token_is_in_no_text_I8(answer: Answer) -> None:
    error = error_of(READ, answer)
    for secret in (TOKEN, "short"):
        assert secret not in f"{error!r} {error.sentence} {error.__notes__ if hasattr(error, '__notes__') else ''}"


def test_redaction_leaves_ordinary_words() -> None:
    told = "Invalid Reference Id : Accounts element id 999999 not found, DocNumber=X is assigned to TxnType=Invoice"
    assert redacted(told) == told


def test_the_name_of_the_exchange_is_kept_for_logs() -> None:
    answer = answered(503, b"", intuit_tid="1-5f7349e0-0fd2bee86a8a83c67a77fbb2")
    assert intuit_tid(answer) == "1-5f7349e0-0fd2bee86a8a83c67a77fbb2"
    assert intuit_tid(Answer(200, {"intuit_tid": "a"}, b"")) == "a"
    assert intuit_tid(answered(200, b"", intuit_tid="a\nb")) is None
    with pytest.raises(Unavailable) as caught:
        check(READ, answer)
    assert caught.value.__notes__ == ["intuit_tid 1-5f7349e0-0fd2bee86a8a83c67a77fbb2"]


def test_a_fault_may_be_empty_or_odd_and_is_still_one() -> None:
    assert fault_in({"Fault": {}}) is not None
    assert fault_in({"Fault": None}) is None
    assert fault_in({"QueryResponse": {}}) is None
    assert isinstance(error_of(READ, answered(400, {"Fault": {"Error": "x", "type": 5}})), Rejected)


def test_every_code_is_listed_for_the_documentation() -> None:
    assert {"qbo.stale", "qbo.invalid_grant", "qbo.company_closed", "qbo.outcome_unknown"} <= set(QBO.codes())
