"""QuickBooks Online's error table: which answer means which error.

Faults come in two spellings: the service's `Fault` and the gateway's lower-case `fault`. A code decides before the
status does, and texts are never matched: they are translated. The gateway's details hold the token, so every text is
redacted before it is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
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
from tieout_providers.qbo.limits import THROTTLE_WAIT_S

QBO = Provider(
    "qbo",
    "QuickBooks Online",
    {
        **COMMON_HINTS,
        "unauthorised": "The access token has run out or was revoked: it is renewed once, then reconnect the company.",
        "forbidden": "Check that the connection belongs to this company and to the app's right environment.",
        "user_lost_rights": "The person who connected the company is no administrator any more: reconnect it.",
        "company_closed": "The company's subscription has ended or it was reset: renew it, then reconnect.",
        "invalid_client": "Check the client id and the client secret of the Intuit app.",
        "invalid_grant": "Connect the company again: the refresh token is used up, expired or revoked.",
        "idempotency_key_reused": "Look the documents up first, then send them with a new request id.",
        "stale": "Somebody changed it meanwhile: read it again before anything else is decided.",
        "base_url_bad": "Use https://quickbooks.api.intuit.com and https://oauth.platform.intuit.com.",
        "too_many_elements": "Send fewer in one call.",
        "key_repeated": "Give each member of a batch its own key: answers are matched by it.",
        "request_too_large": "Send fewer documents in one call.",
        "identifier_bad": "Use the identifier as QuickBooks Online gave it.",
        "condition_bad": "Choose a field that can be asked for, and a value without control characters.",
    },
)

THROTTLED_CODES = frozenset({"3001", "3002"})
EXPIRED_CODES = frozenset({"100", "110", "3200"})
FORBIDDEN_CODES: Mapping[str, str] = {
    "120": "user_lost_rights",
    "3100": "forbidden",
    "6190": "company_closed",
    "10200": "company_closed",
}
SYSTEM_CODES = frozenset({"130", "140", "150", "10000", "10100"})
"""Wrong cluster, company locked, maintenance, system errors: none of them says what was done."""
NOT_FOUND_CODE = "610"
REFUSED_KINDS: Mapping[str, str] = {"600": "idempotency_key_reused", "5010": "stale"}

_TOKEN_TOLD = re.compile(r"(?i)\b(token[^:=]{0,20}[:=]\s*|bearer\s+)\S+")
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9_+/=~-][A-Za-z0-9._+/=~-]{38,}[A-Za-z0-9_+/=~-]")
_CODE_IN_TEXT = re.compile(r"errorCode=(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fault complains about; `kind` is its type as told (ValidationFault, AUTHENTICATION ...)."""

    kind: str
    problems: tuple[Problem, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes without leading zeros."""
        return tuple(each.code for each in self.problems if each.code)


def check(call: Call, answer: Answer) -> Answer:
    """The answer itself if it is a good one; raises what it means otherwise. A fault may come with a 200."""
    if 200 <= answer.status < 300 and fault_in(body_of(answer)) is None:
        return answer
    error = error_of(call, answer)
    error.answer = answer
    if (tid := intuit_tid(answer)) is not None:
        error.add_note(f"intuit_tid {tid}")
    raise error


def payload_of(call: Call, answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a good answer. Raises Unreadable for a read, OutcomeUnknown for a change, if it is none."""
    body = body_of(answer)
    if body is None:
        raise unreadable(QBO, call, "it is no JSON object", answer)
    return body


def error_of(call: Call, answer: Answer) -> ProviderError:
    """The error that an answer with a fault, or of 3xx, 4xx or 5xx, means."""
    fault = fault_in(body_of(answer)) or Fault("", ())
    codes, status, told = set(fault.codes), answer.status, _told(fault, answer)
    if status == 429 or codes & THROTTLED_CODES:
        asked_s = retry_after_s(answer)
        return Throttled(QBO, "minute", THROTTLE_WAIT_S if asked_s is None else asked_s)
    if status == 401 or codes & EXPIRED_CODES:
        return Unauthorised(QBO, told, status=status)
    if status >= 500 or status == 408 or codes & SYSTEM_CODES:
        return lost(QBO, call, f"{status} {told}".strip(), answer)
    if 300 <= status < 400:
        return unreadable(QBO, call, f"an unexpected status {status}", answer)
    return _refusal(fault, answer, told)


def fault_in(body: Any) -> Fault | None:
    """The fault that a body (or an element of a batch) is, in either spelling; None if it is none."""
    if not isinstance(body, Mapping):
        return None
    inside = _member(body, "Fault")
    if not isinstance(inside, Mapping):
        return None
    listed = _member(inside, "Error")
    errors = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    kind = _member(inside, "type")
    return Fault(kind if isinstance(kind, str) else "", tuple(_problem(each) for each in errors))


def body_of(answer: Answer) -> Mapping[str, Any] | None:
    """The answer's JSON object, None if it is none."""
    try:
        body = answer.json()
    except NotExactJson:
        return None
    return body if isinstance(body, Mapping) else None


def intuit_tid(answer: Answer) -> str | None:
    """Intuit's name of this exchange, which its support asks for."""
    told = answer.header("intuit_tid") or answer.header("intuit-tid") or ""
    return told[:80] if told.isascii() and told.isprintable() and told else None


def redacted(text: str) -> str:
    """`text` on one line, without whatever could be a token."""
    one_line = " ".join(text.split())
    return _TOKEN_LIKE.sub("<redacted>", _TOKEN_TOLD.sub(r"\1<redacted>", one_line))


def _refusal(fault: Fault, answer: Answer, told: str) -> ProviderError:
    codes, status = set(fault.codes), answer.status
    if status == 403 or codes & FORBIDDEN_CODES.keys():
        kind = next((FORBIDDEN_CODES[code] for code in fault.codes if code in FORBIDDEN_CODES), "forbidden")
        return Forbidden(QBO, told, kind=kind, status=status)
    if status == 404 or NOT_FOUND_CODE in codes:
        return NotFound(QBO, told, status=status)
    kind = next((REFUSED_KINDS[code] for code in fault.codes if code in REFUSED_KINDS), "rejected")
    problems = fault.problems or ((Problem(told),) if told else ())
    return Rejected(QBO, problems, status=answer.status, kind=kind)


def _told(fault: Fault, answer: Answer) -> str:
    if fault.problems:
        return "; ".join(str(problem) for problem in fault.problems)
    return redacted(sample_of(answer)) if body_of(answer) is None else ""


def _problem(error: Mapping[str, Any]) -> Problem:
    message, detail = _text(error, "Message"), _text(error, "Detail")
    text = detail if message and detail.startswith(message) else ": ".join(part for part in (message, detail) if part)
    return Problem(text or "no reason given", _code(error, message), _text(error, "element") or None)


def _code(error: Mapping[str, Any], message: str) -> str | None:
    told = _member(error, "code")
    text = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    if not text.isdigit():
        found = _CODE_IN_TEXT.search(message)
        text = found[1] if found else ""
    return text.lstrip("0") or None


def _text(error: Mapping[str, Any], name: str) -> str:
    value = _member(error, name)
    return redacted(value) if isinstance(value, str) else ""


def _member(body: Mapping[str, Any], name: str) -> Any:
    """By name without case: the gateway writes its names in lower case."""
    return next((value for key, value in body.items() if key.lower() == name.lower() and value is not None), None)
