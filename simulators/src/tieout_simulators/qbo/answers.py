"""Answers in Intuit's shapes: entities, faults of the service, and the gateway's in lower case."""

import secrets
from datetime import datetime
from typing import Any

from starlette.responses import Response

from tieout_simulators.frame.provider import JsonObject, json_answer
from tieout_simulators.qbo.assumptions import THROTTLE_FAULT_TYPE
from tieout_simulators.qbo.dates import printed_envelope
from tieout_simulators.qbo.refusals import RefusedError

VERSION = "1994.75"
_BEARER = 'Bearer realm="Intuit", error="invalid_token"'


def success(content: JsonObject, now: datetime) -> Response:
    """200 with the content and the server's time."""
    return json_answer({**content, "time": printed_envelope(now)})


def refused(refusal: RefusedError, now: datetime) -> Response:
    """A fault of the service."""
    return json_answer({"Fault": refusal.fault(), "time": printed_envelope(now)}, refusal.status)


def unauthenticated(token: str, now: datetime, reason: str = "Token expired") -> Response:
    """401 of the gateway. The detail carries the token: whoever logs it must redact it first."""
    detail = f"{reason}: {token}"
    answer = _gateway_fault("AuthenticationFailed", "003200", 401, detail, "AUTHENTICATION", now)
    answer.headers["WWW-Authenticate"] = _BEARER
    return answer


def unauthorised(now: datetime) -> Response:
    """403 of the gateway: a realm that this connection does not reach."""
    return _gateway_fault("ApplicationAuthorizationFailed", "003100", 403, "", "SERVICE", now)


def throttled(retry_after_s: int | None) -> Response:
    """429, without Retry-After unless the data file says so (the header is not documented)."""
    error = {"Message": "message=ThrottleExceeded; errorCode=003001; statusCode=429", "Detail": "", "code": "3001"}
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return json_answer({"Fault": {"Error": [error], "type": THROTTLE_FAULT_TYPE}}, 429, headers)


def with_service_headers(answer: Response) -> Response:
    """A copy with what every answer carries, so that a kept one can be given again."""
    copy = Response(answer.body, answer.status_code, dict(answer.headers))
    copy.headers["intuit_tid"] = f"1-{secrets.token_hex(4)}-{secrets.token_hex(12)}"
    copy.headers["QBO-Version"] = VERSION
    copy.headers["Service-Time"] = "total=1, db=0"
    return copy


def _gateway_fault(message: str, code: str, status: int, detail: str, kind: str, now: datetime) -> Response:
    error: dict[str, Any] = {
        "message": f"message={message}; errorCode={code}; statusCode={status}",
        "detail": detail,
        "code": str(int(code)),
        "element": None,
    }
    envelope: JsonObject = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(now.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }
    return json_answer(envelope, status)
