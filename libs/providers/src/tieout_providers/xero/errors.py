"""Xero's error table: which answer means which error.

A 400 that carries `Elements` is not an error here but an answer about those elements (see `elements`). Bodies may be
JSON of several shapes, HTML or plain text; the status decides.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tieout_providers.call import Answer, Call
from tieout_providers.errors import (
    COMMON_HINTS,
    Forbidden,
    NotFound,
    Problem,
    Provider,
    ProviderError,
    Rejected,
    Throttled,
    ThrottleScope,
    Unauthorised,
)
from tieout_providers.http import lost, retry_after_s, sample_of, unreadable
from tieout_providers.json_exact import NotExactJson

XERO = Provider(
    "xero",
    "Xero",
    {
        **COMMON_HINTS,
        "unauthorised": "The access token has run out or the app was disconnected: it is renewed once, then reconnect.",
        "forbidden": "Check that the connection belongs to this organisation and has the scopes that the docs list.",
        "invalid_client": "Check the client id and the client secret of the Xero app.",
        "invalid_grant": "Connect the organisation again: the refresh token is used up, expired or revoked.",
        "idempotency_key_reused": "Look the documents up first, then send them with a new key.",
        "base_url_bad": "Use https://api.xero.com and https://identity.xero.com.",
        "too_many_elements": "Send fewer documents in one call.",
        "number_repeated": "Send documents of the same number in different calls: answers are matched by number.",
        "request_too_large": "Send fewer documents in one call.",
        "identifier_bad": "Use the identifier as Xero gave it.",
        "condition_bad": "Choose a value without control characters.",
    },
)

NOT_MODIFIED = 304  # nothing changed since the moment that the call named; unconfirmed that Xero answers so
SCOPES: Mapping[str, ThrottleScope] = {
    "day": "day",
    "minute": "minute",
    "concurrent": "concurrent",
    "appminute": "app_minute",
}


def check(call: Call, answer: Answer) -> Answer:
    """The answer itself if it is a good one, or a 400 about elements; raises what it means otherwise."""
    unchanged = answer.status == NOT_MODIFIED and call.header("If-Modified-Since") is not None
    if 200 <= answer.status < 300 or unchanged or (answer.status == 400 and has_elements(answer)):
        return answer
    error = error_of(call, answer)
    error.answer = answer
    raise error


def payload_of(call: Call, answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a good answer. Raises Unreadable for a read, OutcomeUnknown for a change, if it is none."""
    body = _body(answer)
    if body is None:
        raise unreadable(XERO, call, "it is no JSON object", answer)
    return body


def has_elements(answer: Answer) -> bool:
    """Whether the body lists the elements that it is about."""
    return isinstance((_body(answer) or {}).get("Elements"), list)


def error_of(call: Call, answer: Answer) -> ProviderError:
    """The error that an answer of 3xx, 4xx or 5xx means."""
    status, message = answer.status, message_of(answer)
    if status >= 500 or status == 408:
        return lost(XERO, call, f"{status} {message}".strip(), answer)
    if status < 400:
        return unreadable(XERO, call, f"an unexpected status {status}", answer)
    return BY_STATUS.get(status, _rejected)(answer, message)


def message_of(answer: Answer) -> str:
    """What the body says to a person, in whichever of its shapes."""
    body = _body(answer)
    if body is None:
        return sample_of(answer)
    for name in ("Detail", "Message", "error_description", "Title", "error"):
        text = next((value for key, value in body.items() if key.lower() == name.lower() and value), None)
        if isinstance(text, str):
            return " ".join(text.split())
    return ""


def throttle_scope(answer: Answer) -> ThrottleScope:
    """Which limit a 429 is about. A value that is not known counts as unspecified."""
    told = (answer.header("x-rate-limit-problem") or "").lower().replace(" ", "").replace("-", "").replace("_", "")
    return SCOPES.get(told, "unspecified")


def _throttled(answer: Answer, _: str) -> ProviderError:
    return Throttled(XERO, throttle_scope(answer), retry_after_s(answer))


def _unauthorised(_: Answer, message: str) -> ProviderError:
    return Unauthorised(XERO, message)


def _forbidden(_: Answer, message: str) -> ProviderError:
    return Forbidden(XERO, message)


def _not_found(_: Answer, message: str) -> ProviderError:
    return NotFound(XERO, message)


def _rejected(answer: Answer, message: str) -> ProviderError:
    reused = "different request" in message.lower()
    kind = "idempotency_key_reused" if reused else "rejected"
    return Rejected(XERO, (Problem(message),) if message else (), status=answer.status, kind=kind)


def _body(answer: Answer) -> Mapping[str, Any] | None:
    try:
        body = answer.json()
    except NotExactJson:
        return None
    return body if isinstance(body, Mapping) else None


BY_STATUS: Mapping[int, Callable[[Answer, str], ProviderError]] = {
    401: _unauthorised,
    403: _forbidden,
    404: _not_found,
    429: _throttled,
}
