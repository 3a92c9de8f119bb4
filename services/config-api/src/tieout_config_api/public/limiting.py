"""So many requests a second of one caller; and an id for each request, which the log carries, too."""

import re
from uuid import uuid4

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tieout_config_api.pacing import TokenBuckets
from tieout_config_api.public.door import refused
from tieout_config_api.public.repeating import caller_id

REQUEST_ID = "X-Request-Id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


async def pace(request: Request) -> None:
    """A dependency of every route: 429 with Retry-After where the caller asks faster than the limit. Each copy counts
    for itself, so that several copies grant as many times the limit."""
    buckets: TokenBuckets | None = getattr(request.app.state, "pace", None)
    caller = getattr(request.state, "caller", None)
    if buckets is None or caller is None:
        return
    if wait_s := buckets.take(caller_id(caller)):
        raise refused(429, "api.too_many_requests", seconds=f"{max(wait_s, 0.1):.1f}").retry_after(wait_s)


class RequestIds:
    """Around an application: the caller's own id where it is a short plain word, else one of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _GIVEN.fullmatch(given) else uuid4().hex

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, sent)
