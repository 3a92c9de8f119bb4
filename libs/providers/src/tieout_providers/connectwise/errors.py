"""ConnectWise's error table: which answer means which error.

Bodies are `{code, message, errors: [{code, message, resource, field}]}`, except a 429 (`{error, message}`) and
gateway errors (HTML).
"""

import re
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
    Unauthorised,
)
from tieout_providers.http import lost, retry_after_s, sample_of, unreadable
from tieout_providers.json_exact import NotExactJson

CONNECTWISE = Provider(
    "cw",
    "ConnectWise",
    {
        **COMMON_HINTS,
        "unauthorised": "Check the login company, the API member's public and private key and the client id.",
        "forbidden": "Give the API member's role the right it names; Finance > Accounting Interface needs all levels.",
        "wrong_host": "Use the site's own host over https; cloud sites answer under api-<host> only.",
        "endpoint_missing": "The site was perhaps upgraded: its address is looked up again. Wrong keys look the same.",
        "company_unknown": "Check the login company: it is the name typed on ConnectWise's sign-in page.",
        "exists": "A record with this identifier is already there.",
        "in_use": "Somebody has the record open; it is tried again by itself.",
        "site_bad": "Give only the host, such as na.myconnectwise.net or your own server's name.",
        "batch_identifier_bad": "Use at most 50 characters and neither ' nor | in a batch's identifier.",
        "batch_ambiguous": "Look at the batches of this name in ConnectWise and keep one.",
        "condition_bad": "Choose a value without both kinds of quotation marks and without control characters.",
        "gl_entry_ids_bad": "Close the invoice again in ConnectWise so that its GL entries are made anew.",
    },
)

WAIT_IN_TEXT = re.compile(r"try again in (\d{1,6}) second")


def check(call: Call, answer: Answer) -> Answer:
    """The answer itself if it is a good one; raises the error that its status and body mean otherwise."""
    if 200 <= answer.status < 300:
        return answer
    error = error_of(call, answer)
    error.answer = answer
    raise error


def payload_of(call: Call, answer: Answer) -> Any:
    """The JSON of a good answer. Raises Unreadable for a read, OutcomeUnknown for a change, if it is none."""
    try:
        return answer.json()
    except NotExactJson:
        raise unreadable(CONNECTWISE, call, "it is not JSON", answer) from None


def error_of(call: Call, answer: Answer) -> ProviderError:
    """The error that an answer of 3xx, 4xx or 5xx means."""
    status, message = answer.status, _text(_body(answer).get("message"))
    if status >= 500 or status == 408:
        return lost(CONNECTWISE, call, f"{status} {message or sample_of(answer)}".strip(), answer)
    if status < 400:
        return unreadable(CONNECTWISE, call, f"an unexpected status {status}", answer)
    if "ssl is required" in message.lower():
        return Forbidden(CONNECTWISE, message, kind="wrong_host", status=status)
    return BY_STATUS.get(status, _rejected)(answer, message)


def _throttled(answer: Answer, message: str) -> ProviderError:
    told = WAIT_IN_TEXT.search(message)
    asked = retry_after_s(answer)
    return Throttled(CONNECTWISE, "minute", float(told[1]) if asked is None and told else asked)


def _unauthorised(_: Answer, message: str) -> ProviderError:
    return Unauthorised(CONNECTWISE, message)


def _forbidden(_: Answer, message: str) -> ProviderError:
    return Forbidden(CONNECTWISE, message)


def _not_found(answer: Answer, message: str) -> ProviderError:
    if _body(answer).get("code") == "NotFound":
        return NotFound(CONNECTWISE, message)
    return NotFound(CONNECTWISE, message or "The endpoint does not exist", kind="endpoint_missing")


def _rejected(answer: Answer, message: str) -> ProviderError:
    problems = _problems(answer)
    kind = "in_use" if answer.status == 409 else "rejected"
    if any(problem.code == "ObjectExists" for problem in problems):
        kind = "exists"
    return Rejected(CONNECTWISE, problems or (Problem(message or sample_of(answer)),), status=answer.status, kind=kind)


def _problems(answer: Answer) -> tuple[Problem, ...]:
    errors = _body(answer).get("errors")
    if not isinstance(errors, list):
        return ()
    return tuple(
        Problem(_text(error.get("message")), _text(error.get("code")) or None, _text(error.get("field")) or None)
        for error in errors
        if isinstance(error, Mapping)
    )


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        body = answer.json()
    except NotExactJson:
        return {}
    return body if isinstance(body, Mapping) else {}


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


BY_STATUS: Mapping[int, Callable[[Answer, str], ProviderError]] = {
    401: _unauthorised,
    403: _forbidden,
    404: _not_found,
    429: _throttled,
}
