"""Fault rules of the simulators, named for what they do to a call."""

from typing import Any

Rule = dict[str, Any]

PUT_CONTACTS = "PUT /Contacts"
PUT_INVOICES = "PUT /Invoices"
APPROVE_INVOICES = "POST /Invoices"
LIST_UNPOSTED = "GET /finance/accounting/unpostedinvoices"
EXPORT = "POST /finance/accounting/export"
MAKE_BATCH = "POST /finance/accounting/batches"
PAGE = "<!DOCTYPE html><html><head><title>Down</title></head><body><h1>We will be back soon</h1></body></html>"


def answered(
    route: str,
    status: int,
    *,
    body: Any = "",
    content_type: str = "application/json",
    headers: dict[str, str] | None = None,
    match: str | None = None,
    nth: int = 1,
    times: int = 1,
) -> Rule:
    """Answered so instead of being handled; `times` 0 is for ever."""
    then = {"status": status, "body": body, "content_type": content_type, "headers": headers or {}}
    return _rule(route, then, match, nth, times)


def web_page(route: str, status: int, *, nth: int = 1, times: int = 1) -> Rule:
    """A gateway's web page instead of the provider's answer."""
    return answered(route, status, body=PAGE, content_type="text/html", nth=nth, times=times)


def done_but_answered(route: str, status: int, *, body: Any = "", nth: int = 1, times: int = 1) -> Rule:
    """The provider did the work, and answers an error all the same."""
    then = {"status": status, "after_handling": True, "body": body, "content_type": "application/json"}
    return _rule(route, then, None, nth, times)


def done_but_dropped(route: str, *, nth: int = 1, times: int = 1) -> Rule:
    """The provider did the work, and the connection broke before the answer."""
    return _rule(route, {"drop": "after"}, None, nth, times)


def dropped(route: str, *, nth: int = 1, times: int = 1) -> Rule:
    """The connection broke, and nothing was done."""
    return _rule(route, {"drop": "before"}, None, nth, times)


def slow(route: str, delay_ms: int, *, nth: int = 1, times: int = 0) -> Rule:
    return _rule(route, {"delay_ms": delay_ms}, None, nth, times)


def tokens_expire(route: str, *, nth: int = 1) -> Rule:
    """Every access token ends just before this call."""
    return _rule(route, {"expire_tokens": True}, None, nth, 1)


def _rule(route: str, then: dict[str, Any], match: str | None, nth: int, times: int) -> Rule:
    rule: Rule = {"route": route, "nth": nth, "times": times, "then": then}
    return rule if match is None else {**rule, "match": match}
